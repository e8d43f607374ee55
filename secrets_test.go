package pkcewasm_test

import (
	"net/url"
	"testing"
	"time"

	"github.com/pkcewasm/pkcewasm/internal/browsertest"
	"github.com/pkcewasm/pkcewasm/internal/oauthtest"
)

// strictPolicy is the Content Security Policy that SECURITY.md recommends, for a page that signs in at the issuer.
func strictPolicy(issuer string) string {
	return "default-src 'none'; script-src 'self'; img-src 'self'; worker-src 'self'; connect-src 'self' " + issuer + "; frame-src 'self' " + issuer +
		"; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
}

// TestSecrets lets hostile scripts of the page look for the refresh token and the verifier, in every engine: once the client is
// up, and, under the recommended policy, before it is loaded.
func TestSecrets(t *testing.T) {
	module := browsertest.Slim.Module(t)
	for _, engine := range browsertest.Engines() {
		t.Run(engine.Name, func(t *testing.T) {
			t.Parallel()
			site := newSite(t, module)
			server := oauthtest.New(t, oauthtest.Options{Settings: oauthtest.Settings{Rotation: oauthtest.Strict}})
			site.AddProvider("ledger", browsertest.Provider{Issuer: server.Issuer, ClientID: oauthtest.DefaultClient, API: server.URL + "/api/hello"})
			browser := browsertest.NewBrowser(t, engine, site, browsertest.Options{})
			run := func(address string, checks ...string) {
				server.Reset()
				browser.Run(t, "/start.html?scenario=secrets&provider=ledger"+address, 2*time.Minute).Expect(t, checks...)
			}
			inWorker := []string{
				"no replaced built-in hears a refresh token or the verifier", "nothing within reach holds a refresh token or the verifier",
				"nor does it after a sign-out",
			}
			t.Run("late", func(t *testing.T) {
				run("", append(inWorker, "the walker finds what is planted", "the same built-ins hear everything where nothing is isolated")...)
			})
			t.Run("early, under the recommended policy", func(t *testing.T) {
				run("&when=early&csp="+url.QueryEscape(strictPolicy(server.Issuer)), append(inWorker, "a worker from a blob is blocked by the policy")...)
			})
			t.Run("redirect", func(t *testing.T) {
				run("&isolation=shared",
					"shared: no replaced built-in hears a refresh token, nor the verifier where the worker outlives the page",
					"shared: nothing within reach holds one")
			})
		})
	}
}
