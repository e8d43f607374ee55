package session

import (
	"flag"
	"math/rand/v2"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

// The scale simulation asks what a fleet does to its token endpoint. Every
// client is a Machine; an application is deployed, so that all sign in within a
// minute; nobody uses a token, so that nothing but the timers spreads requests;
// halfway the endpoint is down for ten minutes. What counts is the rate at which
// refresh requests come, against its mean: at most 1.5 times in steady state, at
// most 3 times when the endpoint is back.
//
//	go test ./internal/session -run Scale -v -scale.clients 1000000 -scale.svg ../../docs/scale.svg

var (
	scaleClients = flag.Int("scale.clients", 100_000, "clients to simulate")
	scaleSVG     = flag.String("scale.svg", "", "file to draw the curve into")
)

const (
	minute      = 60 * second
	hour        = 60 * minute
	simulated   = 5 * hour
	outageStart = simulated/2 - 5*minute
	outageEnd   = outageStart + 10*minute
	recovered   = outageEnd + hour // one token's life later, every client has refreshed
	latency     = 200              // ms from a request to its answer
	// rateWidth is the time over which a rate is counted. It holds one refresh with
	// its re-sends: a request that meets the end of the outage comes up to three
	// times within 5 s.
	rateWidth = 10 * second
)

// fleet is many clients in one world, and the requests they sent.
type fleet struct {
	clients []scaleClient
	queue   [][]int32 // the clients by the second of their next event
	sent    []int     // refresh requests by the second
}

type scaleClient struct {
	*Machine
	next int64 // ms, of the sign-in, the timer or the answer that comes next
}

func simulate(clients int, policy Policy) *fleet {
	f := &fleet{
		clients: make([]scaleClient, clients),
		queue:   make([][]int32, simulated/second),
		sent:    make([]int, simulated/second),
	}
	rng := rand.New(rand.NewPCG(1, 1))
	for i := range f.clients {
		f.clients[i] = scaleClient{NewMachine(policy, false, rng), rng.Int64N(minute)}
		f.enqueue(i)
	}
	for s := range f.queue {
		for i := 0; i < len(f.queue[s]); i++ { // it may grow
			f.step(int(f.queue[s][i]))
		}
		f.queue[s] = nil
	}
	return f
}

func (f *fleet) enqueue(i int) {
	if s := f.clients[i].next / second; s < int64(len(f.queue)) {
		f.queue[s] = append(f.queue[s], int32(i))
	}
}

// step lets the next thing happen to a client.
func (f *fleet) step(i int) {
	c := &f.clients[i]
	now := Instant{Wall: c.next, Monotonic: c.next}
	for _, action := range c.react(now) {
		switch action.Kind {
		case Send:
			f.sent[now.Wall/second]++
			c.next = now.Wall + latency
		case Arm: // no clock jumps here, so heartbeats may be left out
			at, _ := c.NextAt(now)
			c.next = max(now.Wall+action.Delay, at)
		}
	}
	f.enqueue(i)
}

func (c *scaleClient) react(now Instant) []Action {
	grant := Grant{Received: now, Lifetime: hour, Refreshable: true}
	sent := now.Wall - latency
	switch {
	case c.phase == absent:
		return c.Begin(now, grant, 0)
	case c.phase != requesting:
		return c.Tick(now)
	case sent >= outageStart && sent < outageEnd:
		return c.Fail(now, netErr)
	}
	return c.Succeed(now, grant)
}

// rates returns the requests per second from one time to another, each number
// that of a span of width.
func (f *fleet) rates(from, to, width int64) []float64 {
	rates := make([]float64, (to-from)/width)
	for i := range rates {
		for _, n := range f.sent[(from+int64(i)*width)/second:][:width/second] {
			rates[i] += float64(n) / float64(width/second)
		}
	}
	return rates
}

// load is what a fleet does to its endpoint: the mean rate in requests per
// second, and the peaks as multiples of it.
type load struct{ mean, steady, outage, recovery float64 }

func (f *fleet) load(width int64) load {
	steady := append(f.rates(minute, outageStart, width), f.rates(recovered, simulated, width)...)
	var mean float64
	for _, rate := range steady {
		mean += rate / float64(len(steady))
	}
	peak := func(rates []float64) float64 {
		top := 0.0
		for _, rate := range rates {
			top = max(top, rate/mean)
		}
		return top
	}
	return load{mean, peak(steady), peak(f.rates(outageStart, outageEnd, width)), peak(f.rates(outageEnd, recovered, width))}
}

func TestScale(t *testing.T) {
	f := simulate(*scaleClients, DefaultPolicy())
	for _, width := range []int64{second, rateWidth, minute} {
		l := f.load(width)
		t.Logf("%d clients, mean %.1f requests/s; peaks over %2d s: %.2f times the mean in steady state, %.2f in the outage, %.2f in the recovery",
			len(f.clients), l.mean, width/second, l.steady, l.outage, l.recovery)
	}
	l := f.load(rateWidth)
	require.LessOrEqual(t, l.steady, 1.5)
	require.LessOrEqual(t, l.recovery, 3.0)
	fresh := 0
	for _, c := range f.clients {
		if c.phase != absent && c.failures == 0 {
			fresh++
		}
	}
	require.Equal(t, len(f.clients), fresh, "every client is back")
	svg := scaleChart(f)
	require.NoError(t, wellFormed(svg))
	if *scaleSVG != "" {
		require.NoError(t, os.WriteFile(*scaleSVG, []byte(svg), 0o644))
	}
}

func TestScaleWithoutSpreading(t *testing.T) {
	policy := DefaultPolicy()
	policy.Jitter = 0
	l := simulate(10_000, policy).load(rateWidth)
	require.Greater(t, l.steady, 50.0, "who comes in one minute of an hour comes in it for ever")
}
