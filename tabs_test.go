package pkcewasm_test

import (
	"flag"
	"fmt"
	"testing"
	"time"

	"github.com/pkcewasm/pkcewasm/internal/browsertest"
	"github.com/pkcewasm/pkcewasm/internal/oauthtest"
)

var (
	tabsAll    = flag.Bool("tabs.all", false, "all tabs of TestTabs with both builds, and all mounts in every engine")
	tabsRounds = flag.Int("tabs.rounds", 3, "times that all tabs of TestTabs want a new token at once")
)

// TestTabs runs many tabs with one session, in every engine and both ways of sharing, against a server with strict
// reuse detection. The short form has few with the Go build, whose JavaScript is the same, and mounts a hundred times in
// one engine.
func TestTabs(t *testing.T) {
	t.Parallel()
	for _, build := range []browsertest.Build{browsertest.Slim, browsertest.Go} {
		t.Run(string(build), func(t *testing.T) {
			t.Parallel()
			testTabs(t, build)
		})
	}
}

func testTabs(t *testing.T, build browsertest.Build) {
	module := build.Module(t)
	counts := map[*browsertest.Engine]int{browsertest.Chromium: 20, browsertest.Firefox: 20, browsertest.WebKit: 8}
	for _, engine := range browsertest.Engines() {
		t.Run(engine.Name, func(t *testing.T) {
			t.Parallel()
			tabs, mounts := counts[engine], 100
			if !*tabsAll && build == browsertest.Go {
				tabs = 4
			}
			if !*tabsAll && (build == browsertest.Go || engine != browsertest.Chromium) {
				mounts = 10
			}
			site := newSite(t, module)
			server := oauthtest.New(t, oauthtest.Options{Settings: oauthtest.Settings{Rotation: oauthtest.Strict, AccessTokenSeconds: 6}})
			site.AddProvider("ledger", browsertest.Provider{Issuer: server.Issuer, ClientID: oauthtest.DefaultClient, API: server.URL + "/api/hello"})
			browser := browsertest.NewBrowser(t, engine, site, browsertest.Options{})

			for _, mode := range []string{"shared", "stored"} {
				t.Run(mode, func(t *testing.T) {
					checks := []string{
						"sign-in", "every tab opens", "every tab has the session", "one request for each rotation, and no token twice",
						"another user in one tab is another user in all", "a tab that goes does not matter",
						"a sign-out reaches every tab", "nothing is held",
					}
					if mode == "shared" {
						checks = append(checks, "the verifier is where it belongs")
					}
					if mode == "stored" || engine == browsertest.Chromium { // the others end a shared worker with its last page
						checks = append(checks, "a reload keeps the session")
					}
					address := fmt.Sprintf("/start.html?scenario=tabs&provider=ledger&mode=%s&tabs=%d&rounds=%d", mode, tabs, *tabsRounds)
					browser.Run(t, address, 3*time.Minute+time.Duration(*tabsRounds)*10*time.Second).Expect(t, checks...)
				})
			}
			t.Run("mounts", func(t *testing.T) {
				browser.Run(t, fmt.Sprintf("/start.html?scenario=mounts&provider=ledger&times=%d", mounts), 3*time.Minute).Expect(t,
					"shared: mounted and unmounted, again and again", "shared: nothing is held, and the rest of the page goes on",
					"dedicated: mounted and unmounted, again and again", "dedicated: nothing is held, and the rest of the page goes on")
			})
		})
	}
}
