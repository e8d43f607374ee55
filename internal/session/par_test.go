package session

import (
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pkcewasm/pkcewasm/internal/oauth"
)

// pushing is a platform whose server has an endpoint for pushed authorization requests that answers err, or a reference.
type pushing struct {
	*bubble
	err *oauth.Error
}

func (p *pushing) Transport(int64) oauth.Transport { return p }

func (p *pushing) Send(r *oauth.Request) (*oauth.Response, error) {
	response, err := transport{p.bubble, time.Minute}.Send(r)
	if !strings.HasSuffix(r.URL, "/par") {
		return response, err
	}
	if p.err != nil {
		return nil, p.err
	}
	response.Status, response.Body = 201, []byte(`{"request_uri":"urn:request:1","expires_in":60}`)
	return response, nil
}

func newPushing(t *testing.T, extra, metadata string, err *oauth.Error) *client {
	config, failure := ParseConfig(`{"issuer":"` + issuer + `","clientId":"spa","redirectUri":"` + redirect + `","server":{"authorization_endpoint":"` +
		issuer + `/authorize","token_endpoint":"` + issuer + `/token","jwks_uri":"` + issuer + `/jwks"` + metadata + `}` + extra + `}`)
	require.NoError(t, failure)
	c := &client{bubble: &bubble{t: t}}
	c.Session = New(config, &pushing{c.bubble, err}, c.bubble, nil, func(event string) { c.hear(t, event) })
	return c
}

func TestPushedAuthorizationRequests(t *testing.T) {
	const offered = `,"pushed_authorization_request_endpoint":"` + issuer + `/par"`
	const demanded = offered + `,"require_pushed_authorization_requests":true`
	hidden := &oauth.Error{Code: oauth.CodeNetwork, Message: "no answer"}
	offline := &oauth.Error{Code: oauth.CodeNetwork, Reason: "offline", Message: "offline"}
	refused := &oauth.Error{Code: oauth.CodeOAuth, OAuthError: "invalid_request", Message: "no"}
	for _, c := range []struct {
		name, extra, metadata string
		err                   *oauth.Error
		pushed                bool
		code                  oauth.Code
		events                []string
	}{
		{name: "not offered"},
		{name: "offered", metadata: offered, pushed: true},
		{name: "off", extra: `,"par":"off"`, metadata: offered},
		{name: "required", extra: `,"par":"required"`, metadata: offered, pushed: true},
		{name: "required, not offered", extra: `,"par":"required"`, code: oauth.CodeConfig},
		{name: "demanded without an endpoint", metadata: `,"require_pushed_authorization_requests":true`, code: oauth.CodeConfig},
		{name: "hidden by CORS", metadata: offered, err: hidden, events: []string{Degraded}},
		{name: "hidden, required", extra: `,"par":"required"`, metadata: offered, err: hidden, code: oauth.CodeNetwork},
		{name: "hidden, demanded", metadata: demanded, err: hidden, code: oauth.CodeNetwork},
		{name: "offline", metadata: offered, err: offline, code: oauth.CodeNetwork},
		{name: "refused", metadata: offered, err: refused, code: oauth.CodeOAuth},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				client := newPushing(t, c.extra, c.metadata, c.err)
				address, _, err := client.SignIn(SignInOptions{MaxAge: -1, Keep: true})
				require.Equal(t, c.code, codeOf(err))
				require.Equal(t, c.events, client.types())
				if c.code != "" {
					return
				}
				parsed, err := url.Parse(address)
				require.NoError(t, err)
				require.Equal(t, c.pushed, parsed.Query().Has("request_uri"))
				require.Equal(t, !c.pushed, parsed.Query().Has("state"))
				if c.pushed { // another sign-in is another request
					_, _, err := client.SignIn(SignInOptions{MaxAge: -1, Keep: true})
					require.NoError(t, err)
					require.Equal(t, 2, client.count())
				}
			})
		})
	}
}

func TestResourceAndDetailsOfEveryRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClient(t, `,"resource":["https://api.example","urn:b"],"responseMode":"fragment"`)
		started := c.do(t, `{"op":"signIn"}`)
		authorize, err := url.Parse(started["url"].(string))
		require.NoError(t, err)
		want := []string{"https://api.example", "urn:b"}
		require.Equal(t, want, authorize.Query()["resource"])
		require.Equal(t, "fragment", authorize.Query().Get("response_mode"))

		p := &provider{bubble: c.bubble, subject: "alice", nonce: authorize.Query().Get("nonce"), lifetime: 300}
		c.script(func(form url.Values) (int, string) {
			status, body := p.token(form)
			if form.Get("grant_type") == "authorization_code" {
				body = strings.Replace(body, "{", `{"authorization_details":[{"type":"payment"}],`, 1)
			}
			return status, body
		})
		_, err = c.Do(`{"op":"callback","url":"` + redirect + `?code=abc&state=` + started["state"].(string) + `"}`)
		require.Equal(t, oauth.CodeCallback, codeOf(err))
		answer := c.do(t, `{"op":"callback","url":"`+redirect+`#code=abc&state=`+started["state"].(string)+`"}`)
		require.Equal(t, []any{map[string]any{"type": "payment"}}, answer["user"].(map[string]any)["authorizationDetails"])
		refreshed := c.do(t, `{"op":"refresh"}`)
		require.Equal(t, []any{map[string]any{"type": "payment"}}, refreshed["user"].(map[string]any)["authorizationDetails"])
		require.Len(t, c.requests, 2)
		for _, form := range c.requests {
			require.Equal(t, want, form["resource"])
		}
		_, err = c.Do(`{"op":"signIn","params":{"resource":"urn:c"}}`)
		require.Equal(t, oauth.CodeConfig, codeOf(err))
	})
}
