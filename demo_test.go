package pkcewasm_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pkcewasm/pkcewasm/internal/browsertest"
)

// TestDemo uses the demo as a visitor does, in Chromium: two tabs, every switch, with nothing on the console, nothing against the
// policy, and nothing that axe objects to. With SCREENSHOTS=folder it leaves pictures there.
func TestDemo(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	root := browsertest.Root(t)
	axe, err := os.ReadFile(filepath.Join(root, "jsglue", "node_modules", "axe-core", "axe.min.js"))
	if err != nil {
		browsertest.Missing(t, "axe-core is not installed (run `make setup`)")
	}
	v := &visitor{browser: browsertest.Drive(t, browsertest.Options{}), axe: string(axe)}
	defer v.browser.Listen(v.hear)()
	page := startDemo(t, root)

	tab := v.open(ctx, t, page)
	var ready float64
	v.run(ctx, t, tab, `until(() => document.body?.dataset.state === 'out').then(() => performance.now())`, &ready)
	t.Logf("the first sign-in button after %.0f ms", ready)
	v.look(ctx, t, tab, "out", 768)

	v.run(ctx, t, tab, `document.getElementById('sign-in').click()`, nil)
	v.run(ctx, t, tab, `until(() => document.body?.dataset.state === 'in')`, nil)
	v.run(ctx, t, tab, `click('call').then(() => until(() => id('answer-text').textContent === 'Hello, alice.'))`, nil)

	t.Run("a second tab is signed in, and a lane in the first", func(t *testing.T) {
		second := v.open(ctx, t, page)
		v.run(ctx, t, second, `until(() => document.body?.dataset.state === 'in')`, nil)
		v.run(ctx, t, tab, `until(() => id('tab-count').textContent === '2 tabs')`, nil)
		v.run(ctx, t, tab, `click('renew').then(() => until(() => document.querySelector('.tl-renewed')))`, nil)
		v.run(ctx, t, second, `until(() => document.querySelectorAll('.tl-told').length > 1)`, nil)
		require.NoError(t, tab.Call(ctx, "Page.bringToFront", nil, nil)) // timers of a hidden tab take their time
	})
	t.Run("faults do not end the session", func(t *testing.T) {
		for _, fault := range []string{"429", "503"} {
			v.run(ctx, t, tab, `click(document.querySelector('[name="fault"][value="`+fault+`"]')).then(() => new Promise((r) => setTimeout(r, 200))).then(() => click('renew')).then(() => until(() => document.querySelector('.notice')))`, nil)
			v.run(ctx, t, tab, `click(document.querySelector('.notice button'))`, nil)
		}
		v.run(ctx, t, tab, `click(document.querySelector('[name="fault"]'))`, nil)
		v.run(ctx, t, tab, `until(() => document.body?.dataset.state === 'in')`, nil)
	})
	t.Run("the attack does not find the refresh token in a worker", func(t *testing.T) {
		v.run(ctx, t, tab, `click('attack').then(() => until(() => id('loot').children.length === 2 || document.querySelector('.notice'), 60))`, nil)
		require.Contains(t, v.text(ctx, t, tab, "loot"), "The refresh token: not found")
	})
	t.Run("the diagnosis finds nothing", func(t *testing.T) {
		v.run(ctx, t, tab, `click('diagnose').then(() => until(() => id('findings').children.length > 5))`, nil)
		require.NotContains(t, v.text(ctx, t, tab, "findings"), "Problem")
		require.Contains(t, v.text(ctx, t, tab, "findings"), "refused a code that nobody issued")
	})
	v.look(ctx, t, tab, "in", 390, 1280)
	t.Run("a revoked token ends it in every tab", func(t *testing.T) {
		v.run(ctx, t, tab, `click('revoke').then(() => until(() => { id('renew').click(); return document.body.dataset.state === 'out'; }, 60))`, nil)
		require.Contains(t, v.text(ctx, t, tab, "notices"), "Your session is over")
	})
	t.Run("without isolation the attack finds it", func(t *testing.T) {
		require.NoError(t, tab.Go(ctx, page+"/?isolation=none"))
		v.run(ctx, t, tab, `until(() => document.body?.dataset.state === 'out').then(() => click('sign-in'))`, nil)
		v.run(ctx, t, tab, `until(() => document.body?.dataset.state === 'in')`, nil)
		v.run(ctx, t, tab, `click('attack').then(() => until(() => id('loot').children.length === 2 || document.querySelector('.notice'), 60))`, nil)
		require.Contains(t, v.text(ctx, t, tab, "loot"), "The refresh token: found in")
	})
	require.Empty(t, v.errors(), "on the console, and against the policy")
}

// TestStaticDemo uses the demo as a static host serves it, with the provider that it brings along in a service worker.
func TestStaticDemo(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	root := browsertest.Root(t)
	v := &visitor{browser: browsertest.Drive(t, browsertest.Options{})}
	defer v.browser.Listen(v.hear)()
	folder := t.TempDir()
	cmd := demoCommand(t, root, "-export", folder)
	output, err := cmd.CombinedOutput()
	require.NoError(t, err, string(output))
	host := httptest.NewServer(http.FileServer(http.Dir(folder)))
	defer host.Close()
	defer host.CloseClientConnections()

	tab := v.open(ctx, t, host.URL)
	v.run(ctx, t, tab, `until(() => document.body?.dataset.state === 'out').then(() => click('sign-in'))`, nil)
	v.run(ctx, t, tab, `until(() => document.querySelector('[value="allow"]')).then(() => click(document.querySelector('[value="allow"]')))`, nil)
	v.run(ctx, t, tab, `until(() => document.body?.dataset.state === 'in')`, nil)
	v.run(ctx, t, tab, `click('call').then(() => until(() => id('answer-text').textContent.startsWith('Hello, ')))`, nil)
	v.run(ctx, t, tab, `click('renew').then(() => until(() => document.querySelector('.tl-renewed')))`, nil)
	v.run(ctx, t, tab, `click('diagnose').then(() => until(() => id('findings').children.length > 5))`, nil)
	require.NotContains(t, v.text(ctx, t, tab, "findings"), "Problem")
	v.run(ctx, t, tab, `click(document.querySelector('[value="503"]')).then(() => until(() => id('log').textContent.includes('fault'))).then(() => click('renew')).then(() => until(() => document.querySelector('.notice')))`, nil)
	require.Equal(t, "Signed in", v.text(ctx, t, tab, "pill-text"))
	v.run(ctx, t, tab, `click(document.querySelector('[name="fault"]')).then(() => until(() => id('log').textContent.includes('works again'))).then(() => until(() => { id('renew').click(); return !document.querySelector('.notice'); }))`, nil)
	require.Empty(t, v.errors(), "on the console")
}

// demoCommand builds the demo, to be run where it looks for the package.
func demoCommand(t *testing.T, root string, args ...string) *exec.Cmd {
	t.Helper()
	if _, err := os.Stat(filepath.Join(root, "jsglue", "pkce.wasm")); err != nil {
		browsertest.Missing(t, "the module is not built (run `make wasm`)")
	}
	cmd := exec.Command(browsertest.BuildProgram(t, filepath.Join(root, "demo")), args...)
	cmd.Dir = filepath.Join(root, "demo")
	return cmd
}

// startDemo builds and starts the demo and returns where its page is.
func startDemo(t *testing.T, root string) string {
	t.Helper()
	server := browsertest.StartServer(t, demoCommand(t, root, "-auto", "-ttl", "60s", "-listen", "127.0.0.1:0"))
	for range 100 {
		for _, line := range server.Lines() {
			if address, ok := strings.CutPrefix(line, "READY page "); ok {
				return address
			}
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Fatal("the demo did not say where its page is")
	return ""
}
