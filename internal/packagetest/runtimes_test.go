package packagetest

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pkcewasm/pkcewasm/internal/oauthtest"
)

// testRuntimes uses the package where there is no page: testdata/consumer/main.mjs in Node, Deno and Bun, edge.mjs in workerd.
func testRuntimes(t *testing.T, application string) {
	servers := func(t *testing.T) (issuer, services string) {
		server, replay := oauthtest.New(t, oauthtest.Options{}), newServices(t)
		t.Cleanup(func() {
			require.Zero(t, server.Report().Reuse)
			replay.Check(t)
		})
		return server.Issuer, replay.URL
	}
	for runtime, command := range map[string][]string{
		"Node": {"node"},
		"Deno": {program(t, "@deno/*/deno"), "run", "--no-remote", "--allow-all"},
		"Bun":  {program(t, "@oven/bun-*/bin/bun")},
	} {
		t.Run(runtime, func(t *testing.T) {
			t.Parallel()
			issuer, services := servers(t)
			run(t, application, command[0], append(command[1:], "main.mjs", issuer, services)...)
		})
	}
	t.Run("workerd", func(t *testing.T) {
		t.Parallel()
		run(t, application, "node", filepath.Join(tools(t), "esbuild", "bin", "esbuild"), "edge.mjs", "--bundle", "--format=esm", "--outdir=dist", "--out-extension:.js=.mjs", "--external:./pkce.slim.wasm")
		issuer, services := servers(t)
		for name, address := range map[string]string{"issuer.txt": issuer, "services.txt": services} { // a config takes files only
			require.NoError(t, os.WriteFile(filepath.Join(application, "dist", name), []byte(address), 0o600))
		}
		run(t, application, program(t, "@cloudflare/workerd-*/bin/workerd"), "test", "edge.capnp")
	})
}

// newServices starts a server that answers the grants of testdata/consumer/services.mjs, each sent so often and in no other form.
func newServices(t *testing.T) *oauthtest.Replay {
	const token, grants = `{"access_token":"svc","token_type":"bearer","expires_in":300%s}`, "urn:ietf:params:oauth:grant-type:"
	answer := func(more string) func(*http.Request) oauthtest.Reply {
		return func(*http.Request) oauthtest.Reply { return oauthtest.Reply{Body: fmt.Sprintf(token, more)} }
	}
	return oauthtest.NewReplay(t, func(string) []*oauthtest.Step {
		return []*oauthtest.Step{
			{Name: "client_credentials", Method: "POST", Path: "/token", Times: 1, Answer: answer(""), Form: map[string]string{"grant_type": "client_credentials"},
				Header: map[string]string{"Authorization": "Basic " + base64.StdEncoding.EncodeToString([]byte("my+svc:s%3A%C3%A9"))}},
			{Name: "API", Method: "GET", Path: "/api", Times: 3, Answer: answer(""), Header: map[string]string{"Authorization": "Bearer svc"}},
			{Name: "jwt-bearer", Method: "POST", Path: "/token", Times: 3, Answer: answer(""), Form: map[string]string{
				"grant_type": grants + "jwt-bearer", "assertion": `[\w-]+\.[\w-]+\.[\w-]+`,
			}},
			{Name: "token exchange", Method: "POST", Path: "/token", Times: 1, Answer: answer(`,"issued_token_type":"urn:ietf:params:oauth:token-type:access_token"`), Form: map[string]string{
				"grant_type": grants + "token-exchange", "client_id": "my svc", "client_secret": "s:é", "subject_token": "ST",
				"subject_token_type": "urn:ietf:params:oauth:token-type:access_token",
			}},
		}
	})
}

// testRender imports every entry as a server does that renders pages.
func testRender(t *testing.T, application string) {
	manifest, err := os.ReadFile(filepath.Join(application, "node_modules", "pkcewasm", "package.json"))
	require.NoError(t, err)
	var fields struct{ Exports map[string]json.RawMessage }
	require.NoError(t, json.Unmarshal(manifest, &fields))
	arguments := []string{"render.mjs"}
	for entry := range fields.Exports {
		if filepath.Ext(entry) == "" || entry == "." { // the others are files to serve
			arguments = append(arguments, "pkcewasm"+strings.TrimPrefix(entry, "."))
		}
	}
	require.Contains(t, arguments, "pkcewasm/axios")
	run(t, application, "node", arguments...)
}

// testKit runs the tests of an application that is tested with pkcewasm/testing, by Vitest in a page of jsdom.
func testKit(t *testing.T, tarball string) {
	application := install(t, "tested", tarball)
	linkTools(t, application)
	output := run(t, application, "node", filepath.Join(tools(t), "vitest", "vitest.mjs"), "run", "--reporter=json")
	require.Contains(t, output, `"numPassedTests":3`)
}

// program finds the executable that a package of projects/ brings for this machine.
func program(t *testing.T, pattern string) string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(tools(t), filepath.FromSlash(pattern)))
	require.NoError(t, err)
	require.NotEmpty(t, found, pattern)
	return found[0]
}
