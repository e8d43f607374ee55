package pkcewasm_test

import (
	"cmp"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/pkcewasm/pkcewasm/internal/browsertest"
	"github.com/pkcewasm/pkcewasm/internal/figures"
	"github.com/pkcewasm/pkcewasm/internal/oauthtest"
)

// strictPolicy is the Content Security Policy that SECURITY.md recommends, for a page that signs in at the issuer.
func strictPolicy(issuer string) string {
	return "default-src 'none'; script-src 'self'; img-src 'self'; worker-src 'self'; connect-src 'self' " + issuer + "; frame-src 'self' " + issuer +
		"; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
}

// keyring holds the private keys that a worker told the site of.
type keyring struct {
	mu   sync.Mutex // guards keys
	keys []string   // base64url
}

// newKeyring serves pages/workers/key.js, which adds keys, and pages, which ask for them.
func newKeyring(site *browsertest.Site) *keyring {
	k := &keyring{keys: []string{}}
	site.Handle("POST /known", http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		key, _ := io.ReadAll(r.Body)
		k.mu.Lock()
		defer k.mu.Unlock()
		k.keys = append(k.keys, string(key))
	}))
	site.Handle("GET /known", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(k.known())
	}))
	return k
}

func (k *keyring) known() []string {
	k.mu.Lock()
	defer k.mu.Unlock()
	return slices.Clone(k.keys)
}

func (k *keyring) reset() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.keys = []string{}
}

// TestSecrets lets hostile scripts of the page look for the refresh token, the verifier and the key that tokens are bound to, in
// every engine: once the client is up, and, under the recommended policy, before it is loaded.
func TestSecrets(t *testing.T) {
	module := browsertest.Slim.Module(t)
	for _, engine := range browsertest.Engines() {
		t.Run(engine.Name, func(t *testing.T) {
			t.Parallel()
			site := newSite(t, module)
			server := oauthtest.New(t, oauthtest.Options{Settings: oauthtest.Settings{Rotation: oauthtest.Strict, DPoP: oauthtest.DPoP{Mode: oauthtest.ProofsOptional}}})
			keys := newKeyring(site)
			site.AddProvider("ledger", browsertest.Provider{Issuer: server.Issuer, ClientID: oauthtest.DefaultClient, API: server.URL + "/api/hello"})
			browser := browsertest.NewBrowser(t, engine, site, browsertest.Options{})
			details := map[string]string{}
			run := func(address string, checks ...string) {
				server.Reset()
				keys.reset()
				report := browser.Run(t, "/start.html?scenario=secrets&provider=ledger"+address, 2*time.Minute)
				report.Expect(t, checks...)
				for _, check := range report.Checks() {
					details[check.Name] = cmp.Or(check.Detail, "passed")
				}
			}
			inWorker := []string{
				"no replaced built-in hears a refresh token, the verifier or the key", "nothing within reach holds a refresh token, the verifier or the key",
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
					"shared: no replaced built-in hears a refresh token or the key, nor the verifier where the worker outlives the page",
					"shared: nothing within reach holds one")
			})
			figures.Record(t, "make secrets", map[string]any{engine.Name: details})
		})
	}
}
