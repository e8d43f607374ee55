package pkcewasm_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pkcewasm/pkcewasm/internal/browsertest"
	"github.com/pkcewasm/pkcewasm/internal/oauthtest"
)

// refreshing begins a refresh in a tab, and returns when the server has its request and holds the answer back.
func (d *driven) refreshing(ctx context.Context, t *testing.T, page tab) {
	t.Helper()
	d.server.Script("token", oauthtest.Fault{Grant: "refresh_token", Wire: oauthtest.Wire{Hold: true}})
	require.NoError(t, page.Evaluate(ctx, `tab.pending = tab.token({ forceRefresh: true }).then((token) => token, (error) => error.code); undefined`, nil))
	require.True(t, d.server.Ledger.Wait("token", 30*time.Second, func(all []oauthtest.Entry) bool { return all[len(all)-1].Grant == "refresh_token" }))
}

// TestReload reloads a page in the middle of a refresh: F-J4. The next page has the session, if the server forgives that
// the token comes again.
func TestReload(t *testing.T) {
	bothWays(t, time.Minute, func(ctx context.Context, t *testing.T, config map[string]any) {
		d := drive(t, browsertest.Slim.Module(t), oauthtest.Settings{Rotation: oauthtest.Grace(60)}, config)
		page := d.tabs(ctx, t, 1)[0]
		d.refreshing(ctx, t, page)
		require.NoError(t, page.Call(ctx, "Page.reload", nil, nil))
		d.server.Release()
		require.NoError(t, page.until(ctx, `globalThis.tab && !tab.pending`))
		require.NoError(t, page.enter(ctx, d.config))
		var user, token string
		require.NoError(t, page.ask(ctx, "user", nil, &user))
		require.Equal(t, "alice", user)
		require.NoError(t, page.ask(ctx, "token", map[string]any{"forceRefresh": true}, &token))
	})
}

// TestLeaveWhileRefreshing goes to another page in the middle of a refresh, and back by the history: F-J3. Whether or not the
// browser has kept the page, nobody waits for ever, and the session is there.
func TestLeaveWhileRefreshing(t *testing.T) {
	bothWays(t, time.Minute, func(ctx context.Context, t *testing.T, config map[string]any) {
		d := drive(t, browsertest.Slim.Module(t), oauthtest.Settings{Rotation: oauthtest.Grace(60)}, config)
		page := d.tabs(ctx, t, 1)[0]
		d.refreshing(ctx, t, page)
		require.NoError(t, page.Go(ctx, d.site.Origin+"/harness/keys.js"))
		d.server.Release()
		require.NoError(t, page.Evaluate(ctx, `history.back()`, nil))
		var kept bool
		require.NoError(t, page.until(ctx, `globalThis.tab`))
		require.NoError(t, page.Evaluate(ctx, `Boolean(tab.pending)`, &kept))
		if kept {
			var settled string
			require.NoError(t, page.Evaluate(ctx, `tab.pending`, &settled))
			require.Regexp(t, `^(AT-.*|timeout|network|crashed)$`, settled)
			t.Log("kept by the browser, and the call ended with", settled[:2])
		} else {
			require.NoError(t, page.enter(ctx, d.config))
			t.Log("loaded anew")
		}
		var token string
		require.NoError(t, page.ask(ctx, "token", nil, &token))
		require.Regexp(t, `^AT-`, token)
	})
}

// TestHolderInTheCache leaves a page in the middle of a refresh, so that the holder of the lock is in the back/forward cache:
// F-I9. It lets the lock go, and another tab has a token before the server's grace is over. Chromium evicts a page that
// holds a lock which another waits for, and not one whose worker does.
func TestHolderInTheCache(t *testing.T) {
	bothWays(t, time.Minute, func(ctx context.Context, t *testing.T, config map[string]any) {
		d := drive(t, browsertest.Slim.Module(t), oauthtest.Settings{Rotation: oauthtest.Grace(10)}, config)
		tabs := d.tabs(ctx, t, 2)
		d.refreshing(ctx, t, tabs[0])
		require.NoError(t, tabs[0].Go(ctx, d.site.Origin+"/harness/keys.js"))
		if config["isolation"] == "shared" { // its worker does not stand still
			d.server.Release()
		}
		left := time.Now()
		var token, after string
		require.NoError(t, tabs[1].ask(ctx, "token", map[string]any{"forceRefresh": true}, &token))
		t.Logf("another tab had a token after %s", time.Since(left))
		d.server.Release() // too late for the page in the cache
		require.NoError(t, tabs[0].Evaluate(ctx, `history.back()`, nil))
		require.NoError(t, tabs[0].until(ctx, `globalThis.tab`))
		var kept bool
		require.NoError(t, tabs[0].Evaluate(ctx, `Boolean(tab.pending)`, &kept))
		if !kept {
			require.NoError(t, tabs[0].enter(ctx, d.config))
		}
		require.NoError(t, tabs[0].ask(ctx, "token", nil, &after))
		require.Equal(t, token, after)
		require.Zero(t, d.server.Report().Reuse)
	})
}

// returned opens a page that has come back from the server with a code, and has not used it yet.
func returned(ctx context.Context, t *testing.T, config map[string]any) (d *driven, page tab, callback string) {
	t.Helper()
	d = drive(t, browsertest.Slim.Module(t), oauthtest.Settings{}, config)
	d.config["redirectUri"] = d.site.Origin + "/tab.html"
	page, err := d.open(ctx)
	require.NoError(t, err)
	callback, err = d.callbackURL(ctx, page, "alice")
	require.NoError(t, err)
	require.NoError(t, page.Go(ctx, callback))
	require.NoError(t, page.enter(ctx, d.config))
	return d, page, callback
}

// TestBackToTheCallback goes back by the history over a callback, and to its URL once more: F-J6. The session is kept, and
// the code is not sent again.
func TestBackToTheCallback(t *testing.T) {
	bothWays(t, time.Minute, func(ctx context.Context, t *testing.T, config map[string]any) {
		d, page, callback := returned(ctx, t, config)
		require.NoError(t, page.ask(ctx, "callback", nil, nil))

		require.NoError(t, page.Go(ctx, d.site.Origin+"/harness/keys.js"))
		require.NoError(t, page.Evaluate(ctx, `history.back()`, nil))
		require.NoError(t, page.enter(ctx, d.config))
		var address, user string
		require.NoError(t, page.Evaluate(ctx, `location.href`, &address))
		require.Equal(t, d.config["redirectUri"], address)
		require.NoError(t, page.ask(ctx, "user", nil, &user))
		require.Equal(t, "alice", user)

		require.NoError(t, page.Go(ctx, callback))
		require.NoError(t, page.enter(ctx, d.config))
		require.NoError(t, page.ask(ctx, "callback", nil, &user))
		require.Equal(t, "alice", user)
		require.Len(t, d.server.Ledger.Entries("token"), 1)
	})
}

// TestLeaveWhileSigningIn goes to another page while the code is being exchanged, and comes back: F-T14. The code is sent
// once. If the worker could finish, the session is there, else the next sign-in works.
func TestLeaveWhileSigningIn(t *testing.T) {
	bothWays(t, time.Minute, func(ctx context.Context, t *testing.T, config map[string]any) {
		d, page, callback := returned(ctx, t, config)
		d.server.Script("token", oauthtest.Fault{Wire: oauthtest.Wire{Hold: true}})
		require.NoError(t, page.Evaluate(ctx, `tab.callback().catch(() => {}); undefined`, nil))
		require.True(t, d.server.Ledger.Wait("token", 30*time.Second, func(all []oauthtest.Entry) bool { return len(all) > 0 }))
		require.NoError(t, page.Go(ctx, d.site.Origin+"/harness/keys.js"))
		d.server.Release()

		require.NoError(t, page.Go(ctx, callback))
		require.NoError(t, page.enter(ctx, d.config))
		var user string
		if err := page.ask(ctx, "callback", nil, &user); err == nil {
			require.Equal(t, "alice", user)
		} else {
			require.EqualError(t, err, "callback: state")
		}
		require.Len(t, d.server.Ledger.Entries("token"), 1)
		require.NoError(t, d.signIn(ctx, page))
		require.NoError(t, page.ask(ctx, "token", nil, nil))
		require.Len(t, d.server.Ledger.Entries("token"), 2)
	})
}
