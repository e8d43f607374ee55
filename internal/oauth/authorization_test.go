package oauth

import (
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func testAuthorizationRequest() *AuthorizationRequest {
	return &AuthorizationRequest{
		ClientID: "app", RedirectURI: "https://app.example/cb?x=1", Scope: "openid profile",
		State: "S-0123", CodeChallenge: testChallenge, Nonce: "N-4567",
	}
}

func TestAuthorizationURL(t *testing.T) {
	text, err := AuthorizationURL(testServer(), testAuthorizationRequest())
	require.NoError(t, err)
	require.Equal(t, "https://op.example/authorize?response_type=code&client_id=app&redirect_uri=https%3A%2F%2Fapp.example%2Fcb%3Fx%3D1"+
		"&scope=openid+profile&state=S-0123&nonce=N-4567&code_challenge="+testChallenge+"&code_challenge_method=S256", text)
}

// and what servers of all kinds want in addition.
func TestAuthorizationURLKeepsAndAdds(t *testing.T) {
	server := testServer()
	server.AuthorizationEndpoint = "https://op.example/authorize?tenant=a%20b"
	request := testAuthorizationRequest()
	request.Nonce, request.Scope = "", ""
	request.Params = []Param{
		{"audience", "https://api.example/?a=b&c"}, {"organization", "org_1"}, {"invitation", "inv"}, {"prompt", "login"},
		{"login_hint", "a@b.example"}, {"resource", "https://one.example"}, {"resource", "urn:two"}, {"empty", ""},
	}
	text, err := AuthorizationURL(server, request)
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(text, server.AuthorizationEndpoint+"&response_type=code&"))
	parsed, err := url.Parse(text)
	require.NoError(t, err)
	require.Equal(t, url.Values{
		"tenant": {"a b"}, "response_type": {"code"}, "client_id": {"app"}, "redirect_uri": {request.RedirectURI}, "state": {"S-0123"},
		"code_challenge": {testChallenge}, "code_challenge_method": {"S256"},
		"audience": {"https://api.example/?a=b&c"}, "organization": {"org_1"}, "invitation": {"inv"}, "prompt": {"login"},
		"login_hint": {"a@b.example"}, "resource": {"https://one.example", "urn:two"},
	}, parsed.Query())

	server.AuthorizationEndpoint = "https://op.example/authorize?"
	text, err = AuthorizationURL(server, request)
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(text, "https://op.example/authorize?response_type=code&"))
}

func TestAuthorizationRequestsRefused(t *testing.T) {
	for _, row := range []struct {
		id     string
		change func(*Server, *AuthorizationRequest)
		want   string
	}{
		{"F-133", func(s *Server, _ *AuthorizationRequest) { s.ChallengeMethods = []string{"plain"} }, "pkce"},
		{"F-133 none", func(s *Server, _ *AuthorizationRequest) { s.ChallengeMethods = []string{} }, "pkce"},
		{"no endpoint", func(s *Server, _ *AuthorizationRequest) { s.AuthorizationEndpoint = "" }, "authorization_endpoint"},
		{"R-09", func(s *Server, _ *AuthorizationRequest) { s.AuthorizationEndpoint += "#" }, "authorization_endpoint"},
		{"R-15", func(s *Server, _ *AuthorizationRequest) { s.AuthorizationEndpoint = "http://op.example" }, "authorization_endpoint"},
		{"R-10 endpoint", func(s *Server, _ *AuthorizationRequest) { s.AuthorizationEndpoint += "?state=x" }, "authorization_endpoint"},
		{"R-10 endpoint and params", func(s *Server, r *AuthorizationRequest) {
			s.AuthorizationEndpoint += "?audience=x"
			r.Params = []Param{{"audience", "y"}}
		}, "authorization_endpoint"},
		{"no client", func(_ *Server, r *AuthorizationRequest) { r.ClientID = "" }, "clientId"},
		{"client with a line break", func(_ *Server, r *AuthorizationRequest) { r.ClientID = "a\n" }, "clientId"},
		{"R-08 fragment", func(_ *Server, r *AuthorizationRequest) { r.RedirectURI += "#x" }, "redirectUri"},
		{"R-08 relative", func(_ *Server, r *AuthorizationRequest) { r.RedirectURI = "/cb" }, "redirectUri"},
		{"R-08 none", func(_ *Server, r *AuthorizationRequest) { r.RedirectURI = "" }, "redirectUri"},
		{"R-08 http", func(_ *Server, r *AuthorizationRequest) { r.RedirectURI = "http://app.example/cb" }, "redirectUri"},
		{"R-08 javascript", func(_ *Server, r *AuthorizationRequest) { r.RedirectURI = "javascript:alert(1)" }, "redirectUri"},
		{"scope", func(_ *Server, r *AuthorizationRequest) { r.Scope = "a\"b" }, "scope"},
		{"no state", func(_ *Server, r *AuthorizationRequest) { r.State = "" }, "state"},
		{"state", func(_ *Server, r *AuthorizationRequest) { r.State = "é" }, "state"},
		{"no challenge", func(_ *Server, r *AuthorizationRequest) { r.CodeChallenge = "" }, "codeChallenge"},
		{"challenge of 42", func(_ *Server, r *AuthorizationRequest) { r.CodeChallenge = testChallenge[1:] }, "codeChallenge"},
		{"params without a name", func(_ *Server, r *AuthorizationRequest) { r.Params = []Param{{"", "x"}} }, "params"},
		{"params twice", func(_ *Server, r *AuthorizationRequest) { r.Params = []Param{{"a", "x"}, {"a", "y"}} }, "params.a"},
		{"R-12 fragment", func(_ *Server, r *AuthorizationRequest) { r.Params = []Param{{"resource", "https://a.example/#b"}} }, "params.resource"},
		{"R-12 relative", func(_ *Server, r *AuthorizationRequest) { r.Params = []Param{{"resource", "/a"}} }, "params.resource"},
		{"R-12 empty", func(_ *Server, r *AuthorizationRequest) { r.Params = []Param{{"resource", ""}} }, "params.resource"},
	} {
		t.Run(row.id, func(t *testing.T) {
			server, request := testServer(), testAuthorizationRequest()
			row.change(server, request)
			text, err := AuthorizationURL(server, request)
			require.Empty(t, text)
			require.Equal(t, "config{"+row.want+"}", outcome(t, err))
		})
	}
}

// nothing the protocol relies on can be switched off or overridden.
func TestParamsDoNotOverride(t *testing.T) {
	for _, name := range []string{"response_type", "response_mode", "client_id", "redirect_uri", "scope", "state", "nonce", "code_challenge",
		"code_challenge_method", "client_secret", "code_verifier", "request", "request_uri", "grant_type", "refresh_token", "code"} {
		t.Run(name, func(t *testing.T) {
			extra := []Param{{name, "x"}}
			request := testAuthorizationRequest()
			request.Params = extra
			_, err := AuthorizationURL(testServer(), request)
			require.Equal(t, "config{params."+name+"}", outcome(t, err))

			transport := &fakeTransport{}
			exchange := testCodeRequest()
			exchange.Params = extra
			_, err = Exchange(transport, testServer(), exchange)
			require.Equal(t, "config{params."+name+"}", outcome(t, err))
			refresh := testRefreshRequest()
			refresh.Params = extra
			_, err = Refresh(transport, testServer(), refresh)
			require.Equal(t, "config{params."+name+"}", outcome(t, err))
			require.Empty(t, transport.requests)
		})
	}
}

func TestSignOutURL(t *testing.T) {
	text, err := SignOutURL(testServer(), &SignOutRequest{
		ClientID: "app", IDTokenHint: NewSecret("a.b.c"), PostLogoutRedirectURI: "https://app.example/bye?a=b", State: "S"})
	require.NoError(t, err)
	require.Equal(t, "https://op.example/logout?id_token_hint=a.b.c&client_id=app&"+
		"post_logout_redirect_uri=https%3A%2F%2Fapp.example%2Fbye%3Fa%3Db&state=S", text)

	_, err = SignOutURL(&Server{}, &SignOutRequest{})
	require.Equal(t, "config{end_session_endpoint}", outcome(t, err))
	for _, to := range []string{"/bye", "http://app.example", "javascript:alert(1)", "https://app.example/#x"} {
		_, err = SignOutURL(testServer(), &SignOutRequest{PostLogoutRedirectURI: to})
		require.Equal(t, "config{postLogoutRedirectUri}", outcome(t, err))
	}
}
