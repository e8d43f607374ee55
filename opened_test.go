package pkcewasm_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pkcewasm/pkcewasm/internal/browsertest"
	"github.com/pkcewasm/pkcewasm/internal/oauthtest"
)

// TestPrerendered has the browser prerender a page that opens a client: F-J7. Chromium prerenders nothing under a debugger,
// so that no driver takes part.
func TestPrerendered(t *testing.T) {
	t.Parallel()
	site := newSite(t, browsertest.Slim.Module(t))
	server := oauthtest.New(t, oauthtest.Options{})
	site.AddProvider("ledger", browsertest.Provider{Issuer: server.Issuer, ClientID: oauthtest.DefaultClient, API: server.URL + "/api/hello"})
	opened := make(chan struct{}, 1)
	site.Handle("POST /prerendered", http.HandlerFunc(func(http.ResponseWriter, *http.Request) { opened <- struct{}{} }))
	site.Handle("GET /prerendered", http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-opened:
		case <-r.Context().Done():
		}
	}))
	browser := browsertest.NewBrowser(t, browsertest.Chromium, site, browsertest.Options{})
	for mode := range modes {
		t.Run(mode, func(t *testing.T) {
			browser.Run(t, "/start.html?scenario=prerendered&provider=ledger&mode="+mode, time.Minute).Expect(t,
				"a prerendered page asks the server nothing", "it does nothing until it is shown", "and then it has the session")
		})
	}
}

// TestCopiedTab opens a tab that gets a copy of what another one has stored: F-I11.
func TestCopiedTab(t *testing.T) {
	module := browsertest.Slim.Module(t)
	for _, engine := range browsertest.Engines() {
		t.Run(engine.Name, func(t *testing.T) {
			t.Parallel()
			site := newSite(t, module)
			server := oauthtest.New(t, oauthtest.Options{})
			site.AddProvider("ledger", browsertest.Provider{Issuer: server.Issuer, ClientID: oauthtest.DefaultClient, API: server.URL + "/api/hello"})
			browser := browsertest.NewBrowser(t, engine, site, browsertest.Options{Popups: true})
			browser.Run(t, "/start.html?scenario=copied&provider=ledger", time.Minute).Expect(t,
				"the copy is deleted, and the original goes on", "two users in two tabs")
		})
	}
}

// TestOpaqueOrigin opens a client in a page that has no origin: F-196.
func TestOpaqueOrigin(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	d := drive(t, browsertest.Slim.Module(t), oauthtest.Settings{}, nil)
	for _, isolation := range []string{"shared", "dedicated"} {
		d.config["isolation"] = isolation
		_, err := d.openAt(ctx, "/tab.html?csp=sandbox+allow-scripts")
		require.EqualError(t, err, "open: unsupported")
	}
	require.Empty(t, d.server.Ledger.Entries(""))
}
