package browsertest_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pkcewasm/pkcewasm/internal/browsertest"
)

// TestDriven does each thing that a driven browser is for.
func TestDriven(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	site := browsertest.NewSite(t)
	browser := browsertest.Drive(t, browsertest.Options{})
	open := func(t *testing.T) *browsertest.Target {
		t.Helper()
		tab, err := browser.Open(ctx, site.Origin+"/harness/scenario.js") // a page without a script that runs
		require.NoError(t, err)
		require.NoError(t, tab.Evaluate(ctx, `new Promise((r) => document.readyState === 'complete' ? r() : addEventListener('load', r))`, nil))
		return tab
	}

	t.Run("evaluates", func(t *testing.T) {
		tab := open(t)
		var origin string
		require.NoError(t, tab.Evaluate(ctx, `Promise.resolve(location.origin)`, &origin))
		require.Equal(t, site.Origin, origin)
		require.ErrorContains(t, tab.Evaluate(ctx, `throw new Error('of the page')`, nil), "of the page")
		require.ErrorContains(t, tab.Evaluate(ctx, `undefined`, &origin), "no value")
		require.ErrorContains(t, tab.Call(ctx, "No.such", nil, nil), "No.such")
	})
	t.Run("finds workers", func(t *testing.T) {
		tab := open(t)
		for kind, scope := range map[string]string{"worker": "DedicatedWorkerGlobalScope", "shared_worker": "SharedWorkerGlobalScope"} {
			made := strings.TrimSuffix(scope, "GlobalScope")
			require.NoError(t, tab.Evaluate(ctx, `globalThis.`+kind+` = new `+strings.TrimPrefix(made, "Dedicated")+`('data:text/javascript,')`, nil))
			worker, err := browser.Find(ctx, func(t *browsertest.Target) bool { return t.Type == kind })
			require.NoError(t, err)
			require.True(t, strings.HasPrefix(worker.URL(), "data:"), worker.URL())
			var found string
			require.NoError(t, worker.Evaluate(ctx, "self.constructor.name", &found))
			require.Equal(t, scope, found)
			var heap strings.Builder
			require.NoError(t, worker.Evaluate(ctx, "globalThis.kept = ['kept-', 'in-a-', 'worker'].join('')", nil))
			require.NoError(t, worker.HeapSnapshot(ctx, &heap))
			require.Contains(t, heap.String(), `"kept-in-a-worker"`)
		}
	})
	t.Run("closes", func(t *testing.T) {
		tab := open(t)
		require.NoError(t, tab.Close(ctx))
		require.Error(t, tab.Evaluate(ctx, "1", nil))
	})
	t.Run("freezes and thaws", func(t *testing.T) {
		tab := open(t)
		require.NoError(t, tab.Evaluate(ctx, `globalThis.seen = []; for (const e of ['freeze', 'resume']) document.addEventListener(e, () => seen.push(e))`, nil))
		require.NoError(t, tab.Freeze(ctx))
		require.NoError(t, tab.Thaw(ctx))
		var seen []string
		require.NoError(t, tab.Evaluate(ctx, `seen`, &seen))
		require.Equal(t, []string{"freeze", "resume"}, seen)
	})
	t.Run("shows the heap", func(t *testing.T) {
		tab := open(t)
		require.NoError(t, tab.Evaluate(ctx, `globalThis.kept = ['kept-', 'on-the-', 'heap'].join(''); ['gone-', 'from-the-', 'heap'].join('')`, nil))
		var heap strings.Builder
		require.NoError(t, tab.HeapSnapshot(ctx, &heap))
		require.Contains(t, heap.String(), `"kept-on-the-heap"`)
		require.NotContains(t, heap.String(), `"gone-from-the-heap"`)
	})
	t.Run("crashes", func(t *testing.T) {
		tab := open(t)
		require.NoError(t, tab.Crash(ctx))
		other := open(t) // the browser lives on
		require.NoError(t, other.Evaluate(ctx, `1`, nil))
	})
}
