package oauth

import (
	"encoding/base64"
	"testing"

	"github.com/stretchr/testify/require"
)

const (
	clientCredentials = "client_credentials"
	jwtBearer         = "urn:ietf:params:oauth:grant-type:jwt-bearer"
	tokenExchange     = "urn:ietf:params:oauth:grant-type:token-exchange"
)

const bearer = `{"access_token":"AT","token_type":"bearer","expires_in":300}`

// The bytes that are sent.
func TestGrantBytes(t *testing.T) {
	for _, row := range []struct {
		name    string
		request GrantRequest
		body    string
		basic   string
	}{
		{"client_credentials with Basic", GrantRequest{
			GrantType: clientCredentials, ClientID: "my svc", ClientSecret: NewSecret("s:é"), ClientAuth: "basic", Scope: "a b",
		}, "grant_type=client_credentials&scope=a+b", "my+svc:s%3A%C3%A9"},
		{"client_credentials in the form", GrantRequest{
			GrantType: clientCredentials, ClientID: "svc", ClientSecret: NewSecret("s&1"), ClientAuth: "post", Params: []Param{{"audience", "https://api.example"}},
		}, "grant_type=client_credentials&client_id=svc&client_secret=s%261&audience=https%3A%2F%2Fapi.example", ""},
		{"client_credentials with an assertion", GrantRequest{
			GrantType: clientCredentials, ClientID: "svc", ClientAssertion: NewSecret("a.b.c"),
		}, "grant_type=client_credentials&client_id=svc&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer&client_assertion=a.b.c", ""},
		{"jwt-bearer", GrantRequest{GrantType: jwtBearer, Assertion: NewSecret("h.p.s")},
			"grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=h.p.s", ""},
		{"token exchange", GrantRequest{
			GrantType: tokenExchange, ClientID: "svc",
			Params: []Param{{"resource", "https://a.example"}, {"resource", "urn:b"}, {"subject_token", "ST"}, {"subject_token_type", "urn:ietf:params:oauth:token-type:access_token"}},
		}, "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Atoken-exchange&client_id=svc&resource=https%3A%2F%2Fa.example&resource=urn%3Ab" +
			"&subject_token=ST&subject_token_type=urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3Aaccess_token", ""},
		{"any other", GrantRequest{GrantType: "x-custom_1.0", ClientID: "app", Params: []Param{{"device_code", "C"}}}, "grant_type=x-custom_1.0&client_id=app&device_code=C", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			transport := &fakeTransport{answers: []answer{jsonAnswer(200, bearer)}}
			tokens, err := RequestTokens(transport, testServer(), &row.request)
			require.NoError(t, err)
			require.Equal(t, "Bearer", tokens.TokenType)
			require.Len(t, transport.requests, 1)
			sent := transport.requests[0]
			require.Equal(t, "https://op.example/token", sent.URL)
			require.Equal(t, row.body, sent.Body.Reveal())
			headers := formHeaders
			if row.basic != "" {
				headers = append(headers[:2:2], Header{"Authorization", "Basic " + base64.StdEncoding.EncodeToString([]byte(row.basic))})
			}
			require.Equal(t, headers, sent.Headers)
		})
	}
}

func TestGrantsThatAreRefused(t *testing.T) {
	secret := NewSecret("a secret")
	params := func(name string) GrantRequest {
		return GrantRequest{GrantType: clientCredentials, Params: []Param{{name, "x"}}}
	}
	for _, row := range []struct {
		name, option string
		request      GrantRequest
	}{
		{"no grant", "grantType", GrantRequest{}},
		{"not a grant type", "grantType", GrantRequest{GrantType: "client credentials"}},
		{"a relative URI", "grantType", GrantRequest{GrantType: ":x"}},
		{"a URI with a space", "grantType", GrantRequest{GrantType: "urn:x y"}},
		{"a code", "grantType", GrantRequest{GrantType: "authorization_code", ClientID: "app"}},
		{"a refresh token", "grantType", GrantRequest{GrantType: "refresh_token", ClientID: "app"}},
		{"a password", "grantType", GrantRequest{GrantType: "password", ClientID: "app"}},
		{"a secret of nobody", "clientId", GrantRequest{GrantType: clientCredentials, ClientSecret: secret}},
		{"a client ID with a line break", "clientId", GrantRequest{GrantType: clientCredentials, ClientID: "a\nb"}},
		{"two ways to authenticate", "clientAssertion", GrantRequest{GrantType: clientCredentials, ClientID: "svc", ClientSecret: secret, ClientAssertion: secret}},
		{"Basic without a secret", "clientSecret", GrantRequest{GrantType: clientCredentials, ClientID: "svc", ClientAuth: "basic"}},
		{"a scope with quotes", "scope", GrantRequest{GrantType: clientCredentials, Scope: `"a"`}},
		{"a resource with a fragment", "params.resource", GrantRequest{GrantType: clientCredentials, Params: []Param{{"resource", "https://a.example/#b"}}}},
		{"a parameter without a name", "params", params("")},
		{"the grant twice", "params.grant_type", params("grant_type")},
		{"the client twice", "params.client_id", params("client_id")},
		{"the secret twice", "params.client_secret", params("client_secret")},
		{"the assertion twice", "params.assertion", params("assertion")},
		{"the client's assertion twice", "params.client_assertion", params("client_assertion")},
		{"its type twice", "params.client_assertion_type", params("client_assertion_type")},
		{"the scope twice", "params.scope", params("scope")},
		{"a parameter twice", "params.audience", GrantRequest{GrantType: clientCredentials, Params: []Param{{"audience", "a"}, {"audience", "b"}}}},
	} {
		t.Run(row.name, func(t *testing.T) {
			transport := &fakeTransport{}
			_, err := RequestTokens(transport, testServer(), &row.request)
			e := failure(t, err)
			require.Equal(t, CodeConfig, e.Code)
			require.Equal(t, row.option, e.Reason)
			require.Empty(t, transport.requests)
		})
	}
}

// RFC 8693 section 2.2.1: what is issued may be something else than an access token.
func TestTokenExchangeAnswers(t *testing.T) {
	const notAccessToken = `{"access_token":"<saml/>","issued_token_type":"urn:ietf:params:oauth:token-type:saml2","token_type":"n_a"}`
	exchange := &GrantRequest{GrantType: tokenExchange, Params: []Param{{"subject_token", "ST-0123456789abcdef"}}}
	tokens, err := RequestTokens(&fakeTransport{answers: []answer{jsonAnswer(200, notAccessToken)}}, testServer(), exchange)
	require.NoError(t, err)
	require.Equal(t, "N_A", tokens.TokenType)
	require.Equal(t, "urn:ietf:params:oauth:token-type:saml2", tokens.IssuedTokenType)

	_, err = RequestTokens(&fakeTransport{answers: []answer{jsonAnswer(200, notAccessToken)}}, testServer(), &GrantRequest{GrantType: clientCredentials})
	require.Equal(t, "response{token_type}", outcome(t, err))

	echo := jsonAnswer(400, `{"error":"invalid_request","error_description":"no such token: ST-0123456789abcdef"}`)
	_, err = RequestTokens(&fakeTransport{answers: []answer{echo}}, testServer(), exchange)
	require.Equal(t, "oauth{invalid_request}", outcome(t, err))
	require.Empty(t, failure(t, err).Description, "the subject token is echoed")
}

func TestServiceGrants(t *testing.T) {
	const saml = "urn:ietf:params:oauth:grant-type:saml2-bearer"
	for _, request := range []GrantRequest{
		{GrantType: clientCredentials}, {GrantType: jwtBearer}, {GrantType: saml}, {GrantType: tokenExchange},
		{GrantType: "x", Assertion: NewSecret("a")}, {GrantType: "x", ClientAssertion: NewSecret("a")},
	} {
		require.True(t, request.ForService(), request.GrantType)
	}
	for _, grant := range []string{"urn:ietf:params:oauth:grant-type:device_code", "x"} {
		require.False(t, (&GrantRequest{GrantType: grant}).ForService(), grant)
	}
}
