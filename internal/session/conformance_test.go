package session

import (
	"encoding/json"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pkcewasm/pkcewasm/internal/oauth"
	"github.com/pkcewasm/pkcewasm/internal/oauthtest"
)

// wired is a Platform with the network and the clock of this process.
type wired struct{ *bubble }

func (w wired) Transport(timeout int64) oauth.Transport {
	return fetched{oauthtest.Fetch{Origin: "https://app.example", Timeout: time.Duration(timeout) * time.Millisecond}}
}

// fetched carries requests as a page would.
type fetched struct{ fetch oauthtest.Fetch }

func (f fetched) Send(r *oauth.Request) (*oauth.Response, error) {
	header := http.Header{}
	for _, h := range r.Headers {
		header.Set(h.Name, h.Value)
	}
	res, err := f.fetch.Do(r.Method, r.URL, header, r.Body.Reveal())
	if err != nil {
		return nil, &oauth.Error{Code: oauth.Code(err.Error()), Message: "the request failed", Retryable: true}
	}
	return &oauth.Response{Status: res.Status, Headers: headersOf(res.Header), Body: res.Body, ReceivedAt: res.ReceivedAt.UnixMilli()}, nil
}

// TestConformance runs the modules of the conformance suite. Its last line of
// output is the sum.
func TestConformance(t *testing.T) {
	server := oauthtest.New(t, oauthtest.Options{})
	modules, passed := oauthtest.Modules(), 0
	for _, m := range modules {
		if t.Run(m.Name, func(t *testing.T) { runModule(t, server, m) }) {
			passed++
		}
	}
	t.Logf("native: conformance: %d of %d modules", passed, len(modules))
}

func runModule(t *testing.T, server *oauthtest.Server, m oauthtest.Module) {
	server.Begin(m)
	dpop := "off"
	if m.DPoP {
		dpop = "required"
	}
	config, err := ParseConfig(`{"issuer":"` + server.Issuer + `","clientId":"` + oauthtest.DefaultClient + `","redirectUri":"` + redirect + `",
		"postLogoutRedirectUri":"` + redirect + `","scope":"openid profile email offline_access","allowLoopbackHttp":true,"refresh":{"auto":false},"dpop":"` + dpop + `"}`)
	require.NoError(t, err)
	platform := wired{&bubble{t: t}}
	session := New(config, platform, platform, nil, func(string) {})
	defer session.Close()
	session.Bind(&keyring{keys: map[string]oauthtest.ProofKey{}, stored: map[string]bool{}})
	rp := party{session, server}
	for i, step := range m.Steps {
		err := rp.take(t, step)
		if m.Code == "" || i < len(m.Steps)-1 {
			require.NoError(t, err, step)
			continue
		}
		var failure *oauth.Error
		require.ErrorAs(t, err, &failure)
		require.Equal(t, m.Code, string(failure.Code))
		if m.Reason != "" {
			require.Equal(t, m.Reason, failure.Reason)
		}
	}
	// Who could not sign in, or gets an ID token of somebody else, is nobody.
	if m.Code != "" && m.Steps[len(m.Steps)-1] != oauthtest.UserInfo {
		require.NotContains(t, rp.state(t), "user")
	}
	require.Empty(t, server.Problems(m))
}

// party is a relying party that is led through a module.
type party struct {
	*Session
	server *oauthtest.Server
}

func (p party) take(t *testing.T, step string) error {
	switch step {
	case oauthtest.SignIn:
		return p.signIn(t)
	case oauthtest.UserInfo:
		answer, err := p.ask(`{"op":"userInfo"}`)
		if err == nil {
			require.Equal(t, "alice@example.test", answer["claims"].(map[string]any)["email"])
		}
		return err
	case oauthtest.Refresh:
		_, err := p.ask(`{"op":"refresh"}`)
		return err
	case oauthtest.SignOut:
		return p.signOut(t)
	case oauthtest.RotateKeys:
		p.server.Configure(func(s *oauthtest.Settings) { s.KeyRotations++ })
		return nil
	}
	t.Fatalf("no such step: %s", step)
	return nil
}

func (p party) signIn(t *testing.T) error {
	started, err := p.ask(`{"op":"signIn"}`)
	if err != nil {
		return err
	}
	callback, err := p.server.Authorize(started["url"].(string))
	require.NoError(t, err)
	command, err := json.Marshal(map[string]string{"op": "callback", "url": callback})
	require.NoError(t, err)
	answer, err := p.ask(string(command))
	if err == nil {
		require.Equal(t, "alice", answer["user"].(map[string]any)["subject"])
	}
	return err
}

func (p party) signOut(t *testing.T) error {
	const state = "state-of-the-sign-out"
	answer, err := p.ask(`{"op":"signOut","state":"` + state + `"}`)
	if err != nil {
		return err
	}
	there, err := url.Parse(answer["url"].(string))
	require.NoError(t, err)
	query := there.Query()
	require.NotEmpty(t, query.Get("id_token_hint"))
	require.Equal(t, redirect, query.Get("post_logout_redirect_uri"))
	require.Equal(t, state, query.Get("state"))
	back, err := p.server.Authorize(there.String())
	require.NoError(t, err)
	// What comes back is no authorization response, whatever its state.
	command, err := json.Marshal(map[string]string{"op": "callback", "url": back})
	require.NoError(t, err)
	_, err = p.ask(string(command))
	require.Error(t, err)
	require.NotContains(t, p.state(t), "user")
	return nil
}

func (p party) state(t *testing.T) map[string]any {
	answer, err := p.ask(`{"op":"state"}`)
	require.NoError(t, err)
	return answer
}

func (p party) ask(command string) (map[string]any, error) {
	answer, err := p.Do(command)
	if err != nil {
		return nil, err
	}
	var parsed map[string]any
	return parsed, json.Unmarshal([]byte(answer), &parsed)
}
