package pkcewasm_test

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pkcewasm/pkcewasm/internal/browsertest"
	"github.com/pkcewasm/pkcewasm/internal/figures"
	"github.com/pkcewasm/pkcewasm/internal/oauthtest"
)

var (
	soakTime = flag.Duration("soak.time", 6*time.Second, "how long two tabs use the package among faults")
	soakSeed = flag.Uint64("soak.seed", 0, "what the faults and calls of a soak are made of; 0 is another one each time, which is printed")
)

// soaked is a soak under way.
type soaked struct {
	*driven
	rng *rand.Rand

	mu    sync.Mutex // guards what follows
	calls int
	codes map[string]int // of the errors
	hung  []string       // calls without an end
}

// soakGrace is for how many seconds a server takes a refresh token again whose answer was lost: longer than faults follow each
// other. After 60 s of them nothing that a client does would save the session.
const soakGrace = 600

// A call may take so long: two deadlines of 15 s, and the machine.
const forever = 45 * time.Second

// TestSoakHour lets two tabs use the package as shipped for a while in real time, with tokens that live for seconds and a server
// that misbehaves at random: every promise settles, the session lives, memory stays flat. With a seed it does the same again.
func TestSoakHour(t *testing.T) {
	t.Parallel()
	seed := *soakSeed
	if seed == 0 {
		seed = rand.Uint64N(1 << 32) //nolint:gosec // to be replayed
	}
	defer func() {
		if t.Failed() {
			t.Logf("replay with: make soak-hour SEED=%d", seed)
		}
	}()
	ctx, cancel := context.WithTimeout(t.Context(), *soakTime+3*time.Minute)
	defer cancel()
	s := &soaked{
		driven: drive(t, browsertest.Slim.Module(t), oauthtest.Settings{Rotation: oauthtest.Grace(soakGrace), AccessTokenSeconds: 15},
			map[string]any{"isolation": "shared", "refresh": map[string]any{"auto": true}}),
		rng: rand.New(rand.NewPCG(seed, 0)), codes: map[string]int{}, //nolint:gosec // to be replayed
	}
	tabs := s.tabs(ctx, t, 2)
	worker, err := s.browser.Find(ctx, func(target *browsertest.Target) bool { return target.Type == "shared_worker" })
	require.NoError(t, err)

	began, faults := time.Now(), 0
	var pending sync.WaitGroup
	var early, late int64 // bytes
	for time.Since(began) < *soakTime {
		if early == 0 && time.Since(began) > *soakTime/6 {
			early = memory(ctx, t, worker, tabs[0].Target)
		}
		if fault, ok := s.misbehave(); ok && s.server.Report().PendingFaults == 0 {
			s.server.Script("token", fault)
			faults++
		}
		for range 1 + s.rng.IntN(4) {
			s.act(ctx, &pending, tabs[s.rng.IntN(2)])
		}
		time.Sleep(time.Duration(s.rng.IntN(1000)) * time.Millisecond)
	}
	s.server.Unscript()
	pending.Wait()
	late = memory(ctx, t, worker, tabs[0].Target)

	report := s.server.Report()
	t.Logf("seed %d: %d calls in %s, %d faults, %d refreshes, errors %v, memory %d and then %d bytes", seed, s.calls, *soakTime, faults, report.Refreshes, s.codes, early, late)
	require.Empty(t, s.hung, "promises that did not settle")
	require.Zero(t, report.Reuse, "refresh tokens used twice")
	require.Zero(t, report.Overlapping, "requests at once")
	for _, one := range tabs {
		var events []string
		require.NoError(t, one.ask(ctx, "events", nil, &events))
		for _, event := range events {
			require.False(t, strings.HasPrefix(event, "signedOut") || strings.HasPrefix(event, "crashed"), "%s", event)
		}
		require.NoError(t, afterwards(ctx, one))
	}
	for code := range s.codes {
		require.Contains(t, []string{"http", "rate_limited", "network", "response", "timeout"}, code)
	}
	if *soakTime < 10*time.Minute {
		return // a short while says nothing of memory
	}
	require.Less(t, late-early, int64(1<<20), "bytes more than after a sixth of the time")
	figures.Record(t, "make soak-hour", map[string]any{
		"seed": seed, "seconds": int(time.Since(began).Seconds()), "calls": s.calls, "faults": faults, "refreshes": report.Refreshes,
		"errors": s.codes, "hungPromises": 0, "sessionsLost": 0, "memoryGrowthBytes": late - early,
	})
}

// afterwards is how a refresh goes when the pause that the last fault asked for is over.
func afterwards(ctx context.Context, one tab) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for {
		err := one.ask(ctx, "refresh", nil, nil)
		if err == nil || ctx.Err() != nil {
			return err
		}
		time.Sleep(time.Second)
	}
}

// misbehave is what the token endpoint does to the next request, if anything.
func (s *soaked) misbehave() (oauthtest.Fault, bool) {
	html, cut, none := "<html>", 40, -1
	faults := []oauthtest.Fault{
		{Status: 500, Body: &html}, {Status: 503, Body: &html}, {Status: 429, Body: &html}, {Status: 200, Body: &html},
		{Wire: oauthtest.Wire{KillAfter: &none}}, {Wire: oauthtest.Wire{KillAfter: &cut}}, {Refuse: true, Wire: oauthtest.Wire{KillAfter: &none, Reset: true}},
		{Wire: oauthtest.Wire{DelayMS: 1500}}, {Wire: oauthtest.Wire{DripBytes: 50, DripMS: 20}}, {Wire: oauthtest.Wire{NoCORS: true}},
	}
	i := s.rng.IntN(4 * len(faults))
	if i >= len(faults) {
		return oauthtest.Fault{}, false
	}
	return faults[i], true
}

// act has a tab do what an application does, without waiting for it.
func (s *soaked) act(ctx context.Context, pending *sync.WaitGroup, one tab) {
	actions := []struct {
		name     string
		argument any
	}{
		{"timed", nil}, {"timed", nil}, {"timed", map[string]any{"minValiditySeconds": 3}}, {"timed", map[string]any{"forceRefresh": true}}, {"refresh", nil}, {"user", nil},
	}
	action := actions[s.rng.IntN(len(actions))]
	pending.Go(func() {
		call, cancel := context.WithTimeout(ctx, forever)
		defer cancel()
		err := one.ask(call, action.name, action.argument, nil)
		s.mu.Lock()
		defer s.mu.Unlock()
		s.calls++
		switch {
		case call.Err() != nil:
			s.hung = append(s.hung, fmt.Sprint(action.name, " ", action.argument))
		case err != nil:
			s.codes[strings.TrimPrefix(err.Error(), action.name+": ")]++
		}
	})
}

// memory is what realms hold after a collection, in bytes: JavaScript's heaps and WebAssembly's memories.
func memory(ctx context.Context, t *testing.T, realms ...*browsertest.Target) (bytes int64) {
	t.Helper()
	for _, realm := range realms {
		require.NoError(t, realm.Call(ctx, "HeapProfiler.collectGarbage", nil, nil))
		var heap struct{ UsedSize, BackingStorageSize float64 }
		require.NoError(t, realm.Call(ctx, "Runtime.getHeapUsage", nil, &heap))
		var module int64
		onAll(ctx, t, realm, "WebAssembly.Memory", `function () { return this.reduce((sum, { buffer }) => sum + buffer.byteLength, 0); }`, nil, &module)
		bytes += int64(heap.UsedSize+heap.BackingStorageSize) + module
	}
	return bytes
}
