package pkcewasm_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pkcewasm/pkcewasm/internal/browsertest"
	"github.com/pkcewasm/pkcewasm/internal/oauthtest"
)

// TestBackForward leaves a page and comes back by the history, when its token has expired: F-J1. The page must be fit
// for the back/forward cache, and one request renews the token before the first caller gets one.
func TestBackForward(t *testing.T) {
	t.Parallel()
	module := browsertest.Slim.Module(t)
	for mode, config := range modes {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			d := drive(t, module, oauthtest.Settings{AccessTokenSeconds: 2}, config)
			page := d.tabs(ctx, t, 1)[0]
			require.NoError(t, page.Evaluate(ctx, `addEventListener('pageshow', (event) => {
				tab.restored = { persisted: event.persisted, token: tab.token().then((token) => token, (error) => error.code) };
			})`, nil))
			var before, after string
			require.NoError(t, page.ask(ctx, "token", nil, &before))
			require.NoError(t, page.Go(ctx, d.site.Origin+"/harness/keys.js"))
			time.Sleep(2100 * time.Millisecond)
			require.NoError(t, page.Evaluate(ctx, `history.back()`, nil))
			require.NoError(t, page.Evaluate(ctx, `new Promise((done) => { (function look() { globalThis.tab?.restored ? done() : setTimeout(look, 5); })(); })`, nil))
			var persisted bool
			require.NoError(t, page.Evaluate(ctx, `tab.restored.persisted`, &persisted))
			require.True(t, persisted, "restored from the back/forward cache")
			require.NoError(t, page.Evaluate(ctx, `tab.restored.token`, &after))
			require.NotEqual(t, before, after)
			require.Equal(t, 1, d.server.Report().Refreshes)
		})
	}
}
