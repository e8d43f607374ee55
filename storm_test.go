package pkcewasm_test

import (
	"context"
	"flag"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pkcewasm/pkcewasm/internal/browsertest"
	"github.com/pkcewasm/pkcewasm/internal/oauthtest"
)

var (
	stormTabs      = flag.Int("storm.tabs", 6, "tabs of a storm")
	stormRotations = flag.Int("storm.rotations", 3, "times that all tabs of a storm want a new token at once")
)

// soon is how long after the server's answer a tab may wait for its token.
const soon = 500 * time.Millisecond

// TestStorm lets all of many real tabs want a new token at the same moment, again and again, at a server that ends the
// session when a refresh token is used twice (F-I1).
func TestStorm(t *testing.T) {
	t.Parallel()
	module := browsertest.Slim.Module(t)
	for mode, config := range modes {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute+time.Duration(*stormRotations)*10*time.Second)
			defer cancel()
			// A refresh is due at half of the life, so that no tab is too slow for its token.
			const life = 6
			d := drive(t, module, oauthtest.Settings{Rotation: oauthtest.Strict, AccessTokenSeconds: life}, config)
			tabs := d.tabs(ctx, t, *stormTabs)
			d.server.Ledger.Reset()

			last := time.Now() // when a tab last got its token
			var waits []time.Duration
			for round := 1; round <= *stormRotations; round++ {
				time.Sleep(time.Until(last.Add(life/2*time.Second + 100*time.Millisecond)))
				got := storm(ctx, t, tabs, life/2)
				requests := d.server.Ledger.Entries("token")
				require.Equal(t, round, len(requests), "token requests")
				require.True(t, d.server.Ledger.Wait("token", time.Minute, func(all []oauthtest.Entry) bool { return !all[round-1].Finished.IsZero() }))
				answered := d.server.Ledger.Entries("token")[round-1].Finished
				for _, one := range got {
					require.Equal(t, got[0].Token, one.Token, "tokens of two tabs in round %d", round)
					at := time.UnixMilli(one.At)
					waits = append(waits, max(at.Sub(answered), 0))
					if at.After(last) {
						last = at
					}
				}
			}
			report := d.server.Report()
			require.Zero(t, report.Reuse, "refresh tokens used twice")
			slices.Sort(waits)
			p95 := waits[len(waits)*95/100]
			t.Logf("%s: %d tabs, %d rotations, %d token requests, %d reused, new token after p50 %s, p95 %s, at most %s", mode, *stormTabs,
				*stormRotations, report.Refreshes, report.Reuse, waits[len(waits)/2], p95, waits[len(waits)-1])
			require.Equal(t, *stormRotations, report.Refreshes)
			if *stormRotations >= 100 { // a few say nothing of a busy machine
				require.Less(t, p95, soon)
			}
		})
	}
}

type timed struct {
	Token string
	At    int64
}

// storm lets all tabs ask at once for a token that is valid for so many seconds.
func storm(ctx context.Context, t *testing.T, tabs []tab, seconds int) []timed {
	t.Helper()
	got, failed := make([]timed, len(tabs)), make([]error, len(tabs))
	var all sync.WaitGroup
	for i := range tabs {
		all.Go(func() { failed[i] = tabs[i].ask(ctx, "timed", map[string]any{"minValiditySeconds": seconds}, &got[i]) })
	}
	all.Wait()
	for _, err := range failed {
		require.NoError(t, err)
	}
	return got
}
