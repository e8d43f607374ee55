package pkcewasm_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pkcewasm/pkcewasm/internal/browsertest"
	"github.com/pkcewasm/pkcewasm/internal/oauthtest"
)

// TestChangedModule serves the package with a module of which one bit was changed, in a text that nothing depends on: but for
// the digest in the package it would run.
func TestChangedModule(t *testing.T) {
	genuine := browsertest.Slim.Module(t)
	module, err := os.ReadFile(genuine)
	require.NoError(t, err)
	at := bytes.Index(module, []byte("signed_out"))
	require.Positive(t, at)
	module[at] ^= 1
	changed := filepath.Join(t.TempDir(), "pkce.wasm")
	require.NoError(t, os.WriteFile(changed, module, 0o600))

	for _, engine := range browsertest.Engines() {
		t.Run(engine.Name, func(t *testing.T) {
			t.Parallel()
			site := browsertest.NewSite(t)
			site.Mount("/pkcewasm/", filepath.Join(browsertest.Root(t), "jsglue"), map[string]string{
				"pkce.slim.wasm": changed,
				"pkce.wasm":      changed,
				"integrity.js":   browsertest.Integrity(t, genuine),
			})
			ledger := oauthtest.New(t, oauthtest.Options{})
			site.AddProvider("ledger", browsertest.Provider{Issuer: ledger.Issuer, ClientID: oauthtest.DefaultClient, API: ledger.URL + "/api/hello"})
			browser := browsertest.NewBrowser(t, engine, site, browsertest.Options{})
			browser.Run(t, "/start.html?scenario=changed&provider=ledger", time.Minute).Expect(t,
				"the changed module would run", "none: it is refused", "dedicated: it is refused", "shared: it is refused",
				"the stateless functions refuse it")
		})
	}
}
