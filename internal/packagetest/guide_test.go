package packagetest

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pkcewasm/pkcewasm/internal/browsertest"
)

// testGuide does what docs/start/react.md says, with the code that is in it: from an empty folder to a signed-in page.
func testGuide(t *testing.T, tarball string) {
	application := install(t, "guided", tarball)
	linkTools(t, application)
	guide, err := os.ReadFile(filepath.Join(browsertest.Root(t), "docs", "start", "react.md"))
	require.NoError(t, err)
	require.NoError(t, os.Mkdir(filepath.Join(application, "src"), 0o700))
	for path, language := range map[string]string{"provider-worker.js": "js", "src/main.jsx": "jsx", "src/main.tsx": "jsx"} {
		blocks := regexp.MustCompile("(?ms)^```"+language+"\n(.*?)^```$").FindAllSubmatch(guide, -1)
		require.Len(t, blocks, 1, path)
		require.NoError(t, os.WriteFile(filepath.Join(application, path), blocks[0][1], 0o600))
	}
	t.Run("TypeScript", func(t *testing.T) { // as the template react-ts checks it
		run(t, application, "node", typescript(t), "--project", "tsconfig.json")
	})

	server := exec.Command("node", "serve.js")
	server.Dir = application
	address := browsertest.StartServer(t, server).Issuer

	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	page, err := browsertest.Drive(t, browsertest.Options{}).Open(ctx, address)
	require.NoError(t, err)
	press(ctx, t, page, "Sign in")
	press(ctx, t, page, "Sign in as Alice Liddell")
	shows(ctx, t, page, "Hello Alice Liddell")
	reload(ctx, t, page)
	press(ctx, t, page, "Sign out")
	press(ctx, t, page, "Sign in")
}

// reload loads the page anew, past the service worker, too, and waits until what was there is gone: its buttons are the same.
func reload(ctx context.Context, t *testing.T, page *browsertest.Target) {
	t.Helper()
	require.NoError(t, page.Evaluate(ctx, `globalThis.loaded = 'before'; undefined`, nil))
	require.NoError(t, page.Call(ctx, "Page.reload", map[string]any{"ignoreCache": true}, nil))
	for anew := false; !anew; time.Sleep(5 * time.Millisecond) {
		look, stop := context.WithTimeout(ctx, 2*time.Second) // a navigation may swallow the answer
		_ = page.Evaluate(look, `globalThis.loaded === undefined`, &anew)
		stop()
		require.NoError(t, ctx.Err())
	}
}

// press waits for the button with this text, over the navigations of the page, and clicks it.
func press(ctx context.Context, t *testing.T, page *browsertest.Target, text string) {
	t.Helper()
	script := fmt.Sprintf(`(() => {
		const button = [...document.querySelectorAll('button')].find((one) => one.textContent === %q);
		button?.click();
		return Boolean(button);
	})()`, text)
	for pressed := false; !pressed; time.Sleep(5 * time.Millisecond) {
		look, stop := context.WithTimeout(ctx, 2*time.Second) // a navigation may swallow the answer
		_ = page.Evaluate(look, script, &pressed)
		stop()
		if ctx.Err() != nil {
			var shown string
			_ = page.Evaluate(t.Context(), `document.body.innerText`, &shown)
			require.Fail(t, "no button "+text, shown)
		}
	}
}
