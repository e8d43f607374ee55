package pkcewasm_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pkcewasm/pkcewasm/internal/browsertest"
	"github.com/pkcewasm/pkcewasm/internal/oauthtest"
)

// driven is a Chromium with real tabs, each with a client of one session.
type driven struct {
	browser *browsertest.Driven
	site    *browsertest.Site
	server  *oauthtest.Server
	config  map[string]any
}

// modes are the two ways in which tabs share a session.
var modes = map[string]map[string]any{
	"shared": {"isolation": "shared"},
	"stored": {"isolation": "dedicated", "storage": "indexeddb"},
}

// bothWays runs a test in each of these modes, for so long at most.
func bothWays(t *testing.T, limit time.Duration, run func(ctx context.Context, t *testing.T, config map[string]any)) {
	t.Helper()
	t.Parallel()
	for mode, config := range modes {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(t.Context(), limit)
			defer cancel()
			run(ctx, t, config)
		})
	}
}

// drive starts the browser. The clients refresh when they are asked for a token and not by themselves.
func drive(t *testing.T, module string, settings oauthtest.Settings, config map[string]any, flags ...string) *driven {
	t.Helper()
	d := &driven{
		browser: browsertest.Drive(t, browsertest.Options{Flags: flags}), site: newSite(t, module),
		server: oauthtest.New(t, oauthtest.Options{Settings: settings}),
	}
	d.config = map[string]any{
		"issuer": d.server.Issuer, "clientId": oauthtest.DefaultClient, "redirectUri": d.site.Origin + "/callback.html",
		"scope": "openid offline_access", "allowLoopbackHttp": true, "refresh": map[string]any{"auto": false},
	}
	for name, value := range config {
		d.config[name] = value
	}
	return d
}

// tab is a tab that shows pages/tab.html.
type tab struct{ *browsertest.Target }

// open makes a tab with a client.
func (d *driven) open(ctx context.Context) (tab, error) {
	return d.openAt(ctx, "/tab.html?cache=no-cache") // fit for the back/forward cache
}

// openAt does so at another address.
func (d *driven) openAt(ctx context.Context, address string) (tab, error) {
	target, err := d.browser.Open(ctx, d.site.Origin+address)
	if err != nil {
		return tab{}, err
	}
	t := tab{target}
	return t, t.enter(ctx, d.config)
}

// enter waits until the page is loaded, and opens the client.
func (t tab) enter(ctx context.Context, config map[string]any) error {
	if err := t.until(ctx, `globalThis.tab`); err != nil {
		return err
	}
	return t.ask(ctx, "open", config, nil)
}

// until waits for a condition, over the navigations of the tab.
func (t tab) until(ctx context.Context, condition string) error {
	for {
		var met bool
		look, stop := context.WithTimeout(ctx, 2*time.Second) // a navigation may swallow the answer
		err := t.Evaluate(look, `Boolean(`+condition+`)`, &met)
		stop()
		switch {
		case met:
			return nil
		case ctx.Err() != nil:
			return fmt.Errorf("until %s: %w", condition, errors.Join(ctx.Err(), err))
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// ask calls an action of the page. The error names the code of an AuthError.
func (t tab) ask(ctx context.Context, action string, argument, result any) error {
	var text []byte
	if argument != nil {
		var err error
		if text, err = json.Marshal(argument); err != nil {
			return err
		}
	}
	var answer struct {
		Value json.RawMessage
		Code  string
	}
	script := fmt.Sprintf(`(async () => {
		try { return { value: await tab.%s(%s) } } catch (error) { return { code: error.code ?? String(error) } }
	})()`, action, text)
	if err := t.Evaluate(ctx, script, &answer); err != nil {
		return fmt.Errorf("%s: %w", action, err)
	}
	if answer.Code != "" {
		return fmt.Errorf("%s: %s", action, answer.Code)
	}
	if result == nil || answer.Value == nil {
		return nil
	}
	return json.Unmarshal(answer.Value, result)
}

// signIn signs alice in.
func (d *driven) signIn(ctx context.Context, t tab) error { return d.signInAs(ctx, t, "alice") }

// signInAs signs somebody in.
func (d *driven) signInAs(ctx context.Context, t tab, user string) error {
	callback, err := d.callbackURL(ctx, t, user)
	if err != nil {
		return err
	}
	return t.ask(ctx, "callback", callback, nil)
}

// callbackURL begins a sign-in and plays the user agent at the provider: it returns where that leads.
func (d *driven) callbackURL(ctx context.Context, t tab, user string) (string, error) {
	var url string
	if err := t.ask(ctx, "signInURL", map[string]any{"loginHint": user}, &url); err != nil {
		return "", err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return "", err
	}
	answer, err := http.DefaultTransport.RoundTrip(request) // without following the redirect
	if err != nil {
		return "", err
	}
	_ = answer.Body.Close()
	return answer.Header.Get("Location"), nil
}

// tabs opens many, signed in.
func (d *driven) tabs(ctx context.Context, t *testing.T, count int) []tab {
	t.Helper()
	tabs := make([]tab, count)
	for i := range tabs {
		var err error
		tabs[i], err = d.open(ctx)
		require.NoError(t, err)
		if i == 0 {
			require.NoError(t, d.signIn(ctx, tabs[0]))
		}
	}
	return tabs
}
