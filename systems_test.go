package pkcewasm_test

import (
	"context"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pkcewasm/pkcewasm/internal/browsertest"
	"github.com/pkcewasm/pkcewasm/internal/oauthtest"
)

// TestSystems runs the package against the systems whose documents it came from, each as documented to the byte: what
// needs a browser in Chromium, what needs a server runtime in Node.
func TestSystems(t *testing.T) {
	for _, build := range []browsertest.Build{browsertest.Slim, browsertest.Go} {
		t.Run(string(build), func(t *testing.T) {
			t.Parallel()
			module := build.Module(t)
			t.Run("Chromium", func(t *testing.T) { testSystemsInBrowser(t, module) })
			t.Run("Node", func(t *testing.T) { testSystemsInNode(t, module) })
		})
	}
}

func testSystemsInBrowser(t *testing.T, module string) {
	site := newSite(t, module)
	browser := browsertest.NewBrowser(t, browsertest.Chromium, site, browsertest.Options{})
	redirectURI := site.Origin + "/callback.html"
	for _, system := range []struct {
		name, client string
		replay       *oauthtest.Replay
		issuer       string
		checks       []string
	}{
		{"auth0", "auth0-client", oauthtest.Auth0(t, redirectURI), "/", []string{
			"sign-in with audience, organization and invitation", "the token is used until it expires", "a refresh without a new refresh token", "the API", "the user",
		}},
		{"auth0-offline", "auth0-client", oauthtest.Auth0Offline(t, redirectURI), "/", []string{
			"sign-in without expires_in", "the refresh token is kept",
		}},
		{"django", oauthtest.DjangoClient, oauthtest.Django(t, redirectURI, ""), "", []string{
			"sign-in with a lower-case bearer", "userinfo, with the token in a header", "an expired token is refreshed, and the call repeated",
		}},
	} {
		t.Run(system.name, func(t *testing.T) {
			site.AddProvider(system.name, browsertest.Provider{Issuer: system.replay.URL + system.issuer, ClientID: system.client, API: system.replay.URL + "/api"})
			browser.Run(t, "/start.html?scenario=systems&provider="+system.name, time.Minute).Expect(t, system.checks...)
			system.replay.Check(t)
		})
	}
}

func testSystemsInNode(t *testing.T, module string) {
	for _, system := range []struct {
		script string
		replay *oauthtest.Replay
		more   []string
	}{
		{"auth0.js", oauthtest.Auth0Steps(t), nil},
		{"auth0-confidential.js", oauthtest.Auth0Confidential(t), nil},
		{"django.js", oauthtest.Django(t, "https://example.org/", oauthtest.DjangoSecret), []string{oauthtest.DjangoClient, oauthtest.DjangoSecret}},
		{"thingpark.js", oauthtest.ThingPark(t, 23), []string{oauthtest.ThingParkClient, oauthtest.ThingParkSecret, "10"}},
		{"thingpark.js", oauthtest.ThingPark(t, 23), []string{oauthtest.ThingParkClient, oauthtest.ThingParkSecret, "30"}},
		{"disruptive.js", oauthtest.Disruptive(t), []string{oauthtest.DisruptiveKeyID, oauthtest.DisruptiveSecret, oauthtest.DisruptiveEmail, oauthtest.DisruptiveAudience}},
	} {
		t.Run(system.script, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			script := filepath.Join(browsertest.Root(t), "jsglue", "test", "systems", system.script)
			output, err := exec.CommandContext(ctx, "node", append([]string{script, module, system.replay.URL}, system.more...)...).CombinedOutput()
			require.NoError(t, err, string(output))
			system.replay.Check(t)
		})
	}
}
