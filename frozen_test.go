package pkcewasm_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pkcewasm/pkcewasm/internal/browsertest"
	"github.com/pkcewasm/pkcewasm/internal/oauthtest"
)

// record reads the stored session: what a stale holder must not change.
const record = `new Promise((done) => {
	indexedDB.open('pkcewasm').onsuccess = ({ target: { result: database } }) => {
		database.transaction('sessions').objectStore('sessions').getAll().onsuccess = ({ target }) => {
			database.close();
			done(JSON.stringify(target.result));
		};
	};
})`

// TestFrozenHolder stops a worker in the middle of a refresh, as a browser does with a tab in the background: F-I8. The
// others wait for the lock as long as its lease is, take it, and have a token; the one that thaws drops its answer.
func TestFrozenHolder(t *testing.T) {
	t.Parallel()
	const patience = 25 * time.Second
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	d := drive(t, browsertest.Slim.Module(t), oauthtest.Settings{Rotation: oauthtest.Grace(60)}, map[string]any{
		"isolation": "dedicated", "storage": "indexeddb", "timeoutMs": 60_000, // so that the late answer is one
	})
	tabs := d.tabs(ctx, t, 3)
	holder := tabs[0]
	worker, err := d.browser.Find(ctx, func(t *browsertest.Target) bool { return t.Type == "worker" && t.Parent == holder.Session })
	require.NoError(t, err)
	require.NoError(t, worker.Call(ctx, "Debugger.enable", nil, nil))

	d.server.Script("token", oauthtest.Fault{Grant: "refresh_token", Wire: oauthtest.Wire{Hold: true}})
	late := make(chan error, 1)
	go func() { late <- holder.ask(ctx, "token", map[string]any{"forceRefresh": true}, nil) }()
	require.True(t, d.server.Ledger.Wait("token", patience, func(all []oauthtest.Entry) bool {
		return len(all) > 0 && all[len(all)-1].Grant == "refresh_token"
	}))
	require.NoError(t, worker.Call(ctx, "Debugger.pause", nil, nil))
	require.NoError(t, holder.Freeze(ctx)) // too late for its worker to hear of it
	d.server.Release()

	frozen := time.Now()
	tokens := make([]string, len(tabs))
	for i, each := range tabs[1:] {
		require.NoError(t, each.ask(ctx, "token", map[string]any{"forceRefresh": i == 0}, &tokens[i+1]))
	}
	took := time.Since(frozen)
	require.Greater(t, took, 15*time.Second, "the lock was not waited for")
	require.Less(t, took, patience)
	t.Logf("another tab had a token after %s", took)
	var before, after string
	require.NoError(t, tabs[1].Evaluate(ctx, record, &before))

	require.NoError(t, worker.Call(ctx, "Debugger.disable", nil, nil)) // and it goes on
	require.NoError(t, holder.Thaw(ctx))
	require.NoError(t, <-late) // with the token of the others
	require.NoError(t, tabs[1].Evaluate(ctx, record, &after))
	require.Equal(t, before, after, "the record after the holder has thawed")
	for i, each := range tabs {
		require.NoError(t, each.ask(ctx, "token", nil, &tokens[i]))
		require.Equal(t, tokens[1], tokens[i], "token of tab %d", i)
	}
}

// TestFrozenTab freezes a tab for longer than its token lives: F-H8. The lock is free meanwhile, and one request renews
// the token when the tab thaws.
func TestFrozenTab(t *testing.T) {
	bothWays(t, time.Minute, func(ctx context.Context, t *testing.T, config map[string]any) {
		const life = 2
		d := drive(t, browsertest.Slim.Module(t), oauthtest.Settings{AccessTokenSeconds: life}, config)
		frozen := d.tabs(ctx, t, 1)[0]
		var before, after string
		require.NoError(t, frozen.ask(ctx, "token", nil, &before))
		require.NoError(t, frozen.Freeze(ctx))
		time.Sleep((life*1000 + 500) * time.Millisecond)
		other, err := d.open(ctx)
		require.NoError(t, err)
		var held []string
		require.NoError(t, other.Evaluate(ctx, `navigator.locks.query().then(({ held }) => held.map(({ name }) => name).filter((name) => !name.startsWith('pkcewasm.life')))`, &held))
		require.Empty(t, held)
		require.NoError(t, frozen.Evaluate(ctx, `document.addEventListener('resume', () => {
			tab.resumed = tab.token().then((token) => token, (error) => error.code);
		})`, nil))
		require.NoError(t, frozen.Thaw(ctx))
		require.NoError(t, frozen.Evaluate(ctx, `tab.resumed`, &after))
		require.NotEqual(t, before, after)
		require.Regexp(t, `^AT-`, after)
		require.Equal(t, 1, d.server.Report().Refreshes)
	})
}
