package session

import (
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pkcewasm/pkcewasm/internal/figures"
	"github.com/pkcewasm/pkcewasm/internal/oauth"
)

// The soak lets a signed-in user live through a day in which the network, the server, the machine and the application do what
// they do, by a seed, and holds all of it against the promises: the session lives, no refresh token is spent twice, no expired
// token is handed out, no call hangs, no request too many, no secret in what is shown.
//
//	make soak
//	make soak SEED=7

var (
	soakSeeds = flag.Uint64("soak.seeds", 20, "days to live through")
	soakSeed  = flag.Uint64("soak.seed", 0, "the one day to replay")
)

func TestSoak(t *testing.T) {
	first, last := uint64(1), *soakSeeds
	if *soakSeed != 0 {
		first, last = *soakSeed, *soakSeed
	}
	var total day
	for seed := first; seed <= last; seed++ {
		synctest.Test(t, func(t *testing.T) {
			d := &day{t: t, rng: rand.New(rand.NewPCG(seed, 0)), issued: map[string]time.Time{}} //nolint:gosec // to be replayed
			defer func() {
				if t.Failed() {
					t.Logf("replay with: make soak SEED=%d", seed)
				}
			}()
			d.live()
			total.calls += d.calls
			total.faults += d.faults
			total.requests = append(total.requests, d.requests...)
			total.lost += d.lost
		})
	}
	t.Logf("%d simulated days: %d calls, %d token requests, %d faults, %d lost answers; 0 sessions lost", last-first+1, total.calls, len(total.requests), total.faults, total.lost)
	figures.Record(t, "make soak", map[string]any{"native": map[string]any{
		"days": last - first + 1, "calls": total.calls, "tokenRequests": len(total.requests), "faults": total.faults, "lostAnswers": total.lost, "violations": 0,
	}})
}

// day is the server's and the driver's view of one day.
type day struct {
	t   *testing.T
	rng *rand.Rand
	c   *client
	p   *provider

	mu          sync.Mutex // guards what follows
	fault       string     // that is in force
	issued      map[string]time.Time
	undelivered bool        // the newest tokens did not arrive
	requests    []time.Time // of the token endpoint
	calls       int
	faults      int
	lost        int
}

// soakFaults are what may be the matter for a while; the empty one is nothing.
var soakFaults = []string{"", "", "", "", "network", "500", "429", "html", "cut", "empty", "lost", "slow", "offline"}

const soakLifetime = 300

func (d *day) live() {
	t := d.t
	c := newClient(t, "")
	c.random = rand.NewChaCha8([32]byte{byte(d.rng.Uint32()), byte(d.rng.Uint32())})
	d.c, d.p = c, signIn(t, c, "alice")
	d.issued["AT:1"] = c.wall()
	c.script(d.token)

	for start := time.Now(); time.Since(start) < 24*time.Hour; {
		d.begin(soakFaults[d.rng.IntN(len(soakFaults))])
		for range d.rng.IntN(8) {
			d.act()
			time.Sleep(time.Duration(d.rng.Int64N(int64(4 * time.Minute))))
		}
		d.begin("")
		time.Sleep(90 * time.Second) // the longest pause between attempts, and some
		d.call(`{"op":"token"}`, true)
	}
	synctest.Wait()
	require.NotContains(t, c.types(), SignedOut)
	require.Zero(t, d.p.reused)
	c.Close()
}

// begin ends one fault and begins the next.
func (d *day) begin(fault string) {
	d.mu.Lock()
	d.fault = fault
	if fault != "" {
		d.faults++
	}
	d.mu.Unlock()
	slow := time.Duration(0)
	if fault == "slow" {
		slow = time.Duration(d.rng.Int64N(int64(30 * time.Second)))
	}
	b := d.c.bubble
	b.mu.Lock()
	defer b.mu.Unlock()
	b.offline, b.latency = fault == "offline", slow
}

// act does what an application or a machine does.
func (d *day) act() {
	switch d.rng.IntN(6) {
	case 0:
		d.call(`{"op":"token"}`, false)
	case 1:
		for range 20 {
			go d.call(`{"op":"token","minValiditySeconds":30}`, false)
		}
	case 2:
		d.call(`{"op":"refresh"}`, false)
	case 3:
		b := d.c.bubble
		b.mu.Lock()
		b.asleep += time.Duration(d.rng.Int64N(int64(2 * time.Hour)))
		b.mu.Unlock()
		d.call(`{"op":"wake","reason":"resume"}`, false)
		d.call(`{"op":"token"}`, false)
	case 4:
		d.call(`{"op":"wake","reason":"visible"}`, false)
	case 5:
		d.call(`{"op":"token","cacheOnly":true}`, false)
	}
}

// token answers like a server that rotates strictly, under the fault in force. Tokens that did not arrive leave the old one valid
// until they are used, as a server with a grace period does.
func (d *day) token(form url.Values) (int, string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	now := time.Now()
	d.requests = append(d.requests, now)
	recent := 0
	for _, at := range d.requests {
		if now.Sub(at) < time.Minute {
			recent++
		}
	}
	require.LessOrEqual(d.t, recent, 10, "requests in a minute")
	switch d.fault {
	case "network":
		return 0, ""
	case "500":
		return 500, "error"
	case "429":
		return 429, ""
	case "html":
		return 200, "<html>"
	case "empty":
		return 200, ""
	}
	if d.undelivered && form.Get("refresh_token") == fmt.Sprintf("RT:%d", d.p.generation-1) {
		d.p.generation-- // the same again
	}
	d.p.lifetime = soakLifetime
	status, body := d.p.token(form)
	require.Equal(d.t, 200, status, "a refresh token was spent twice")
	d.issued[fmt.Sprintf("AT:%d", d.p.generation)] = d.c.wall()
	d.undelivered = d.fault == "lost" || d.fault == "cut"
	switch d.fault {
	case "lost":
		d.lost++
		return 0, ""
	case "cut":
		d.lost++
		return 200, body[:len(body)/2]
	}
	return status, body
}

// longest is how long a call may take: one deadline of 15 s, and a second for all else.
const longest = 16 * time.Second

func (d *day) call(command string, healthy bool) {
	began := time.Now()
	answer, err := d.c.Do(command)
	require.LessOrEqual(d.t, time.Since(began), longest, "%s", command)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.calls++
	if err != nil {
		var e *oauth.Error
		require.True(d.t, errors.As(err, &e))
		require.NotEmpty(d.t, e.Code)
		for _, text := range []string{err.Error(), fmt.Sprintf("%+v %#v", e, e)} {
			require.False(d.t, strings.Contains(text, "RT:") || strings.Contains(text, "AT:"), "%s", text)
		}
		require.False(d.t, healthy, "%s on a good day: %v", command, err)
		return
	}
	require.NotContains(d.t, answer, "RT:")
	if _, rest, ok := strings.Cut(answer, `"accessToken":"`); ok {
		token, _, _ := strings.Cut(rest, `"`)
		age := d.c.wall().Sub(d.issued[token])
		require.Less(d.t, age, soakLifetime*time.Second, "%s has expired", token)
	}
}
