// Package pkcewasm_test runs the module and the npm package, as they ship, in real browsers against real authorization
// servers. The pages are in internal/browsertest/pages; each check of a page is a subtest here.
package pkcewasm_test

import (
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pkcewasm/pkcewasm/internal/browsertest"
	"github.com/pkcewasm/pkcewasm/internal/oauthtest"
)

// lifecycle are the checks of scenarios/lifecycle.js.
var lifecycle = []string{
	"nobody is signed in at first",
	"leaves for the provider",
	"sign-in and code exchange",
	"the same callback twice is one",
	"no transaction is left behind",
	"three timer refreshes",
	"a protected API answers",
	"refresh on demand",
	"sign-out",
	"a replayed callback is refused",
}

// sleeps are the checks of scenarios/sleep.js.
func sleeps() []string {
	checks := []string{"a clock that swings by 2 h: at most one request more a minute"}
	for _, hours := range []int{1, -1} {
		checks = append(checks, fmt.Sprintf("the clock is set by %d h: no call gets an expired token", hours))
	}
	for _, behaviour := range []string{"the monotonic clock stands still", "both clocks go on"} {
		checks = append(checks, "8 h asleep, "+behaviour+": no call gets an expired token")
		for _, event := range []string{"visibilitychange", "resume", "pageshow", "online"} {
			checks = append(checks, "8 h asleep, "+behaviour+", "+event+": refreshed at once, by one request")
		}
	}
	return checks
}

// signatures are the checks of scenarios/signature.js.
var signatures = []string{"a key set with a bit changed does not", "the key set as it is signs in"}

// TestBrowsers runs everything in every engine and with both builds. They run side by side: most of the time is waiting
// for timers.
func TestBrowsers(t *testing.T) {
	t.Parallel()
	demo := browsertest.BuildProgram(t, filepath.Join(browsertest.Root(t), "demo"))
	for _, build := range []browsertest.Build{browsertest.Slim, browsertest.Go} {
		t.Run(string(build), func(t *testing.T) {
			t.Parallel()
			testBrowsers(t, build, demo)
		})
	}
}

func testBrowsers(t *testing.T, build browsertest.Build, demo string) {
	module, crashModule := build.Module(t), build.Module(t, "crashtest")
	for _, engine := range browsertest.Engines() {
		t.Run(engine.Name, func(t *testing.T) {
			t.Parallel()
			site := newSite(t, module)
			site.Handle("GET /crashtest/pkce.wasm", serve(crashModule))
			site.Handle("GET /slow/", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				time.Sleep(300 * time.Millisecond)
				http.NotFound(w, r)
			}))
			provider := browsertest.StartServer(t, exec.Command(demo, "-no-page", "-auto", "-ttl", "3s", "-origin", site.Origin))
			ledger := oauthtest.New(t, oauthtest.Options{Settings: oauthtest.Settings{AccessTokenSeconds: 2}})
			site.AddProvider("embedded", browsertest.Provider{Issuer: provider.Issuer, ClientID: "demo-spa", API: provider.Issuer + "/api/hello"})
			site.AddProvider("ledger", browsertest.Provider{Issuer: ledger.Issuer, ClientID: oauthtest.DefaultClient, API: ledger.URL + "/api/hello"})
			browser := browsertest.NewBrowser(t, engine, site, browsertest.Options{LoopbackHosts: []string{"plain.test"}})

			t.Run("session with the embedded provider", func(t *testing.T) {
				browser.Run(t, "/start.html?scenario=lifecycle&provider=embedded", 2*time.Minute).Expect(t, lifecycle...)
			})
			t.Run("signatures of the embedded provider", func(t *testing.T) {
				browser.Run(t, "/start.html?scenario=signature&provider=embedded", time.Minute).Expect(t, signatures...)
			})
			t.Run("signature algorithms", func(t *testing.T) {
				ledger.Reset()
				browser.Run(t, "/start.html?scenario=algorithms&provider=ledger", time.Minute).Expect(t,
					"an ID token signed with RS256", "an ID token signed with PS256", "an ID token signed with ES256", "an ID token signed with EdDSA")
			})
			t.Run("proof of possession", func(t *testing.T) {
				first := []string{
					"the code is bound to a key that nobody can read", "refreshes and userinfo are proven",
					"every attempt of a request has a proof of its own", "what an application sends itself",
				}
				for parameters, last := range map[string][]string{
					"":                   {"a sign-out forgets the key"},
					"&expose=false":      {"a sign-out forgets the key"},
					"&storage=indexeddb": {"another worker finds the key", "without its key the session is over"},
				} {
					ledger.Reset()
					browser.Run(t, "/start.html?scenario=dpop&provider=ledger"+parameters, time.Minute).Expect(t, append(first[:4:4], last...)...)
				}
				browser.Run(t, "/start.html?scenario=dpop&provider=ledger&isolation=shared", time.Minute).Expect(t, "a redirect takes a key that can be stored, else nobody is sent away")
			})
			t.Run("services", func(t *testing.T) {
				ledger.Reset()
				browser.Run(t, "/start.html?scenario=service&provider=ledger", time.Minute).Expect(t, "grants of services are refused in a page, with the reason")
			})
			t.Run("single flight", func(t *testing.T) {
				ledger.Reset()
				ledger.Configure(func(s *oauthtest.Settings) { s.AccessTokenSeconds = 2 })
				browser.Run(t, "/start.html?scenario=singleflight&provider=ledger", time.Minute).Expect(t,
					"1000 concurrent calls on an expired token make one request")
			})
			t.Run("long-lived token", func(t *testing.T) {
				ledger.Reset()
				ledger.Configure(func(s *oauthtest.Settings) {
					s.AccessTokenSeconds, s.NoIDTokenOnRefresh = 30*24*3600, true // the page's clock runs ahead of the server's
				})
				browser.Run(t, "/start.html?scenario=longlived&provider=ledger", 2*time.Minute).Expect(t,
					"a 30-day token makes no request in its first hour", "a 2-hour token is refreshed in its second hour")
			})
			t.Run("sleep", func(t *testing.T) {
				ledger.Reset()
				ledger.Configure(func(s *oauthtest.Settings) { s.AccessTokenSeconds, s.NoIDTokenOnRefresh = 3600, true })
				browser.Run(t, "/start.html?scenario=sleep&provider=ledger", 2*time.Minute).Expect(t, sleeps()...)
			})
			t.Run("trap in the worker", func(t *testing.T) {
				ledger.Reset()
				browser.Run(t, "/start.html?scenario=trap&provider=ledger", time.Minute).Expect(t,
					"a trap rejects everything that is pending within 100 ms", "the session ends once", "the module is started again, once")
			})
			switch build {
			case browsertest.Slim: // every panic is a trap
				t.Run("panic", func(t *testing.T) {
					browser.Run(t, "/panic.html?provider=ledger", time.Minute).Expect(t,
						"a panic rejects everything that is pending within 100 ms", "everything after it is crashed, at once",
						"the text of a panic is not printed", "another instance works")
				})
			case browsertest.Go: // these pages use the toolchain's own loader
				t.Run("without npm", func(t *testing.T) {
					browser.Run(t, "/start.html?scenario=raw&provider=embedded", time.Minute).Expect(t,
						"verifier and challenge are synchronous", "a verifier of 42 or 129 characters is refused",
						"discovery and the authorization URL", "callback and code exchange", "refresh", "scheduled refresh", "revocation",
						"a client secret is refused in a page")
				})
				t.Run("panic", func(t *testing.T) {
					browser.Run(t, "/crash.html", time.Minute).Expect(t,
						"a panic rejects its own promise", "a panic in a synchronous function is returned", "the module works on",
						"the text of a panic is not printed")
				})
			}
			if engine != browsertest.WebKit { // which cannot be told to resolve a name to loopback
				t.Run("plain http", func(t *testing.T) {
					plain := strings.Replace(site.Origin, "127.0.0.1", "plain.test", 1)
					browser.Run(t, plain+"/plain.html", time.Minute).Expect(t,
						"the context is not secure", "verifier and challenge without crypto.subtle", "sign-in is refused",
						"nor is an ID token validated")
				})
			}
			if build == browsertest.Slim { // the last one: from then on the site has a service worker
				for _, isolation := range []string{"shared", "dedicated", "none"} {
					t.Run("its own provider for tests, "+isolation, func(t *testing.T) {
						browser.Run(t, "/start.html?scenario=serverless&isolation="+isolation, time.Minute).Expect(t,
							"goes to the sign-in page", "signs in", "refreshes, and not with a token that was used", "userinfo", "a fault on demand",
							"the session ends when the provider says so", "cancels")
					})
				}
			}
		})
	}

	// npm's oidc-provider ends the session when a refresh token is used twice.
	t.Run("oidc-provider", func(t *testing.T) {
		t.Parallel()
		site := newSite(t, module)
		browser := browsertest.NewBrowser(t, browsertest.Chromium, site, browsertest.Options{})
		provider := browsertest.StartServer(t, exec.Command("node", filepath.Join(browsertest.Root(t), "jsglue", "test", "providers", "oidc-provider.mjs"), site.Origin))
		site.AddProvider("oidc-provider", browsertest.Provider{Issuer: provider.Issuer, ClientID: "test-spa", API: provider.Issuer + "/me"})
		browser.Run(t, "/start.html?scenario=lifecycle&provider=oidc-provider", 2*time.Minute).Expect(t, lifecycle...)
		browser.Run(t, "/start.html?scenario=signature&provider=oidc-provider", time.Minute).Expect(t, signatures...)
		t.Run("the session ended once, by sign-out", func(t *testing.T) {
			said := slices.DeleteFunc(provider.Lines(), func(line string) bool { // its advice, and what interop_test.go counts
				return slices.ContainsFunc([]string{"oidc-provider ", "token ", "revocation "}, func(prefix string) bool { return strings.HasPrefix(line, prefix) })
			})
			require.Equal(t, []string{"READY " + provider.Issuer, "grant revoked"}, said)
		})
	})
}

// newSite serves the package in the tree with a module just built, of either build: the package tells them apart.
func newSite(t *testing.T, module string) *browsertest.Site {
	t.Helper()
	root := browsertest.Root(t)
	site := browsertest.NewSite(t)
	site.Mount("/pkcewasm/", filepath.Join(root, "jsglue"), map[string]string{
		"pkce.slim.wasm": module, // what the package loads
		"pkce.wasm":      module,
		"integrity.js":   browsertest.Integrity(t, module),
		"wasm_exec.js":   filepath.Join(root, "wasm_exec.js"),
	})
	site.Handle("GET /keys", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, r.URL.Query().Get("set")) // the page sees a write that failed
	}))
	return site
}

func serve(file string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { http.ServeFile(w, r, file) }
}
