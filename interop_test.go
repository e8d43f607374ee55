package pkcewasm_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"flag"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pkcewasm/pkcewasm/internal/browsertest"
	"github.com/pkcewasm/pkcewasm/internal/provider"
)

var allServers = flag.Bool("interop.all", false, "also run against the servers that take long to build, and write the matrix to .interop/matrix.txt")

// realServer is an authorization server that others wrote.
type realServer struct {
	name     string
	slow     bool     // in make interop only
	features []string // what it has of optionalFeatures
	services []string // what it has of serviceGrants
	stranger string   // the error for a refresh, with a token it does not know, from an origin it does not know
	command  func(t *testing.T, origin, key string) *exec.Cmd
}

// The features of the matrix: what every server must do, what some do, and the
// grants that a page is refused.
var (
	commonFeatures   = []string{"sign-in", "userinfo", "three rotations", "two tabs, one request", "revocation", "sign-out"}
	optionalFeatures = []string{"PAR", "iss", "resource", "DPoP", "DPoP nonce"}
	serviceGrants    = []string{"client_credentials", "jwt-bearer"}
)

// wireFacts are the checks of scenarios/wire.js.
var wireFacts = []string{
	"a parameter nobody asked for", "the granted scope", "a token answer as sent", "an access token after a refresh", "a refresh for another scope", "an expired access token",
	"two refreshes with one token", "a request with a DPoP header",
}

var realServers = []realServer{
	{name: "oidc-provider", features: []string{"PAR", "iss", "resource", "DPoP", "DPoP nonce"}, services: []string{"client_credentials"}, stranger: "invalid_request", command: oidcProvider},
	{name: "go-oidc", features: []string{"PAR", "iss", "resource", "DPoP"}, services: serviceGrants, stranger: "invalid_grant", command: program("go-oidc")},
	{name: "hydra", slow: true, services: serviceGrants, stranger: "invalid_grant", command: program("hydra")},
	{name: "hydra-grace", slow: true, services: serviceGrants, stranger: "invalid_grant", command: program("hydra", "-grace=30s")},
	{name: "zitadel", slow: true, services: serviceGrants, stranger: "invalid_grant", command: program("zitadel")},
}

func oidcProvider(t *testing.T, origin, _ string) *exec.Cmd {
	t.Helper()
	return exec.Command("node", filepath.Join(browsertest.Root(t), "jsglue", "test", "providers", "oidc-provider.mjs"), origin)
}

// program builds a program of interop/. It stays in a folder of the tree, so that it is built once.
func program(name string, args ...string) func(*testing.T, string, string) *exec.Cmd {
	return func(t *testing.T, origin, key string) *exec.Cmd {
		t.Helper()
		root := browsertest.Root(t)
		file := filepath.Join(root, ".interop", name)
		build := exec.Command("go", "build", "-tags=sqlite", "-o", file, ".")
		build.Dir = filepath.Join(root, "interop", name)
		output, err := build.CombinedOutput()
		require.NoError(t, err, string(output))
		return exec.Command(file, slices.Concat([]string{"-origin", origin, "-key", key}, args)...)
	}
}

// TestInterop runs the package as it ships against real authorization servers: in Chromium, and for services in Node.
func TestInterop(t *testing.T) {
	module, key := browsertest.Slim.Module(t), newKeyPair(t)
	matrix := newMatrix()
	t.Run("servers", func(t *testing.T) {
		for _, s := range realServers {
			if s.slow && !*allServers {
				continue
			}
			t.Run(s.name, func(t *testing.T) {
				t.Parallel()
				s.run(t, module, key, matrix)
			})
		}
	})
	t.Log("\n" + matrix.String())
	if *allServers {
		require.NoError(t, os.WriteFile(filepath.Join(browsertest.Root(t), ".interop", "matrix.txt"), []byte(matrix.String()), 0o600))
	}
}

func (s *realServer) run(t *testing.T, module, key string, m *matrix) {
	site := newSite(t, module)
	server := browsertest.StartServer(t, s.command(t, site.Origin, key+".pub"))
	site.Handle("GET /lines", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = fmt.Fprint(w, count(server.Lines(), r.URL.Query().Get("prefix"))) // the page sees a write that failed
	}))
	site.AddProvider(s.name, browsertest.Provider{Issuer: server.Issuer, ClientID: provider.Client, API: server.Issuer})
	browser := browsertest.NewBrowser(t, browsertest.Chromium, site, browsertest.Options{})

	report := browser.Run(t, "/start.html?scenario=interop&provider="+s.name+"&features="+url.QueryEscape(strings.Join(s.features, ",")), 3*time.Minute)
	for _, feature := range commonFeatures {
		m.set(s.name, feature, report.Passes(feature))
	}
	for _, feature := range s.features {
		m.set(s.name, feature, report.Passes(feature))
	}
	// That a server has no such thing is checked, too, where a page can see it.
	checks := slices.Concat(commonFeatures, []string{"the session lives on"}, s.features)
	for _, feature := range s.visible() {
		if !slices.Contains(checks, feature) {
			checks = append(checks, feature)
		}
	}
	report.Expect(t, checks...)
	t.Run("the token was revoked", func(t *testing.T) { require.Equal(t, 1, count(server.Lines(), "revocation 200")) })

	browser.Run(t, "/start.html?scenario=wire&provider="+s.name, 2*time.Minute).Expect(t, wireFacts...)

	outcomes := s.serve(t, module, server.Issuer, key)
	t.Run("a request of another origin", func(t *testing.T) { require.Equal(t, s.stranger, outcomes["stranger"]) })
	for _, grant := range s.services {
		m.set(s.name, grant, outcomes[grant] == "ok")
		t.Run(grant, func(t *testing.T) { require.Equal(t, "ok", outcomes[grant]) })
	}
}

// serve runs a service at the server, and returns how each grant went.
func (s *realServer) serve(t *testing.T, module, issuer, key string) map[string]string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	script := filepath.Join(browsertest.Root(t), "jsglue", "test", "providers", "service.js")
	output, err := exec.CommandContext(ctx, "node", append([]string{script, module, issuer, key, s.name}, s.services...)...).CombinedOutput()
	require.NoError(t, err, string(output))
	var outcomes map[string]string
	require.NoError(t, json.Unmarshal(output, &outcomes), string(output))
	return outcomes
}

// visible are the features that a page can see to be absent.
func (s *realServer) visible() []string {
	features := []string{"PAR", "iss"}
	if slices.Contains(s.features, "DPoP") {
		features = append(features, "DPoP nonce")
	}
	return features
}

func count(lines []string, prefix string) int {
	n := 0
	for _, line := range lines {
		if strings.HasPrefix(line, prefix) {
			n++
		}
	}
	return n
}

// newKeyPair writes a private key to a file, and its public key to one that ends in .pub.
func newKeyPair(t *testing.T) string {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	private, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	public, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	require.NoError(t, err)
	file := filepath.Join(t.TempDir(), "key")
	require.NoError(t, os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}), 0o600))
	require.NoError(t, os.WriteFile(file+".pub", pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public}), 0o600))
	return file
}
