package pkcewasm_test

import (
	"flag"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pkcewasm/pkcewasm/internal/browsertest"
	"github.com/pkcewasm/pkcewasm/internal/figures"
	"github.com/pkcewasm/pkcewasm/internal/oauthtest"
)

var allHostile = flag.Bool("hostile.all", false, "with both builds, and 100 traps instead of 3")

// TestHostile runs the package in pages that are against it, on platforms that lack things, and on a module that traps, in every
// engine.
func TestHostile(t *testing.T) {
	builds, traps := []browsertest.Build{browsertest.Slim}, 3
	if *allHostile {
		builds, traps = append(builds, browsertest.Go), 100
	}
	for _, build := range builds {
		module := build.Module(t)
		for _, engine := range browsertest.Engines() {
			t.Run(engine.Name+", "+string(build), func(t *testing.T) {
				t.Parallel()
				testHostile(t, engine, string(build), module, traps)
			})
		}
	}
}

func testHostile(t *testing.T, engine *browsertest.Engine, build, module string, traps int) {
	site := newSite(t, module)
	server := oauthtest.New(t, oauthtest.Options{Settings: oauthtest.Settings{Rotation: oauthtest.Strict}})
	site.AddProvider("ledger", browsertest.Provider{Issuer: server.Issuer, ClientID: oauthtest.DefaultClient, API: server.URL + "/api/hello"})
	browser := browsertest.NewBrowser(t, engine, site, browsertest.Options{})
	run := func(t *testing.T, address string, timeout time.Duration, checks ...string) *browsertest.Report {
		server.Reset()
		report := browser.Run(t, "/start.html?provider=ledger&scenario="+address, timeout)
		report.Expect(t, checks...)
		return report
	}
	const signsIn = "signs in under the policy, without a violation"
	t.Run("page and platform", func(t *testing.T) {
		run(t, "hostile", 3*time.Minute,
			"dedicated: a polluted prototype changes no request", "none: a polluted prototype changes no request",
			"hostile messages to the worker change nothing", "10 000 forged broadcasts cost no request and end no session",
			"without locks: it says so and works", "without storage: it says so and works", "without quota: it says so and works",
			"sessionStorage denied: a redirect that needs it is refused before it")
	})
	t.Run("without SharedWorker", func(t *testing.T) {
		run(t, "hostile&without=SharedWorker", time.Minute,
			"without SharedWorker: a dedicated worker, not the page, and it says so",
			"without SharedWorker, which was asked for: a dedicated worker, not the page, and it says so")
	})
	t.Run("the policies of the guide", func(t *testing.T) {
		page, worker := guidePolicies(t, server.Issuer)
		workerURL := "/pkcewasm/worker.js?csp=" + url.QueryEscape(worker)
		run(t, "policy&page=forbidden&csp="+url.QueryEscape(page)+"&workerUrl="+url.QueryEscape(workerURL), time.Minute, signsIn,
			"in the page WebAssembly is forbidden, and nothing weaker takes its place")
	})
	t.Run("Trusted Types", func(t *testing.T) {
		policy := strictPolicy(server.Issuer) + "; require-trusted-types-for 'script'; trusted-types pkcewasm"
		run(t, "policy&csp="+url.QueryEscape(policy), time.Minute, signsIn)
	})
	t.Run("traps", func(t *testing.T) {
		report := run(t, fmt.Sprintf("traps&count=%d", traps), time.Minute+time.Duration(traps)*3*time.Second, "every trap is recovered from")
		if *allHostile {
			figures.Record(t, "make hostile", map[string]any{"traps, " + engine.Name + ", " + build: report.Checks()[0].Detail})
		}
	})
}

// guidePolicies are the headers of docs/guides/csp.md as they stand there, for a provider and an API at the issuer, with what
// the guide has added for signInSilent.
func guidePolicies(t *testing.T, issuer string) (page, worker string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(browsertest.Root(t), "docs", "guides", "csp.md"))
	require.NoError(t, err)
	guide := regexp.MustCompile(`https://(id|api)\.example\.com`).ReplaceAllLiteralString(string(text), issuer)
	headers := regexp.MustCompile("```\nContent-Security-Policy: (.+)\n```").FindAllStringSubmatch(guide, -1)
	require.Len(t, headers, 2)
	frames := regexp.MustCompile("`(frame-src [^`]+)`").FindStringSubmatch(guide)
	require.Len(t, frames, 2)
	return headers[0][1] + "; " + frames[1], headers[1][1]
}
