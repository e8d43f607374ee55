package pkcewasm_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pkcewasm/pkcewasm/internal/browsertest"
)

// visitor uses a page and hears what the console says meanwhile.
type visitor struct {
	browser *browsertest.Driven
	axe     string

	mu   sync.Mutex // guards said
	said []string
}

// visiting are the words in which scripts say what a visitor does.
const visiting = `
	const id = (name) => document.getElementById(name);
	const until = async (done, seconds = 20) => {
		for (let i = 0; i < seconds * 20; i++) {
			if (done()) return;
			await new Promise((resolve) => setTimeout(resolve, 50));
		}
		throw new Error('not after ' + seconds + ' s: ' + done);
	};
	const click = async (what) => {
		const button = typeof what === 'string' ? id(what) : what;
		await until(() => !button.disabled && button.getAttribute('aria-busy') !== 'true');
		button.click();
	};
`

// open makes a tab whose console is heard and leads it to the page.
func (v *visitor) open(ctx context.Context, t *testing.T, page string) *browsertest.Target {
	t.Helper()
	tab, err := v.browser.Open(ctx, "about:blank")
	require.NoError(t, err)
	for _, domain := range []string{"Runtime", "Log", "Page"} {
		require.NoError(t, tab.Call(ctx, domain+".enable", nil, nil))
	}
	require.NoError(t, tab.Go(ctx, page))
	return tab
}

// run lets the visitor do something, again if the page was left meanwhile.
func (v *visitor) run(ctx context.Context, t *testing.T, tab *browsertest.Target, script string, result any) {
	t.Helper()
	for {
		err := tab.Evaluate(ctx, "(() => {"+visiting+" return "+script+" })()", result)
		left := err != nil && (strings.Contains(err.Error(), "context") || strings.Contains(err.Error(), "navigated"))
		if !left || ctx.Err() != nil {
			require.NoError(t, err, script)
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
}

func (v *visitor) text(ctx context.Context, t *testing.T, tab *browsertest.Target, id string) string {
	t.Helper()
	var text string
	v.run(ctx, t, tab, "id('"+id+"').textContent", &text)
	return text
}

// hear keeps errors: of the page's scripts, and of its policy. What the network says is the provider's faults.
func (v *visitor) hear(e browsertest.Event) {
	var said struct {
		Type      string
		Exception json.RawMessage `json:"exceptionDetails"`
		Args      json.RawMessage
		Entry     struct{ Source, Level, Text string }
	}
	if json.Unmarshal(e.Params, &said) != nil {
		return
	}
	bad := e.Method == "Runtime.exceptionThrown" || e.Method == "Runtime.consoleAPICalled" && said.Type == "error" ||
		e.Method == "Log.entryAdded" && said.Entry.Level == "error" && said.Entry.Source != "network"
	if bad {
		v.mu.Lock()
		defer v.mu.Unlock()
		v.said = append(v.said, string(e.Params))
	}
}

func (v *visitor) errors() []string {
	v.mu.Lock()
	defer v.mu.Unlock()
	return slices.Clone(v.said)
}

// look asks axe about the page, light and dark, at these widths, and takes pictures where SCREENSHOTS says.
func (v *visitor) look(ctx context.Context, t *testing.T, tab *browsertest.Target, name string, widths ...int) {
	t.Helper()
	require.NoError(t, tab.Evaluate(ctx, v.axe, nil))
	for _, scheme := range []string{"light", "dark"} {
		for _, width := range widths {
			require.NoError(t, tab.Call(ctx, "Emulation.setDeviceMetricsOverride", map[string]any{"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500}, nil))
			require.NoError(t, tab.Call(ctx, "Emulation.setEmulatedMedia", map[string]any{"features": []map[string]string{{"name": "prefers-color-scheme", "value": scheme}, {"name": "prefers-reduced-motion", "value": "reduce"}}}, nil))
			var found []string
			v.run(ctx, t, tab, `axe.run({ resultTypes: ['violations'] }).then(({ violations }) => violations.map(({ id, help, nodes }) => id + ': ' + help + ' ' + nodes.map(({ html, failureSummary }) => html + failureSummary).join()))`, &found)
			require.Empty(t, found, "%s, %s, %d pixels wide", name, scheme, width)
			if folder := os.Getenv("SCREENSHOTS"); folder != "" {
				var shot struct{ Data string }
				require.NoError(t, tab.Call(ctx, "Page.captureScreenshot", map[string]any{"captureBeyondViewport": true}, &shot))
				picture, err := base64.StdEncoding.DecodeString(shot.Data)
				require.NoError(t, err)
				require.NoError(t, os.WriteFile(filepath.Join(folder, fmt.Sprintf("%s-%s-%d.png", name, scheme, width)), picture, 0o600))
			}
		}
	}
}
