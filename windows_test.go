package pkcewasm_test

import (
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/pkcewasm/pkcewasm/internal/browsertest"
	"github.com/pkcewasm/pkcewasm/internal/oauthtest"
)

// TestWindows runs sign-ins in popups and hidden frames, in every engine, with real windows: no driver takes part.
func TestWindows(t *testing.T) {
	module := browsertest.Slim.Module(t)
	demo := browsertest.BuildProgram(t, filepath.Join(browsertest.Root(t), "demo"))
	for _, engine := range browsertest.Engines() {
		t.Run(engine.Name, func(t *testing.T) { testWindows(t, engine, module, demo) })
	}
}

func testWindows(t *testing.T, engine *browsertest.Engine, module, demo string) {
	site := newSite(t, module)
	ledger := oauthtest.New(t, oauthtest.Options{})
	site.AddProvider("ledger", browsertest.Provider{Issuer: ledger.Issuer, ClientID: oauthtest.DefaultClient, API: ledger.URL + "/api/hello"})
	browser := browsertest.NewBrowser(t, engine, site, browsertest.Options{Popups: true})

	checks := []string{
		"signs in in a popup", "the popup is gone", "a forged message is ignored",
		"a policy of the provider that cuts the windows apart does not matter", "two calls share one window",
		"what the provider refuses is its error", "a sign-in that is aborted closes its window", "after all that another one works",
	}
	t.Run("popup", func(t *testing.T) {
		ledger.Reset()
		browser.Run(t, "/start.html?scenario=popup&provider=ledger", 2*time.Minute).Expect(t, append(slices.Clone(checks), "a window that the user closes")...)
	})
	t.Run("popup, cut off", func(t *testing.T) {
		ledger.Reset()
		if engine == browsertest.Firefox { // the only one that moves the focus between windows without a screen
			checks = append(slices.Clone(checks), "a window that the user closes")
		}
		browser.Run(t, "/start.html?scenario=popup&provider=ledger&coop=same-origin", 2*time.Minute).Expect(t, checks...)
	})
	t.Run("silent", func(t *testing.T) {
		ledger.Reset()
		browser.Run(t, "/start.html?scenario=silent&provider=ledger", 2*time.Minute).Expect(t,
			"signs in silently", "a provider that needs the user says so", "a provider that shows a page instead cannot leave its frame",
			"a session is restored at the start, if that is wished for", "nobody at the provider is nobody here")
	})

	for _, mode := range []string{"shared", "stored"} {
		t.Run("parallel, "+mode, func(t *testing.T) {
			ledger.Reset()
			browser.Run(t, "/start.html?scenario=parallel&provider=ledger&mode="+mode, time.Minute).Expect(t,
				"two tabs: each finishes its own, and the last one is everybody's", "one tab: the state that comes back decides")
		})
	}

	answered := []string{
		"dedicated: signs in in a popup", "dedicated: a silent sign-in is answered",
		"shared: signs in in a popup", "shared: a silent sign-in is answered",
	}
	t.Run("the embedded provider", func(t *testing.T) {
		provider := browsertest.StartServer(t, exec.Command(demo, "-no-page", "-auto", "-ttl", "60s", "-origin", site.Origin))
		site.AddProvider("embedded", browsertest.Provider{Issuer: provider.Issuer, ClientID: "demo-spa", API: provider.Issuer + "/api/hello"})
		browser.Run(t, "/start.html?scenario=windows&provider=embedded&silent=signedIn", 2*time.Minute).Expect(t, answered...)
	})
	t.Run("oidc-provider", func(t *testing.T) {
		provider := browsertest.StartServer(t, exec.Command("node", filepath.Join(browsertest.Root(t), "jsglue", "test", "providers", "oidc-provider.mjs"), site.Origin))
		site.AddProvider("oidc-provider", browsertest.Provider{Issuer: provider.Issuer, ClientID: "test-spa", API: provider.Issuer + "/me"})
		// localhost is another site than 127.0.0.1: in a frame the provider does not see its cookie.
		browser.Run(t, "/start.html?scenario=windows&provider=oidc-provider&silent=loginRequired", 2*time.Minute).Expect(t, answered...)
	})

	t.Run("blocked", func(t *testing.T) {
		browser := browsertest.NewBrowser(t, engine, site, browsertest.Options{})
		browser.Run(t, "/start.html?scenario=blocked&provider=ledger", time.Minute).Expect(t, "a blocked popup is told at once")
	})
}
