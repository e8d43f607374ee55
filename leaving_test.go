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
