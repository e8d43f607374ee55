package packagetest

import (
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

// bundlers are the scripts of testdata/bundled/build whose result is a folder with a page that signs in.
var bundlers = []string{"vite", "webpack", "rollup", "esbuild", "parcel", "explicit", "react"}

// testBundlers builds one application with every bundler, and signs in with each result; the application is also served
// without one, and by servers that do it wrong.
func testBundlers(t *testing.T, tarball string) {
	application := installBundled(t, tarball)
	t.Run("build", func(t *testing.T) {
		for _, bundler := range append([]string{"misserved"}, bundlers...) {
			t.Run(bundler, func(t *testing.T) {
				t.Parallel()
				run(t, application, "node", filepath.Join("build", bundler+".js"))
			})
		}
	})
	t.Run("run", func(t *testing.T) {
		t.Run("built", func(t *testing.T) {
			t.Parallel()
			site, ledger := bundledSite(t)
			site.Mount("/files/", filepath.Join(application, "node_modules", "pkcewasm"), nil)
			browser := browsertest.NewBrowser(t, browsertest.Chromium, site, browsertest.Options{})
			for _, bundler := range bundlers {
				t.Run(bundler, func(t *testing.T) {
					site.Mount("/"+bundler+"/", filepath.Join(application, "dist", bundler), nil)
					signIn(t, browser, ledger, "/"+bundler+"/index.html")
				})
			}
			t.Run("vite-dev", func(t *testing.T) {
				server := exec.Command("node", filepath.Join("build", "vite-dev.js"), site.Origin)
				server.Dir = application
				signIn(t, browser, ledger, browsertest.StartServer(t, server).Issuer+"index.html")
			})
		})
		t.Run("from another origin", func(t *testing.T) {
			t.Parallel()
			testCDN(t, application)
		})
		t.Run("served wrong", func(t *testing.T) {
			t.Parallel()
			testMisserved(t, application)
		})
	})
}

// signIn signs in with the page of testdata/bundled in a shared and in a dedicated worker.
func signIn(t *testing.T, browser *browsertest.Browser, ledger *oauthtest.Server, address string) {
	t.Helper()
	for _, isolation := range []string{"shared", "dedicated"} {
		t.Run(isolation, func(t *testing.T) {
			ledger.Reset()
			browser.Run(t, address+"?isolation="+isolation, time.Minute).Expect(t, bundledChecks...)
			require.Equal(t, 1, ledger.Report().Refreshes)
		})
	}
}

// bundledChecks are what testdata/bundled/application.js reports when all is well.
var bundledChecks = []string{"starts", "comes back", "signs in", "refreshes", "calls an API"}

// bundledSite serves what bundlers make, and has a provider for it.
func bundledSite(t *testing.T) (*browsertest.Site, *oauthtest.Server) {
	t.Helper()
	ledger := oauthtest.New(t, oauthtest.Options{})
	site := browsertest.NewSite(t)
	site.AddProvider("ledger", browsertest.Provider{Issuer: ledger.Issuer, ClientID: oauthtest.DefaultClient, API: ledger.URL + "/api/hello"})
	return site, ledger
}

// installBundled installs the tarball and the tools in a copy of testdata/bundled.
func installBundled(t *testing.T, tarball string) string {
	t.Helper()
	application := install(t, "bundled", tarball)
	linkTools(t, application)
	harness, err := os.ReadFile(filepath.Join(browsertest.Root(t), "internal", "browsertest", "pages", "harness", "harness.js"))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(application, "harness.js"), harness, 0o600))
	return application
}

// linkTools lets an application import what is installed in projects/.
func linkTools(t *testing.T, application string) {
	t.Helper()
	installed := tools(t)
	entries, err := os.ReadDir(installed)
	require.NoError(t, err)
	for _, entry := range entries {
		if !strings.HasPrefix(entry.Name(), ".") {
			require.NoError(t, os.Symlink(filepath.Join(installed, entry.Name()), filepath.Join(application, "node_modules", entry.Name())))
		}
	}
}
