package oauthtest

import (
	"flag"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var writePage = flag.Bool("conformance.write", false, "write docs/conformance.md instead of comparing it")

// TestConformancePage holds docs/conformance.md to the table of modules.
func TestConformancePage(t *testing.T) {
	file := filepath.Join("..", "..", "docs", "conformance.md")
	if *writePage {
		require.NoError(t, os.WriteFile(file, []byte(conformancePage()), 0o644))
	}
	written, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, conformancePage(), string(written), "run: go test ./internal/oauthtest -run ConformancePage -conformance.write")
}

func conformancePage() string {
	var b strings.Builder
	fmt.Fprintf(&b, `# Conformance

The OpenID Foundation's conformance suite tests relying parties by what a provider answers. The answers of the %d modules below, which
are those that a public client with the code flow can be asked, are built into the tests by their names (`+"`internal/oauthtest/modules.go`"+`,
which this page is made from). `+"`make conformance`"+` gives each of them to the session engine, natively, and to the package in Chromium,
Firefox and WebKit; so does `+"`make test`"+`. A module passes if the client does what the suite asks, and sends nothing that it should not.

This is not a certification, and none is claimed: the suite itself does not run here.

`, len(Modules()))
	for _, plan := range Plans() {
		fmt.Fprintf(&b, "## %s\n\n| module | the client must |\n|---|---|\n", plan.Name)
		for _, m := range plan.Modules {
			fmt.Fprintf(&b, "| `%s` | %s |\n", m.Name, m.Asks)
		}
		b.WriteString("\n")
	}
	b.WriteString(notClaimed)
	return b.String()
}

const notClaimed = `Each module is listed once, in the first of its plans. Of the plan of FAPI 2.0 these are the answers alone: its clients authenticate with a
key or a certificate, which a page cannot keep.

## Not claimed

| module | why |
|---|---|
| ` + "`oidcc-client-test-client-secret-basic`" + ` | a public client has no secret, and ` + "`createClient`" + ` refuses one. The Basic plan prescribes this module, so that its mark is out of reach of every browser application |
| ` + "`oidcc-client-test-userinfo-signed`" + ` | a signed answer of userinfo is refused: TLS and the ` + "`sub`" + ` say whose it is |
| ` + "`oidcc-client-test-userinfo-bearer-body`" + ` | the access token travels in the ` + "`Authorization`" + ` header only (RFC 6750 section 2.1) |
| ` + "`...-missing-athash`, `-invalid-athash`, `-missing-chash`, `-invalid-chash`" + ` | of the implicit and the hybrid flow; an ` + "`at_hash`" + ` is checked wherever there is one |
| ` + "`...-form-post-error`" + ` | ` + "`response_mode=form_post`" + ` is answered to a server |
| ` + "`...-aggregated-claims`, `-distributed-claims`" + ` | such claims are handed to the application as they are |
| ` + "`...-discovery-webfinger-acct`, `-discovery-webfinger-url`, `-dynamic-registration`" + ` | the issuer and the client are configured |
| ` + "`...-request-uri-signed-rs256`, `-request-uri-signed-none`" + ` | requests are pushed instead (RFC 9126) |
| ` + "`...-mtls-endpoint-aliases`" + ` | no page has a client certificate |
| the plans of back-channel and front-channel logout and of session management | they need a server of the application, or third-party cookies |
`

// A client that does not do what a module asks does not pass it.
func TestProblemsAreFound(t *testing.T) {
	a := newApp(t, Options{})
	find := func(name string) Module {
		m, ok := FindModule(name)
		require.True(t, ok, name)
		return m
	}
	m := find(oidc + "-invalid-iss")
	a.srv.Begin(m)
	assert.Equal(t, []string{"no request to the token endpoint", "the answer of the module at the token endpoint was not met"}, a.srv.Problems(m))
	token := a.exchange(a.authorize(nil).Get("code"), nil)
	assert.Empty(t, a.srv.Problems(m))
	_, err := a.fetch.Do("GET", a.srv.Issuer+"/userinfo", http.Header{"Authorization": {"Bearer " + token.AccessToken}}, "")
	require.NoError(t, err)
	assert.Equal(t, []string{"a request to the userinfo endpoint after the one to token"}, a.srv.Problems(m))

	m = find(oidc + "-signing-key-rotation")
	a.srv.Begin(m)
	assert.Equal(t, []string{"0 requests to the jwks endpoint, want 2"}, a.srv.Problems(m))
}

func TestModulesHaveNamesOfTheirOwn(t *testing.T) {
	seen := map[string]bool{}
	for _, m := range Modules() {
		assert.False(t, seen[m.Name], m.Name)
		seen[m.Name] = true
		assert.Equal(t, m.Code != "", m.Stop != "", "%s: what fails must stop", m.Name)
	}
	_, known := FindModule("oidcc-client-test-client-secret-basic")
	assert.False(t, known)
}
