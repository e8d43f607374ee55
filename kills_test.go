package pkcewasm_test

import (
	"context"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pkcewasm/pkcewasm/internal/browsertest"
	"github.com/pkcewasm/pkcewasm/internal/oauthtest"
)

var (
	killsCount = flag.Int("kills", 4, "tabs, workers and renderers to kill in each part of TestKills")
	killsSeed  = flag.Uint64("kills.seed", 0, "seed of TestKills; 0 takes another one each time")
)

// A refresh takes about this long at the server of TestKills, and kills come within so much time after it was asked for.
const (
	killAnswer = 40 * time.Millisecond
	killWithin = 120 * time.Millisecond
	killGrace  = 10 // seconds
	// maxRestarts is how often a page starts its worker again (jsglue/link.js).
	maxRestarts = 3
	// nextToken is how long any other tab may take to get a token after a kill.
	nextToken = 5 * time.Second
)

// TestKills ends tabs, workers and renderers at random moments of a refresh, while other tabs want a token, too: F-I4,
// F-I5, F-I6, F-I10, F-J4, F-M7. With a server that forgives a repeated refresh for 10 s nothing may get lost; with a
// strict one only what was sent and not stored, and then every tab is told once.
func TestKills(t *testing.T) {
	t.Parallel()
	module := browsertest.Slim.Module(t)
	seed := *killsSeed
	if seed == 0 {
		seed = uint64(time.Now().UnixNano())
	}
	t.Logf("-kills.seed=%d", seed)
	parts := []struct {
		name     string
		rotation oauthtest.Rotation
		config   map[string]any
	}{
		{"dedicated workers, 10 s grace", oauthtest.Grace(killGrace), modes["stored"]},
		{"shared worker, 10 s grace", oauthtest.Grace(killGrace), map[string]any{"isolation": "shared", "storage": "indexeddb"}},
		{"dedicated workers, strict", oauthtest.Strict, modes["stored"]},
	}
	for _, part := range parts {
		t.Run(part.name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute+time.Duration(*killsCount)*10*time.Second)
			defer cancel()
			d := drive(t, module, oauthtest.Settings{Rotation: part.rotation}, part.config)
			d.server.Script("token", oauthtest.Fault{Grant: "refresh_token", Times: -1, Wire: oauthtest.Wire{DelayMS: int(killAnswer.Milliseconds())}})
			k := &killing{driven: d, strict: part.rotation == oauthtest.Strict, random: rand.New(rand.NewPCG(seed, 0)), crashed: make(chan string, 100), kinds: map[string]int{}}
			defer d.browser.Listen(k.hear)()
			for range 3 {
				each, err := k.join(ctx)
				require.NoError(t, err)
				if k.tabs = append(k.tabs, each); len(k.tabs) == 1 {
					require.NoError(t, d.signIn(ctx, each))
				}
			}
			for range *killsCount {
				k.once(ctx, t)
			}
			slices.Sort(k.waits)
			t.Logf("%d kills (%v), 0 deadlocks, next token after p50 %s, p95 %s, at most %s; %d sessions lost", *killsCount, k.kinds,
				k.waits[len(k.waits)/2], k.waits[len(k.waits)*95/100], k.waits[len(k.waits)-1], k.lost)
		})
	}
}

// killing is one part of TestKills under way.
type killing struct {
	*driven
	strict  bool
	random  *rand.Rand
	tabs    []tab
	crashed chan string // sessions of tabs whose renderer has gone
	kinds   map[string]int
	waits   []time.Duration
	lost    int
}

func (k *killing) hear(e browsertest.Event) {
	if e.Method == "Inspector.targetCrashed" {
		k.crashed <- e.Session
	}
}

// once kills one tab or worker, and looks what becomes of the others.
func (k *killing) once(ctx context.Context, t *testing.T) {
	t.Helper()
	victim := k.random.IntN(len(k.tabs))
	kind := []string{"tab", "worker", "renderer"}[k.random.IntN(3)]
	delay := time.Duration(k.random.Int64N(int64(killWithin)))
	also := k.random.IntN(2) == 0
	what := fmt.Sprintf("%s killed after %s, others asking: %t", kind, delay, also)
	before := len(k.server.Ledger.Entries("token"))
	told := k.signedOut(ctx, t)

	asking, stop := context.WithCancel(ctx)
	defer stop()
	for i, each := range k.tabs {
		if i == victim || also {
			go func() { _ = each.ask(asking, "token", map[string]any{"forceRefresh": true}, nil) }() // what became of it is seen below
		}
	}
	time.Sleep(delay)
	k.kinds[kind]++
	dead := k.tabs[victim]
	require.NoError(t, k.kill(ctx, kind, dead), what)
	gone := k.remove(dead.Session)

	killed := time.Now()
	err := k.next(ctx, t, k.tabs[k.random.IntN(len(k.tabs))], killed, what)
	if err != nil {
		require.True(t, k.strict, "%s: %v", what, err)
		require.Regexp(t, "(session_expired|signed_out|login_required)$", err.Error(), what) // by this tab, or by another one
		require.Equal(t, 1, k.orphans(t, before, append(gone, dead), what), "%s: lost without reason", what)
		k.lost++
		heard := func() (fewest, most int) {
			fewest = 1
			for session, count := range k.signedOut(ctx, t) {
				fewest, most = min(fewest, count-told[session]), max(most, count-told[session])
			}
			return fewest, most
		}
		for until := time.Now().Add(nextToken); ; { // the others hear of it
			if fewest, _ := heard(); fewest == 1 {
				break
			}
			require.True(t, time.Now().Before(until), "%s: not every tab heard signedOut", what)
		}
		require.NoError(t, k.signIn(ctx, k.tabs[0]))
		_, most := heard()
		require.Equal(t, 1, most, "%s: signedOut events of a tab", what)
	}
	k.orphans(t, before, append(gone, dead), what)
	if kind == "worker" { // its page lives on, and gets another one
		require.NoError(t, k.next(ctx, t, dead, time.Now(), what))
		require.NoError(t, dead.Close(ctx))
	}
	for range gone {
		k.replace(ctx, t, what)
	}
	for i := len(k.tabs) - 1; i >= 0; i-- {
		if each := k.tabs[i]; k.count(ctx, t, each, "crashed") == maxRestarts {
			require.NoError(t, each.Close(ctx))
			k.remove(each.Session)
			k.replace(ctx, t, what)
		}
	}
}

// orphans counts the refresh tokens that came twice since the ledger had so many entries. A token may, once, if what was
// killed had spent it.
func (k *killing) orphans(t *testing.T, since int, dead []tab, what string) (count int) {
	t.Helper()
	spent := map[int]oauthtest.Entry{} // by generation
	for _, entry := range k.server.Ledger.Entries("token")[since:] {
		if entry.Reuse || entry.GraceReuse {
			count++
			first := spent[entry.Generation]
			require.True(t, first.Processed, "%s: a token came twice that was spent before", what)
			if k.config["isolation"] == "dedicated" {
				form, err := url.ParseQuery(first.Body)
				require.NoError(t, err)
				require.True(t, slices.ContainsFunc(dead, func(t tab) bool { return t.Session == form.Get("tab") }), "%s: a token was spent twice by tabs that live", what)
			}
		}
		spent[entry.Generation] = entry
	}
	require.LessOrEqual(t, count, 1, "%s: tokens that came twice", what)
	return count
}

// join opens a tab whose requests can be told from those of others.
func (k *killing) join(ctx context.Context) (tab, error) {
	target, err := k.browser.Open(ctx, k.site.Origin+"/tab.html")
	if err != nil {
		return tab{}, err
	}
	t, config := tab{target}, maps.Clone(k.config)
	if config["isolation"] == "dedicated" { // a shared worker has one configuration
		config["tokenParams"] = map[string]string{"tab": t.Session}
	}
	if err := t.enter(ctx, config); err != nil {
		return t, err
	}
	return t, t.Call(ctx, "Inspector.enable", nil, nil)
}

// worker finds the worker of a tab.
func (k *killing) worker(ctx context.Context, of tab) (*browsertest.Target, error) {
	return k.browser.Find(ctx, func(t *browsertest.Target) bool {
		return t.Type == "shared_worker" || t.Type == "worker" && t.Parent == of.Session
	})
}

// next asks a tab for another token, which must be there so soon after the kill. A caller whose own worker died is told
// so, and asks again.
func (k *killing) next(ctx context.Context, t *testing.T, from tab, killed time.Time, what string) error {
	t.Helper()
	for {
		err := from.ask(ctx, "token", map[string]any{"forceRefresh": true}, nil)
		wait := time.Since(killed)
		require.Less(t, wait, nextToken, "%s: %v", what, err)
		if err == nil || !strings.HasSuffix(err.Error(), "crashed") {
			k.waits = append(k.waits, wait)
			return err
		}
	}
}

// replace opens a tab, which has the session.
func (k *killing) replace(ctx context.Context, t *testing.T, what string) {
	t.Helper()
	fresh, err := k.join(ctx)
	require.NoError(t, err, what)
	require.NoError(t, fresh.ask(ctx, "token", nil, nil), "a new tab after: %s", what)
	k.tabs = append(k.tabs, fresh)
}

// kill ends a tab, its worker or its renderer.
func (k *killing) kill(ctx context.Context, kind string, victim tab) error {
	switch kind {
	case "tab":
		return victim.Close(ctx)
	case "renderer":
		return victim.Crash(ctx)
	}
	worker, err := k.worker(ctx, victim)
	if err != nil {
		return err
	}
	err = worker.Evaluate(ctx, "self.close()", nil)
	if err != nil && strings.Contains(err.Error(), "gone") { // before it could answer
		return nil
	}
	return err
}

// remove takes a tab, and those that crashed with it, from the list.
func (k *killing) remove(session string) (gone []tab) {
	sessions := []string{session}
	for len(k.crashed) > 0 {
		sessions = append(sessions, <-k.crashed)
	}
	k.tabs = slices.DeleteFunc(k.tabs, func(t tab) bool {
		if slices.Contains(sessions, t.Session) {
			gone = append(gone, t)
			return true
		}
		return false
	})
	return gone
}

// signedOut counts the events of every tab.
func (k *killing) signedOut(ctx context.Context, t *testing.T) map[string]int {
	t.Helper()
	counts := map[string]int{}
	for _, each := range k.tabs {
		counts[each.Session] = k.count(ctx, t, each, "signedOut")
	}
	return counts
}

// count counts the events of one kind that a tab has heard.
func (k *killing) count(ctx context.Context, t *testing.T, of tab, kind string) (count int) {
	t.Helper()
	var events []string
	require.NoError(t, of.ask(ctx, "events", nil, &events))
	for _, event := range events {
		if strings.HasPrefix(event, kind) {
			count++
		}
	}
	return count
}
