package pkcewasm_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pkcewasm/pkcewasm/internal/browsertest"
	"github.com/pkcewasm/pkcewasm/internal/oauthtest"
)

// TestMeddling runs the package where a service worker of the application answers in the place of the token endpoint: F-T17.
func TestMeddling(t *testing.T) {
	t.Parallel()
	site := newSite(t, browsertest.Slim.Module(t))
	server := oauthtest.New(t, oauthtest.Options{Settings: oauthtest.Settings{Rotation: oauthtest.Strict}})
	site.AddProvider("ledger", browsertest.Provider{Issuer: server.Issuer, ClientID: oauthtest.DefaultClient, API: server.URL + "/api/hello"})
	browser := browsertest.NewBrowser(t, browsertest.Chromium, site, browsertest.Options{})
	for _, isolation := range []string{"shared", "dedicated", "none"} {
		t.Run(isolation, func(t *testing.T) {
			browser.Run(t, "/start.html?scenario=meddling&provider=ledger&isolation="+isolation, time.Minute).Expect(t,
				"its answer is the server's: signed in", "replay: id_token, and the session is kept", "unsigned: id_token, and the session is kept",
				"page: response, and the session is kept", "redirect: redirect, and the session is kept", "a refresh is not redirected")
			require.Zero(t, server.Report().Reuse)
		})
	}
}
