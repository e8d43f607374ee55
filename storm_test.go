package pkcewasm_test

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"regexp"
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

// stormLife is how many seconds a token lives. All tabs want another one after half of it, so that none is too slow for its token.
const stormLife = 6

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
			d := drive(t, module, oauthtest.Settings{Rotation: oauthtest.Strict, AccessTokenSeconds: stormLife}, config)
			tabs := d.tabs(ctx, t, *stormTabs)
			waits := d.rotate(ctx, t, tabs, *stormRotations)
			report := d.server.Report()
			require.Zero(t, report.Reuse, "refresh tokens used twice")
			slices.Sort(waits)
			p95 := waits[len(waits)*95/100]
			t.Logf("%s: %d tabs, %d rotations, %d token requests, %d reused, new token after p50 %s, p95 %s, at most %s", mode, *stormTabs,
				report.Refreshes, report.Refreshes, report.Reuse, waits[len(waits)/2], p95, waits[len(waits)-1])
			if *stormRotations >= 100 { // a few say nothing of a busy machine
				require.Less(t, p95, soon)
			}
		})
	}
}

// rotate lets all tabs want a new token at once, until there were so many, and returns how long each of them waited for
// each after the server's answer. One request for each is all that there may be.
func (d *driven) rotate(ctx context.Context, t *testing.T, tabs []tab, rotations int) (waits []time.Duration) {
	t.Helper()
	d.server.Ledger.Reset()

	last := time.Now() // when a tab last got its token
	var seen []string  // tokens, in the order of the requests
	for len(seen) < rotations {
		time.Sleep(time.Until(last.Add(stormLife/2*time.Second + 100*time.Millisecond)))
		began, before := time.Now(), len(seen)
		got, err := storm(ctx, tabs, stormLife/2)
		if err != nil {
			for _, entry := range d.server.Ledger.Entries("token")[max(0, before-2):] {
				t.Logf("token request at %s, %s: generation %d, attempt %d, reuse %t, outcome %s", entry.Time.Format(time.TimeOnly+".000"),
					entry.Finished.Sub(entry.Time), entry.Generation, entry.Attempt, entry.Reuse, entry.Outcome)
			}
			require.NoError(t, err, "round %d", before+1)
		}
		slices.SortFunc(got, func(a, b timed) int { return cmp.Compare(a.At, b.At) })
		for _, one := range got {
			if !slices.Contains(seen, one.Token) {
				seen = append(seen, one.Token)
			}
		}
		// On a machine so busy that some tabs asked when the token of the others was due again, there is one more.
		if slow := time.Since(began) > stormLife/2*time.Second; !slow {
			require.Equal(t, before+1, len(seen), "tokens")
		}
		require.True(t, d.server.Ledger.Wait("token", time.Minute, func(all []oauthtest.Entry) bool { return !all[len(all)-1].Finished.IsZero() }))
		requests := d.server.Ledger.Entries("token")
		require.Equal(t, len(seen), len(requests), "token requests")
		for _, one := range got {
			last = time.UnixMilli(one.At)
			waits = append(waits, max(last.Sub(requests[slices.Index(seen, one.Token)].Finished), 0))
		}
	}
	return waits
}

// TestTwoVersions has two versions of the package on one origin, as during a deployment, and one session: F-I15. Each has a
// worker of its own, and they spend no token twice.
func TestTwoVersions(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	module := browsertest.Slim.Module(t)
	d := drive(t, module, oauthtest.Settings{Rotation: oauthtest.Strict, AccessTokenSeconds: stormLife},
		map[string]any{"isolation": "shared", "storage": "indexeddb"})
	folder := filepath.Join(browsertest.Root(t), "jsglue")
	link, err := os.ReadFile(filepath.Join(folder, "link.js"))
	require.NoError(t, err)
	next := regexp.MustCompile(`VERSION = '[^']*'`).ReplaceAll(link, []byte(`VERSION = '99.0.0'`))
	require.NotEqual(t, link, next)
	changed := filepath.Join(t.TempDir(), "link.js")
	require.NoError(t, os.WriteFile(changed, next, 0o600))
	d.site.Mount("/next/", folder, map[string]string{
		"link.js": changed, "pkce.slim.wasm": module, "integrity.js": browsertest.Integrity(t, module),
	})

	tabs := d.tabs(ctx, t, 2)
	for range 2 {
		other, err := d.openAt(ctx, "/tab.html?package=/next/index.js")
		require.NoError(t, err)
		tabs = append(tabs, other)
	}
	require.Len(t, d.browser.Targets(func(t *browsertest.Target) bool { return t.Type == "shared_worker" }), 2)
	d.rotate(ctx, t, tabs, 3)
	require.Zero(t, d.server.Report().Reuse)
}

type timed struct {
	Token string
	At    int64
}

// storm lets all tabs ask at once for a token that is valid for so many seconds.
func storm(ctx context.Context, tabs []tab, seconds int) ([]timed, error) {
	got, failed := make([]timed, len(tabs)), make([]error, len(tabs))
	var all sync.WaitGroup
	for i := range tabs {
		all.Go(func() { failed[i] = tabs[i].ask(ctx, "timed", map[string]any{"minValiditySeconds": seconds}, &got[i]) })
	}
	all.Wait()
	return got, errors.Join(failed...)
}
