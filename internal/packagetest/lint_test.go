package packagetest

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/pkcewasm/pkcewasm/internal/browsertest"
)

// tools returns the folder of the npm packages of projects/.
func tools(t *testing.T) string {
	t.Helper()
	folder := filepath.Join(browsertest.Root(t), "internal", "packagetest", "projects", "node_modules")
	if _, err := os.Stat(folder); err != nil {
		browsertest.Missing(t, "the bundlers and runtimes are not installed (run `make setup`)")
	}
	return folder
}

// testLint asks the linters of npm packages.
func testLint(t *testing.T, tarball string) {
	folder := tools(t)
	t.Run("publint", func(t *testing.T) {
		run(t, ".", "node", filepath.Join(folder, "publint", "src", "cli.js"), "--strict", tarball)
	})
	t.Run("are the types wrong", func(t *testing.T) {
		// The entries that are left out are files to serve, and nothing imports them.
		run(t, ".", "node", filepath.Join(folder, "@arethetypeswrong", "cli", "dist", "index.js"), "--profile", "esm-only", tarball,
			"--exclude-entrypoints", "worker.js", "testing-worker.js", "wasm_exec.js", "pkce.wasm", "pkce.slim.wasm")
	})
}
