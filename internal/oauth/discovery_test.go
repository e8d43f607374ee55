package oauth

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
)

func metadataFor(issuer string) string {
	return `{"issuer":"` + issuer + `","authorization_endpoint":"` + issuer + `/authorize","token_endpoint":"https://tokens.example/token",` +
		`"revocation_endpoint":"https://op.example/revoke","userinfo_endpoint":null,"end_session_endpoint":"https://op.example/logout",` +
		`"jwks_uri":"https://op.example/jwks","pushed_authorization_request_endpoint":"https://op.example/par",` +
		`"authorization_response_iss_parameter_supported":true,"code_challenge_methods_supported":["plain","S256"],"x":{"y":[1]}}`
}

func TestDiscover(t *testing.T) {
	body := " " + metadataFor("https://op.example") + "\n"
	transport := &fakeTransport{answers: []answer{jsonAnswer(200, body)}}
	server, err := Discover(transport, "https://op.example", Policy{})
	require.NoError(t, err)
	require.Equal(t, &Server{
		Issuer:                             "https://op.example",
		AuthorizationEndpoint:              "https://op.example/authorize",
		TokenEndpoint:                      "https://tokens.example/token",
		RevocationEndpoint:                 "https://op.example/revoke",
		EndSessionEndpoint:                 "https://op.example/logout",
		JWKSURI:                            "https://op.example/jwks",
		PushedAuthorizationRequestEndpoint: "https://op.example/par",
		IssParameterSupported:              true,
		ChallengeMethods:                   []string{"plain", "S256"},
		Raw:                                metadataFor("https://op.example"),
	}, server)
	require.Equal(t, []*Request{{
		Method: "GET", URL: "https://op.example/.well-known/openid-configuration", Headers: []Header{{"Accept", "application/json"}},
	}}, transport.requests)
}

//
func TestDiscoveryURLs(t *testing.T) {
	for issuer, want := range map[string][]string{
		"https://op.example":         {"https://op.example/.well-known/openid-configuration", "https://op.example/.well-known/oauth-authorization-server"},
		"https://op.example/":        {"https://op.example/.well-known/openid-configuration", "https://op.example/.well-known/oauth-authorization-server"},
		"https://op.example:8443/a":  {"https://op.example:8443/a/.well-known/openid-configuration", "https://op.example:8443/.well-known/oauth-authorization-server/a"},
		"https://op.example/realm/x": {"https://op.example/realm/x/.well-known/openid-configuration", "https://op.example/.well-known/oauth-authorization-server/realm/x"},
		"https://op.example/a/":      {"https://op.example/a/.well-known/openid-configuration", "https://op.example/.well-known/oauth-authorization-server/a"},
	} {
		t.Run(issuer, func(t *testing.T) {
			transport := &fakeTransport{answers: []answer{jsonAnswer(404, "not found"), jsonAnswer(200, metadataFor(issuer))}}
			server, err := Discover(transport, issuer, Policy{})
			require.NoError(t, err)
			require.Equal(t, issuer, server.Issuer)
			require.Equal(t, want, transport.urls())
		})
	}
}

// faults.md N: F-130 to F-132, and.
func TestDiscoveryFaults(t *testing.T) {
	const issuer = "https://op.example"
	good := jsonAnswer(200, metadataFor(issuer))
	missing := answer{status: 404, body: "not found"}
	timeout := answer{err: &Error{Code: CodeTimeout, Message: "too slow", Retryable: true}}
	network := answer{err: &Error{Code: CodeNetwork, Message: "no answer", Retryable: true}}
	offline := answer{err: &Error{Code: CodeNetwork, Reason: "offline", Message: "no network", Retryable: true}}
	aborted := answer{err: &Error{Code: CodeAborted, Message: "stopped"}}
	custom := func(members string) answer { return jsonAnswer(200, `{"issuer":"`+issuer+`",`+members+`}`) }
	for _, row := range []struct {
		id       string
		answers  []answer
		want     string
		requests int
		retry    bool
	}{
		{"F-130 404", []answer{missing, missing}, "discovery{http}", 2, false},
		{"F-130 500", []answer{{status: 500}, {status: 500}}, "discovery{http}", 2, true},
		{"F-130 HTML", []answer{jsonAnswer(200, "<html>"), jsonAnswer(200, "<html>")}, "discovery{not_json}", 2, true},
		{"F-130 HTML, then found", []answer{jsonAnswer(200, "<html>"), good}, "", 2, false},
		{"F-130 hang", []answer{timeout}, "discovery{timeout}", 1, true},
		{"F-130 hang later", []answer{missing, timeout}, "discovery{http}", 2, false},
		{"F-130 1 GiB", []answer{{err: &Error{Code: CodeTooLarge, Message: "too large"}}, missing}, "discovery{too_large}", 2, false},
		{"F-130 larger than 1 MiB", []answer{jsonAnswer(200, repeat(" ", 1<<20)+"{}"), missing}, "discovery{too_large}", 2, true},
		{"no answer", []answer{network, network}, "discovery{network}", 2, true},
		{"no answer, as for a 404 without CORS", []answer{network, good}, "", 2, false},
		{"offline", []answer{offline}, "discovery{offline}", 1, true},
		{"aborted", []answer{aborted}, "aborted", 1, false},
		{"aborted later", []answer{missing, aborted}, "aborted", 2, false},
		{"an error of nobody", []answer{{err: errors.New("secret text")}, missing}, "discovery{network}", 2, true},
		{"redirect", []answer{{status: 302}, {status: 301}}, "discovery{redirect}", 2, true},
		{"429", []answer{{status: 429}, missing}, "discovery{rate_limited}", 2, true},
		{"201", []answer{jsonAnswer(201, metadataFor(issuer)), missing}, "discovery{http}", 2, true},
		{"F-131 slash", []answer{jsonAnswer(200, metadataFor(issuer+"/"))}, "issuer", 1, false},
		{"F-131 case", []answer{jsonAnswer(200, metadataFor("https://OP.example"))}, "issuer", 1, false},
		{"F-131 port", []answer{jsonAnswer(200, metadataFor(issuer+":443"))}, "issuer", 1, false},
		{"F-131 another", []answer{missing, jsonAnswer(200, metadataFor("https://evil.example"))}, "issuer", 2, false},
		{"F-132 no issuer", []answer{jsonAnswer(200, `{"token_endpoint":"https://op.example/t"}`), missing}, "discovery{issuer}", 2, false},
		{"F-132 no token_endpoint", []answer{missing, custom(`"x":1`)}, "discovery{token_endpoint}", 2, false},
		{"F-132 http", []answer{custom(`"token_endpoint":"http://op.example/t"`), missing}, "discovery{token_endpoint}", 2, false},
		{"F-132 relative", []answer{custom(`"token_endpoint":"/token"`), missing}, "discovery{token_endpoint}", 2, false},
		{"F-132 number", []answer{custom(`"token_endpoint":1`), missing}, "discovery{token_endpoint}", 2, false},
		{"F-132 empty", []answer{custom(`"token_endpoint":""`), missing}, "discovery{token_endpoint}", 2, false},
		{"F-132 twice", []answer{custom(`"token_endpoint":"https://op.example/t","token_endpoint":"https://evil.example/t"`), missing}, "discovery{duplicate}", 2, true},
		{"R-09 fragment", []answer{custom(`"token_endpoint":"https://op.example/t","authorization_endpoint":"https://op.example/a#b"`), missing},
			"discovery{authorization_endpoint}", 2, false},
		{"R-67 javascript", []answer{custom(`"token_endpoint":"https://op.example/t","end_session_endpoint":"javascript:alert(1)"`), missing},
			"discovery{end_session_endpoint}", 2, false},
		{"R-67 http", []answer{custom(`"token_endpoint":"https://op.example/t","jwks_uri":"http://op.example/jwks"`), missing}, "discovery{jwks_uri}", 2, false},
		{"flag", []answer{custom(`"token_endpoint":"https://op.example/t","authorization_response_iss_parameter_supported":"true"`), missing},
			"discovery{authorization_response_iss_parameter_supported}", 2, false},
		{"methods", []answer{custom(`"token_endpoint":"https://op.example/t","code_challenge_methods_supported":["S256",1]`), missing},
			"discovery{code_challenge_methods_supported}", 2, false},
	} {
		t.Run(row.id, func(t *testing.T) {
			transport := &fakeTransport{answers: row.answers}
			server, err := Discover(transport, issuer, Policy{})
			require.Equal(t, row.want, outcome(t, err))
			require.Equal(t, row.want == "", server != nil)
			require.Len(t, transport.requests, row.requests)
			if err != nil {
				require.Equal(t, row.retry, failure(t, err).Retryable)
				require.NotContains(t, err.Error(), "secret text")
			}
		})
	}
}

func TestDiscoverAsksNobodyForABadIssuer(t *testing.T) {
	for _, issuer := range []string{"", "op.example", "http://op.example", "http://localhost:1", "https://op.example?x", "https://op.example/#a",
		"https://u@op.example", "javascript:alert(1)"} {
		transport := &fakeTransport{}
		_, err := Discover(transport, issuer, Policy{})
		require.Equal(t, "config{issuer}", outcome(t, err), issuer)
		require.Empty(t, transport.requests)
	}
	transport := &fakeTransport{answers: []answer{jsonAnswer(200, `{"issuer":"http://localhost:1","token_endpoint":"http://localhost:1/t"}`)}}
	_, err := Discover(transport, "http://localhost:1", Policy{AllowLoopbackHTTP: true})
	require.NoError(t, err)
}

func TestParseServer(t *testing.T) {
	server, err := ParseServer([]byte(metadataFor("https://op.example")), Policy{})
	require.NoError(t, err)
	require.Equal(t, "https://tokens.example/token", server.TokenEndpoint)
	for want, text := range map[string]string{
		"config{syntax}":                 `{"issuer":}`,
		"config{not_object}":             `[]`,
		"config{issuer}":                 `{"token_endpoint":"https://op.example/t"}`,
		"config{token_endpoint}":         `{"issuer":"https://op.example"}`,
		"config{revocation_endpoint}":    `{"issuer":"https://op.example","token_endpoint":"https://op.example/t","revocation_endpoint":"http://op.example"}`,
		"config{authorization_endpoint}": `{"issuer":"https://op.example","token_endpoint":"https://op.example/t","authorization_endpoint":"https://op.example/#"}`,
	} {
		_, err := ParseServer([]byte(text), Policy{})
		require.Equal(t, want, outcome(t, err))
		require.False(t, failure(t, err).Retryable)
	}
}

func TestWithOverrides(t *testing.T) {
	base := testServer()
	base.Raw = "{}"
	server, err := base.With([]byte(`{"token_endpoint":"https://proxy.example/token","issuer":"https://op.example"}`), Policy{})
	require.NoError(t, err)
	want := *testServer()
	want.TokenEndpoint, want.Raw = "https://proxy.example/token", "{}"
	require.Equal(t, &want, server)
	require.Equal(t, "https://op.example/token", base.TokenEndpoint)
	_, err = base.With([]byte(`{"issuer":"https://evil.example"}`), Policy{})
	require.Equal(t, "config{issuer}", outcome(t, err))
}
