package packagetest

import (
	"bytes"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pkcewasm/pkcewasm/internal/browsertest"
	"github.com/pkcewasm/pkcewasm/internal/oauthtest"
)

// TestPackage packs the npm package, installs the tarball in an application elsewhere and uses it there: with every bundler and
// in every runtime, from TypeScript, and from a page without a bundler.
func TestPackage(t *testing.T) {
	for _, name := range []string{"node", "npm"} {
		browsertest.RequireProgram(t, name)
	}
	root := browsertest.Root(t)
	tarball := pack(t, root)
	application := install(t, "consumer", tarball)
	linkTools(t, application) // for what adapts to them
	installed := filepath.Join(application, "node_modules", "pkcewasm")

	t.Run("linters", func(t *testing.T) {
		t.Parallel()
		testLint(t, tarball)
	})
	t.Run("bundlers", func(t *testing.T) {
		t.Parallel()
		testBundlers(t, tarball)
	})
	t.Run("guide", func(t *testing.T) {
		t.Parallel()
		testGuide(t, tarball)
	})
	t.Run("hot reload", func(t *testing.T) {
		t.Parallel()
		testHot(t, tarball)
	})
	t.Run("test kit", func(t *testing.T) {
		t.Parallel()
		testKit(t, tarball)
	})
	t.Run("holds what is needed and nothing else", func(t *testing.T) {
		t.Parallel()
		var files []string
		require.NoError(t, filepath.WalkDir(installed, func(path string, entry fs.DirEntry, err error) error {
			if err == nil && !entry.IsDir() {
				name, _ := filepath.Rel(installed, path)
				files = append(files, name)
			}
			return err
		}))
		require.Subset(t, files, []string{"package.json", "README.md", "LICENSE", "index.js", "worker.js", "types.d.ts", "pkce.slim.wasm", "index.go.js", "pkce.wasm", "wasm_exec.js"})
		for _, name := range files {
			require.NotContains(t, name, string(filepath.Separator), "the package is flat")
			require.NotRegexp(t, `\.test\.|^(tsconfig|eslint|api)|\.tgz$`, name)
		}
	})
	t.Run("runtimes", func(t *testing.T) {
		t.Parallel()
		testRuntimes(t, application)
	})
	t.Run("rendered on a server", func(t *testing.T) {
		t.Parallel()
		testRender(t, application)
	})
	t.Run("TypeScript", func(t *testing.T) {
		t.Parallel()
		run(t, application, "node", typescript(t), "--strict", "--noEmit", "--module", "nodenext", "--target", "es2022", "--lib", "es2022,dom,dom.iterable", "main.ts")
	})
	t.Run("page without a bundler", func(t *testing.T) {
		t.Parallel()
		server := oauthtest.New(t, oauthtest.Options{Settings: oauthtest.Settings{AccessTokenSeconds: 2}})
		site := browsertest.NewSite(t)
		site.Mount("/pkcewasm/", installed, nil)
		site.AddProvider("ledger", browsertest.Provider{Issuer: server.Issuer, ClientID: oauthtest.DefaultClient, API: server.URL + "/api/hello"})
		browser := browsertest.NewBrowser(t, browsertest.Chromium, site, browsertest.Options{})
		browser.Run(t, "/start.html?scenario=singleflight&provider=ledger", time.Minute).Expect(t,
			"1000 concurrent calls on an expired token make one request")
	})
}

// typescript returns the compiler.
func typescript(t *testing.T) string {
	t.Helper()
	tsc := filepath.Join(browsertest.Root(t), "jsglue", "node_modules", "typescript", "bin", "tsc")
	if _, err := os.Stat(tsc); err != nil {
		browsertest.Missing(t, "TypeScript is not installed (run `make setup`)")
	}
	return tsc
}

// pack makes the tarball as a release does.
func pack(t *testing.T, root string) string {
	t.Helper()
	browsertest.RequireTinyGo(t)
	folder := t.TempDir()
	run(t, root, "make", "pack", "PACK="+folder)
	tarballs, err := filepath.Glob(filepath.Join(folder, "*.tgz"))
	require.NoError(t, err)
	require.Len(t, tarballs, 1)
	return tarballs[0]
}

// install installs the tarball in a copy of an application of testdata, without a registry.
func install(t *testing.T, name, tarball string) string {
	t.Helper()
	application := t.TempDir()
	require.NoError(t, os.CopyFS(application, os.DirFS(filepath.Join("testdata", name))))
	run(t, application, "npm", "install", "--ignore-scripts", "--offline", "--no-audit", "--no-fund", tarball)
	return application
}

// run runs a program that must succeed within three minutes, and returns its standard output.
func run(t *testing.T, folder, name string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir = folder
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	timer := time.AfterFunc(3*time.Minute, func() { _ = cmd.Process.Kill() })
	defer timer.Stop()
	require.NoError(t, cmd.Run(), "%s %s\n%s%s", name, strings.Join(args, " "), &stdout, &stderr)
	return stdout.String()
}
