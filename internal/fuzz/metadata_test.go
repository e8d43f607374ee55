package fuzz

import (
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/pkcewasm/pkcewasm/internal/oauth"
)

// FuzzParseServer holds metadata that is accepted against encoding/json and net/url.
func FuzzParseServer(f *testing.F) {
	const good = `{"issuer":"https://op.example","token_endpoint":"https://op.example/token"`
	for _, body := range []string{
		good + "}", good + `,"authorization_endpoint":"https://op.example/a?tenant=1","code_challenge_methods_supported":["S256"]}`,
		good + `,"jwks_uri":"javascript:alert(1)"}`, good + `,"jwks_uri":"http://op.example/"}`, good + `,"jwks_uri":"https://user@op.example/"}`,
		good + `,"jwks_uri":"https://op.example\\@evil.example/"}`, good + `,"jwks_uri":"https://[::1]:443/"}`, good + `,"jwks_uri":"https://op.example/#x"}`,
		good + `,"jwks_uri":"HTTPS://OP.EXAMPLE"}`, good + `,"Token_endpoint":"https://evil.example"}`, good + `,"jwks_uri":null}`, `{"issuer":"https://op.example"}`,
	} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		server, err := oauth.ParseServer(body, oauth.Policy{})
		if err != nil {
			holds(t, server == nil, "metadata and an error")
			equal(t, oauth.CodeConfig, failure(t, err).Code, "code")
			return
		}
		holds(t, strictlyValid(body), "metadata in what is no object")
		reference := members(t, body)
		holds(t, server.Issuer != "" && server.TokenEndpoint != "", "no issuer or no token endpoint")
		for name, got := range map[string]string{
			"issuer": server.Issuer, "authorization_endpoint": server.AuthorizationEndpoint, "token_endpoint": server.TokenEndpoint,
			"revocation_endpoint": server.RevocationEndpoint, "userinfo_endpoint": server.UserInfoEndpoint, "end_session_endpoint": server.EndSessionEndpoint,
			"jwks_uri": server.JWKSURI, "pushed_authorization_request_endpoint": server.PushedAuthorizationRequestEndpoint,
		} {
			if reference[name] == nil {
				equal(t, "", got, name)
				continue
			}
			holds(t, reference[name] == got, "another %s: %q", name, got)
			requireEndpoint(t, got)
		}
	})
}

var spaceless = regexp.MustCompile(`^[!-~\x80-\x{10FFFF}]+$`)

// requireEndpoint is the reference for what may be sent a request: where a browser would send it, too.
func requireEndpoint(t *testing.T, text string) {
	t.Helper()
	endpoint, err := url.Parse(percentEncoded.ReplaceAllString(strings.ReplaceAll(text, "%", "%25"), "x"))
	holds(t, err == nil, "net/url: %q: %v", text, err)
	equal(t, "https", endpoint.Scheme, text)
	holds(t, endpoint.User == nil && endpoint.Hostname() != "" && !strings.Contains(text, "#"), "not an endpoint: %q", text)
	holds(t, spaceless.MatchString(text), "spaces or controls: %q", text)
}
