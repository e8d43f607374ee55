package pkcewasm_test

import (
	"context"
	"flag"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pkcewasm/pkcewasm/internal/browsertest"
	"github.com/pkcewasm/pkcewasm/internal/oauthtest"
)

var hidden = flag.Duration("hidden", 25*time.Second, "how long TestHiddenTab lasts")

// TestHiddenTab hides a tab so long that the browser lets its timers fire once a minute: F-H7. The worker's are on time, and
// no token expires before it is renewed.
func TestHiddenTab(t *testing.T) {
	bothWays(t, *hidden+time.Minute, func(ctx context.Context, t *testing.T, config map[string]any) {
		life := 20 * time.Second // refreshed at half of it
		long := *hidden > time.Minute
		if long {
			life = 2 * time.Minute
		}
		d := drive(t, browsertest.Slim.Module(t), oauthtest.Settings{AccessTokenSeconds: int64(life.Seconds())}, config, "--enable-features=IntensiveWakeUpThrottling:grace_period_seconds/1")
		d.config["refresh"] = map[string]any{"auto": true, "jitterSeconds": 0}
		behind := d.tabs(ctx, t, 1)[0]
		_, err := d.browser.Open(ctx, d.site.Origin+"/harness/keys.js")
		require.NoError(t, err)
		require.NoError(t, behind.Evaluate(ctx, `tab.ticks = 0; setTimeout(function tick() { tab.ticks++; setTimeout(tick, 1000); }, 1000); undefined`, nil))
		last := d.server.Ledger.Entries("token")[0].Time
		for end := time.Now().Add(*hidden); time.Now().Before(end); {
			count := len(d.server.Ledger.Entries("token"))
			require.True(t, d.server.Ledger.Wait("token", 2*life, func(all []oauthtest.Entry) bool { return len(all) > count }), "no refresh")
			entry := d.server.Ledger.Entries("token")[count]
			if long { // a busy machine may be late by seconds, and not by a minute
				require.Less(t, entry.Time.Sub(last), life)
			}
			last = entry.Time
		}
		var state string
		require.NoError(t, behind.Evaluate(ctx, `document.visibilityState`, &state))
		require.Equal(t, "hidden", state)
		var ticks int
		require.NoError(t, behind.Evaluate(ctx, `tab.ticks`, &ticks))
		require.Less(t, ticks, int(hidden.Seconds())/2, "the page's timers were not throttled")
		var events []string
		require.NoError(t, behind.ask(ctx, "events", nil, &events))
		if long {
			require.NotContains(t, events, "expired")
		}
		t.Logf("hidden for %s: %d refreshes, none late; a timer of 1 s in the page fired %d times", *hidden, d.server.Report().Refreshes, ticks)
	})
}

// TestBackForward leaves a page and comes back by the history, when its token has expired: F-J1. The page must be fit
// for the back/forward cache, and one request renews the token before the first caller gets one.
func TestBackForward(t *testing.T) {
	bothWays(t, time.Minute, func(ctx context.Context, t *testing.T, config map[string]any) {
		d := drive(t, browsertest.Slim.Module(t), oauthtest.Settings{AccessTokenSeconds: 2}, config)
		page := d.tabs(ctx, t, 1)[0]
		require.NoError(t, page.Evaluate(ctx, `addEventListener('pageshow', (event) => {
			tab.restored = { persisted: event.persisted, token: tab.token().then((token) => token, (error) => error.code) };
		})`, nil))
		var before, after string
		require.NoError(t, page.ask(ctx, "token", nil, &before))
		require.NoError(t, page.Go(ctx, d.site.Origin+"/harness/keys.js"))
		time.Sleep(2100 * time.Millisecond)
		require.NoError(t, page.Evaluate(ctx, `history.back()`, nil))
		require.NoError(t, page.until(ctx, `globalThis.tab?.restored`))
		var persisted bool
		require.NoError(t, page.Evaluate(ctx, `tab.restored.persisted`, &persisted))
		require.True(t, persisted, "restored from the back/forward cache")
		require.NoError(t, page.Evaluate(ctx, `tab.restored.token`, &after))
		require.NotEqual(t, before, after)
		require.Equal(t, 1, d.server.Report().Refreshes)
	})
}

// TestStarvedPage takes the thread of a page away for 30 s: F-M9. The worker refreshes on time meanwhile, and the page has the
// newest token when it is free again, without a request of its own.
func TestStarvedPage(t *testing.T) {
	const starved, life = 30 * time.Second, 26 * time.Second // refreshed at half of it
	bothWays(t, starved+time.Minute, func(ctx context.Context, t *testing.T, config map[string]any) {
		d := drive(t, browsertest.Slim.Module(t), oauthtest.Settings{AccessTokenSeconds: int64(life.Seconds())}, config)
		d.config["refresh"] = map[string]any{"auto": true, "jitterSeconds": 0}
		page := d.tabs(ctx, t, 1)[0]
		var before, after string
		require.NoError(t, page.ask(ctx, "token", nil, &before))
		free := d.block(ctx, t, page)
		time.Sleep(starved)
		var times []time.Time
		for _, entry := range d.server.Ledger.Entries("token") {
			times = append(times, entry.Time)
		}
		free()
		require.GreaterOrEqual(t, len(times), 3, "the exchange, and a refresh after 13 s and after 26")
		for i := range times[1:] {
			require.Less(t, times[i+1].Sub(times[i]), life, "refreshed before the token expired")
		}
		require.NoError(t, page.ask(ctx, "token", map[string]any{"minValiditySeconds": 15}, &after)) // that of the last refresh has 22 s
		require.NotEqual(t, before, after)
		require.Equal(t, len(times), len(d.server.Ledger.Entries("token")), "requests")
	})
}

// block takes the thread of a page away, at no cost for the processor, until free is called.
func (d *driven) block(ctx context.Context, t *testing.T, page tab) (free func()) {
	blocked, done := make(chan struct{}), make(chan struct{})
	d.site.Handle("GET /busy", http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		close(blocked)
		<-done
	}))
	require.NoError(t, page.Evaluate(ctx, `setTimeout(() => {
		const request = new XMLHttpRequest();
		request.open('GET', '/busy', false);
		request.send();
	}); undefined`, nil))
	select {
	case <-blocked:
	case <-ctx.Done():
		require.Fail(t, "the page did not ask")
	}
	free = sync.OnceFunc(func() { close(done) })
	t.Cleanup(free)
	return free
}

// TestBusyTab keeps the thread of a page busy while more happens in another tab than a worker tells a page that says nothing:
// F-M9. When it is free again it knows that the session is over, and its listeners were told once.
func TestBusyTab(t *testing.T) {
	bothWays(t, time.Minute, func(ctx context.Context, t *testing.T, config map[string]any) {
		d := drive(t, browsertest.Slim.Module(t), oauthtest.Settings{}, config)
		tabs := d.tabs(ctx, t, 2)
		free := d.block(ctx, t, tabs[1])
		for range 6 {
			require.NoError(t, tabs[0].ask(ctx, "refresh", nil, nil))
		}
		require.NoError(t, tabs[0].ask(ctx, "signOut", nil, nil))
		free()
		require.NoError(t, tabs[1].until(ctx, `tab.user() === undefined`))
		require.EqualError(t, tabs[1].ask(ctx, "token", nil, nil), "token: login_required")
		var events []string
		require.NoError(t, tabs[1].ask(ctx, "events", nil, &events))
		require.Equal(t, 1, len(slices.DeleteFunc(events, func(event string) bool { return !strings.HasPrefix(event, "signedOut") })))
	})
}
