package packagetest

import (
	"context"
	"fmt"
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

// testHot changes an application again and again while a development server with React's fast refresh shows it: a part of
// the page that is signed in, and the one that holds the client, which then goes and comes back. The page is not loaded
// anew, stays signed in, and asks the server for nothing.
func testHot(t *testing.T, tarball string) {
	application := install(t, "hot", tarball)
	linkTools(t, application)
	ledger := oauthtest.New(t, oauthtest.Options{Clients: []oauthtest.Client{{ID: "app"}}})
	serving := exec.Command("node", "serve.js", ledger.Issuer)
	serving.Dir = application
	address := browsertest.StartServer(t, serving).Issuer

	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	browser := browsertest.Drive(t, browsertest.Options{})
	page, err := browser.Open(ctx, address)
	require.NoError(t, err)
	press(ctx, t, page, "Sign in")
	shows(ctx, t, page, "Hello alice")
	require.NoError(t, page.Evaluate(ctx, `globalThis.loaded = 'once'; undefined`, nil))
	held := locks(ctx, t, page)

	greeting, session := filepath.Join(application, "src", "greeting.jsx"), filepath.Join(application, "src", "session.jsx")
	text := map[string]string{}
	for _, file := range []string{greeting, session} {
		content, err := os.ReadFile(file)
		require.NoError(t, err)
		text[file] = string(content)
	}
	for i := range 10 {
		changed := fmt.Sprintf("Hello %d", i)
		// A watcher misses what is written right after it has looked: then it is written again.
		for written := (time.Time{}); !strings.Contains(textOf(ctx, t, page), changed+" alice"); {
			if time.Since(written) < 2*time.Second {
				continue
			}
			written = time.Now()
			// Without the state of the components, as after a change of their hooks: the client is closed, and another one opened.
			change(t, session, fmt.Sprintf("// @refresh reset\n// %d\n%s", i, text[session]))
			change(t, greeting, strings.ReplaceAll(text[greeting], "Hello", changed))
		}
	}

	var loaded string
	require.NoError(t, page.Evaluate(ctx, `globalThis.loaded`, &loaded))
	require.Equal(t, "once", loaded)
	require.Len(t, ledger.Ledger.Entries("token"), 1)
	require.Len(t, browser.Targets(func(t *browsertest.Target) bool { return t.Type == "shared_worker" }), 1)
	require.Equal(t, held, locks(ctx, t, page))
}

func change(t *testing.T, file, content string) {
	t.Helper()
	require.NoError(t, os.WriteFile(file, []byte(content), 0o600))
}

// shows waits for a text in the page, over its navigations.
func shows(ctx context.Context, t *testing.T, page *browsertest.Target, text string) {
	t.Helper()
	for !strings.Contains(textOf(ctx, t, page), text) {
		continue
	}
}

// textOf is what the page shows, a moment later; "" during a navigation.
func textOf(ctx context.Context, t *testing.T, page *browsertest.Target) (shown string) {
	t.Helper()
	time.Sleep(5 * time.Millisecond)
	look, stop := context.WithTimeout(ctx, 2*time.Second) // a navigation may swallow the answer
	defer stop()
	_ = page.Evaluate(look, `document.body.innerText`, &shown)
	require.NoError(t, ctx.Err(), shown)
	return shown
}

// locks is how many locks are held and waited for in the page and its worker.
func locks(ctx context.Context, t *testing.T, page *browsertest.Target) (counts [2]int) {
	t.Helper()
	require.NoError(t, page.Evaluate(ctx, `navigator.locks.query().then(({ held, pending }) => [held.length, pending.length])`, &counts))
	return counts
}
