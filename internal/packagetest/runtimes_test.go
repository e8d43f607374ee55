package packagetest

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pkcewasm/pkcewasm/internal/oauthtest"
)

// testRuntimes uses the package where there is no page: testdata/consumer/main.mjs in Node, Deno and Bun, edge.mjs in workerd.
func testRuntimes(t *testing.T, application string) {
	issuer := func(t *testing.T) string {
		server := oauthtest.New(t, oauthtest.Options{})
		t.Cleanup(func() { require.Zero(t, server.Report().Reuse) })
		return server.Issuer
	}
	t.Run("Node", func(t *testing.T) {
		t.Parallel()
		run(t, application, "node", "main.mjs", issuer(t))
	})
	t.Run("Deno", func(t *testing.T) {
		t.Parallel()
		run(t, application, program(t, "@deno/*/deno"), "run", "--no-remote", "--allow-all", "main.mjs", issuer(t))
	})
	t.Run("Bun", func(t *testing.T) {
		t.Parallel()
		run(t, application, program(t, "@oven/bun-*/bin/bun"), "main.mjs", issuer(t))
	})
	t.Run("workerd", func(t *testing.T) {
		t.Parallel()
		run(t, application, "node", filepath.Join(tools(t), "esbuild", "bin", "esbuild"), "edge.mjs", "--bundle", "--format=esm", "--outdir=dist", "--out-extension:.js=.mjs", "--external:./pkce.slim.wasm")
		require.NoError(t, os.WriteFile(filepath.Join(application, "dist", "issuer.txt"), []byte(issuer(t)), 0o600)) // a config takes files only
		run(t, application, program(t, "@cloudflare/workerd-*/bin/workerd"), "test", "edge.capnp")
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
