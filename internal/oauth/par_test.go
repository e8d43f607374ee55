package oauth

import (
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func pushRequest() (*Server, *AuthorizationRequest) {
	server := testServer()
	server.PushedAuthorizationRequestEndpoint = "https://op.example/par"
	return server, &AuthorizationRequest{
		ClientID: "app", RedirectURI: "https://app.example/cb", Scope: "openid", State: "the-state-0123456789", Nonce: "the-nonce-0123456789",
		CodeChallenge: testChallenge, ResponseMode: "fragment", KeyThumbprint: "jkt", Params: []Param{{"resource", "https://api.example"}, {"resource", "urn:b"}},
	}
}

func TestPush(t *testing.T) {
	server, request := pushRequest()
	transport := &fakeTransport{answers: []answer{jsonAnswer(201, `{"request_uri":"urn:ietf:params:oauth:request_uri:abc","expires_in":60}`)}}
	got, err := Push(transport, server, request)
	require.NoError(t, err)
	require.Equal(t, "https://op.example/authorize?client_id=app&request_uri=urn%3Aietf%3Aparams%3Aoauth%3Arequest_uri%3Aabc&response_type=code&scope=openid", got)

	require.Equal(t, []string{"https://op.example/par"}, transport.urls())
	sent, err := url.ParseQuery(transport.requests[0].Body.Reveal())
	require.NoError(t, err)
	require.Equal(t, url.Values{
		"response_type": {"code"}, "client_id": {"app"}, "redirect_uri": {"https://app.example/cb"}, "response_mode": {"fragment"}, "scope": {"openid"},
		"state": {"the-state-0123456789"}, "nonce": {"the-nonce-0123456789"}, "code_challenge": {testChallenge}, "code_challenge_method": {"S256"},
		"dpop_jkt": {"jkt"}, "resource": {"https://api.example", "urn:b"},
	}, sent)
}

// Without OpenID Connect nothing but the reference is in the front channel (RFC 9126 section 4).
func TestPushedURLOfPlainOAuthHasTwoParameters(t *testing.T) {
	server, request := pushRequest()
	request.Scope, request.Nonce = "api", ""
	transport := &fakeTransport{answers: []answer{jsonAnswer(200, `{"request_uri":"urn:x:1","expires_in":1}`)}}
	got, err := Push(transport, server, request)
	require.NoError(t, err)
	require.Equal(t, "https://op.example/authorize?client_id=app&request_uri=urn%3Ax%3A1", got)
}

func TestPushFailures(t *testing.T) {
	for name, c := range map[string]struct {
		answer answer
		want   string
	}{
		"refused":            {jsonAnswer(400, `{"error":"invalid_request","error_description":"state the-state-0123456789"}`), "oauth{invalid_request}"},
		"page":               {answer{status: 404, body: "<html>"}, "http"},
		"rate limited":       {jsonAnswer(429, `{}`), "rate_limited"},
		"redirect":           {answer{status: 302}, "redirect"},
		"no network":         {answer{err: &Error{Code: CodeNetwork, Message: "no"}}, "network"},
		"not JSON":           {jsonAnswer(201, `ok`), "response{not_json}"},
		"no request_uri":     {jsonAnswer(201, `{"expires_in":60}`), "response{request_uri}"},
		"number":             {jsonAnswer(201, `{"request_uri":7,"expires_in":60}`), "response{request_uri}"},
		"relative":           {jsonAnswer(201, `{"request_uri":"abc","expires_in":60}`), "response{request_uri}"},
		"with a space":       {jsonAnswer(201, `{"request_uri":"urn:a b","expires_in":60}`), "response{request_uri}"},
		"too long":           {jsonAnswer(201, `{"request_uri":"urn:`+repeat("a", maxRequestURI)+`","expires_in":60}`), "response{request_uri}"},
		"twice":              {jsonAnswer(201, `{"request_uri":"urn:a","request_uri":"urn:b","expires_in":60}`), "response{duplicate}"},
		"expired":            {jsonAnswer(201, `{"request_uri":"urn:a","expires_in":0}`), "response{expires_in}"},
		"expires_in is text": {jsonAnswer(201, `{"request_uri":"urn:a","expires_in":"60"}`), "response{expires_in}"},
	} {
		t.Run(name, func(t *testing.T) {
			server, request := pushRequest()
			transport := &fakeTransport{answers: []answer{c.answer}}
			_, err := Push(transport, server, request)
			assert.Equal(t, c.want, outcome(t, err))
			assert.NotContains(t, failure(t, err).Description, "the-state")
			assert.Len(t, transport.requests, 1)
		})
	}
}

func TestPushNeedsAnEndpoint(t *testing.T) {
	_, request := pushRequest()
	transport := &fakeTransport{}
	_, err := Push(transport, testServer(), request)
	require.Equal(t, "config{pushed_authorization_request_endpoint}", outcome(t, err))
	request.State = ""
	server, _ := pushRequest()
	_, err = Push(transport, server, request)
	require.Equal(t, "config{state}", outcome(t, err))
	require.Empty(t, transport.requests)
}

func TestResponseMode(t *testing.T) {
	_, request := pushRequest()
	for mode, want := range map[string]string{"": "", "query": "", "fragment": "fragment"} {
		request.ResponseMode = mode
		address, err := AuthorizationURL(testServer(), request)
		require.NoError(t, err)
		parsed, err := url.Parse(address)
		require.NoError(t, err)
		require.Equal(t, want, parsed.Query().Get("response_mode"), mode)
	}
	for _, mode := range []string{"form_post", "jwt", "query.jwt", "web_message", "Query"} {
		request.ResponseMode = mode
		_, err := AuthorizationURL(testServer(), request)
		require.Equal(t, "config{responseMode}", outcome(t, err), mode)
	}
}

func TestAuthorizationDetails(t *testing.T) {
	for text, good := range map[string]bool{
		`[{"type":"payment","amount":"1"}]`: true,
		` [ {"type":"a"} , {"type":"b"} ] `: true,
		`[]`:                                false,
		`{"type":"a"}`:                      false,
		`[{"type":""}]`:                     false,
		`[{"type":7}]`:                      false,
		`["payment"]`:                       false,
		`[{"type":"a"}],"x":[]`:             false,
		`[{"type":"a","type":"b"}]`:         false,
		`[{"type":"a"}`:                     false,
		``:                                  false,
	} {
		err := checkParams([]Param{{"authorization_details", text}})
		if good {
			assert.NoError(t, err, text)
		} else {
			assert.Equal(t, "config{params.authorization_details}", outcome(t, err), text)
		}
	}
	tokens, err := ParseTokens([]byte(`{"access_token":"AT","token_type":"Bearer","authorization_details":[{"type":"payment"}]}`))
	require.NoError(t, err)
	require.Equal(t, `[{"type":"payment"}]`, tokens.AuthorizationDetails)
}
