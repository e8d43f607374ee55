package pkcewasm_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pkcewasm/pkcewasm/internal/browsertest"
	"github.com/pkcewasm/pkcewasm/internal/oauthtest"
)

// diagnosis is one way to get it wrong, and what diagnose() is to say of it: a part of the message, by check and status.
type diagnosis struct {
	name   string
	server func(*oauthtest.Settings)
	policy string         // of the page
	config map[string]any // changes to the client's
	expect map[string]string
}

func diagnoses(issuer string) []diagnosis {
	worker := func(policy string) map[string]any {
		return map[string]any{"workerUrl": "/pkcewasm/worker.js?csp=" + url.QueryEscape(policy)}
	}
	return []diagnosis{
		{name: "nothing", expect: map[string]string{
			"worker ok": "", "module ok": "", "token ok": "refused a code that nobody issued", "clock ok": "agrees with the provider",
			"provider ok": "S256, iss in its responses (RFC 9207), a sign-out page, revocation", "csp ok": "",
		}},
		{
			name: "a strict policy", policy: "default-src 'none'; script-src 'self'; worker-src 'self'; connect-src 'self'",
			config: worker("default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self' " + issuer),
			expect: map[string]string{"csp ok": "", "discovery ok": "", "token ok": "", "clock ok": "agrees with the server of this page"},
		},
		{
			name: "the worker's policy forbids WebAssembly", config: worker("script-src 'self'"),
			expect: map[string]string{"module problem": "must allow it (script-src 'wasm-unsafe-eval')"},
		},
		{
			name: "the worker's policy forbids the provider", config: worker("script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'"),
			expect: map[string]string{"discovery problem": "that worker.js is delivered with must allow it (connect-src " + issuer},
		},
		{
			name: "the page's policy forbids workers", policy: "worker-src 'none'; script-src 'self'",
			expect: map[string]string{"worker problem": "worker-src", "csp problem": "let its worker-src allow"},
		},
		{
			name: "the worker is a page of HTML", config: map[string]any{"workerUrl": "/plain.html"},
			expect: map[string]string{"worker problem": "answers a page of HTML"},
		},
		{
			name: "the worker is nowhere", config: map[string]any{"workerUrl": "/nowhere/worker.js"},
			expect: map[string]string{"worker problem": "where the server answers 404"},
		},
		{
			name: "the module is served as something else", config: map[string]any{"wasmUrl": "/typeless/pkce.wasm"},
			expect: map[string]string{"module warning": "is served as application/octet-stream"},
		},
		{
			name: "the provider allows nobody", server: func(s *oauthtest.Settings) { s.CORS.Off = true },
			expect: map[string]string{"discovery problem": "does not let pages of"},
		},
		{
			name: "the provider's errors cannot be read", server: func(s *oauthtest.Settings) { s.CORS.NotOnErrors = true },
			expect: map[string]string{"token problem": "(CORS)"},
		},
		{
			name: "the clock is wrong", server: func(s *oauthtest.Settings) { s.ClockOffsetSeconds = 900 },
			expect: map[string]string{"clock problem": "900 seconds behind the provider"},
		},
		{
			name: "the redirect URI is elsewhere", config: map[string]any{"redirectUri": "http://localhost:1/callback"},
			expect: map[string]string{"redirect problem": "are different origins"},
		},
		{
			name: "nothing is served at the redirect URI", config: map[string]any{"redirectUri": "callback"},
			expect: map[string]string{"redirect problem": "The server answers 404 at redirectUri"},
		},
	}
}

// TestDiagnose lets diagnose() look at what can be wrong, in every engine.
func TestDiagnose(t *testing.T) {
	module := browsertest.Slim.Module(t)
	for _, engine := range browsertest.Engines() {
		t.Run(engine.Name, func(t *testing.T) {
			t.Parallel()
			site := newSite(t, module)
			site.Handle("GET /typeless/pkce.wasm", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", "application/octet-stream")
				http.ServeFile(w, r, module)
			}))
			ledger := oauthtest.New(t, oauthtest.Options{})
			site.AddProvider("ledger", browsertest.Provider{Issuer: ledger.Issuer, ClientID: oauthtest.DefaultClient, API: ledger.URL + "/api/hello"})
			browser := browsertest.NewBrowser(t, engine, site, browsertest.Options{})
			for _, d := range diagnoses(ledger.Issuer) {
				t.Run(d.name, func(t *testing.T) {
					ledger.Reset()
					if d.server != nil {
						ledger.Configure(d.server)
					}
					if d.config["redirectUri"] == "callback" {
						d.config["redirectUri"] = site.Origin + "/nowhere/callback"
					}
					query := url.Values{"scenario": {"diagnose"}, "provider": {"ledger"}, "config": {text(t, d.config)}, "expect": {text(t, d.expect)}}
					if d.policy != "" {
						query.Set("csp", d.policy)
					}
					checks := []string{"it says what is wrong"}
					if !slices.ContainsFunc(slices.Collect(maps.Keys(d.expect)), func(check string) bool { return strings.HasSuffix(check, " problem") }) {
						checks = append(checks, "the client says the same")
					}
					browser.Run(t, "/start.html?"+query.Encode(), time.Minute).Expect(t, checks...)
					for _, entry := range ledger.Ledger.Entries("") {
						require.Contains(t, []string{"discovery", "jwks", "token"}, entry.Endpoint)
						if entry.Endpoint == "token" && entry.Method == http.MethodPost {
							require.Equal(t, []string{"authorization_code", "invalid_grant"}, []string{entry.Grant, entry.Outcome}, "nothing is spent")
						}
					}
				})
			}
		})
	}
}

func text(t *testing.T, value any) string {
	t.Helper()
	data, err := json.Marshal(value)
	require.NoError(t, err)
	return string(data)
}
