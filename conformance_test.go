package pkcewasm_test

import (
	"testing"
	"time"

	"github.com/pkcewasm/pkcewasm/internal/browsertest"
	"github.com/pkcewasm/pkcewasm/internal/oauthtest"
)

// TestConformance runs the modules of the conformance suite with the package as it ships.
func TestConformance(t *testing.T) {
	module := browsertest.Slim.Module(t)
	var names []string
	for _, m := range oauthtest.Modules() {
		names = append(names, m.Name)
	}
	for _, engine := range browsertest.Engines() {
		t.Run(engine.Name, func(t *testing.T) {
			t.Parallel()
			site := newSite(t, module)
			server := oauthtest.New(t, oauthtest.Options{})
			site.AddProvider("ledger", browsertest.Provider{Issuer: server.Issuer, ClientID: oauthtest.DefaultClient, API: server.URL + "/api/hello"})
			browser := browsertest.NewBrowser(t, engine, site, browsertest.Options{})
			report := browser.Run(t, "/start.html?scenario=conformance&provider=ledger", 4*time.Minute)
			report.Expect(t, names...)
			t.Logf("%s: conformance: %d of %d modules", engine.Name, report.Passed(), len(names))
		})
	}
}
