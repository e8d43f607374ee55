package oauth

import (
	"encoding/base64"
	"errors"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

var formHeaders = []Header{
	{"Content-Type", "application/x-www-form-urlencoded;charset=UTF-8"},
	{"Accept", "application/json"},
}

// the bytes that are sent.
func TestRequestBytes(t *testing.T) {
	exchange := func(change func(*CodeRequest)) func(Transport) error {
		return func(transport Transport) error {
			r := testCodeRequest()
			change(r)
			_, err := Exchange(transport, testServer(), r)
			return err
		}
	}
	refresh := func(change func(*RefreshRequest)) func(Transport) error {
		return func(transport Transport) error {
			r := testRefreshRequest()
			change(r)
			_, err := Refresh(transport, testServer(), r)
			return err
		}
	}
	const oldToken = "RT-old-0123456789abcdef"
	for _, row := range []struct {
		name      string
		send      func(Transport) error
		url, body string
		basic     string
	}{
		{"exchange", exchange(func(*CodeRequest) {}), "https://op.example/token",
			"grant_type=authorization_code&code=the-code&redirect_uri=https%3A%2F%2Fapp.example%2Fcb&code_verifier=" + testVerifier + "&client_id=app", ""},
		{"exchange of odd values", exchange(func(r *CodeRequest) {
			r.Code, r.ClientID = NewSecret("a+b %&é="), "app one"
			r.Params = []Param{{"resource", "https://a.example"}, {"resource", "https://b.example"}, {"audience", "x y"}}
		}), "https://op.example/token", "grant_type=authorization_code&code=a%2Bb+%25%26%C3%A9%3D&redirect_uri=https%3A%2F%2Fapp.example%2Fcb&code_verifier=" +
			testVerifier + "&client_id=app+one&resource=https%3A%2F%2Fa.example&resource=https%3A%2F%2Fb.example&audience=x+y", ""},
		{"exchange with a secret", exchange(func(r *CodeRequest) { r.ClientSecret = NewSecret("s&1") }), "https://op.example/token",
			"grant_type=authorization_code&code=the-code&redirect_uri=https%3A%2F%2Fapp.example%2Fcb&code_verifier=" + testVerifier +
				"&client_id=app&client_secret=s%261", ""},
		{"refresh", refresh(func(*RefreshRequest) {}), "https://op.example/token",
			"grant_type=refresh_token&refresh_token=" + oldToken + "&client_id=app", ""},
		{"refresh of less", refresh(func(r *RefreshRequest) {
			r.Scope, r.ClientAuth = "openid email", "post"
			r.ClientSecret = NewSecret("s")
			r.Params = []Param{{"audience", "a"}}
		}), "https://op.example/token",
			"grant_type=refresh_token&refresh_token=" + oldToken + "&scope=openid+email&client_id=app&client_secret=s&audience=a", ""},
		{"refresh with Basic", refresh(func(r *RefreshRequest) {
			r.ClientID, r.ClientSecret, r.ClientAuth = "my app", NewSecret("s:é"), "basic"
		}), "https://op.example/token", "grant_type=refresh_token&refresh_token=" + oldToken, "my+app:s%3A%C3%A9"},
		{"revocation", func(transport Transport) error {
			return Revoke(transport, testServer(), &RevocationRequest{ClientID: "app", Token: NewSecret("RT+1"), TokenTypeHint: "refresh_token"})
		}, "https://op.example/revoke", "token=RT%2B1&token_type_hint=refresh_token&client_id=app", ""},
		{"revocation without hint", func(transport Transport) error {
			return Revoke(transport, testServer(), &RevocationRequest{ClientID: "app", Token: NewSecret("T")})
		}, "https://op.example/revoke", "token=T&client_id=app", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			transport := &fakeTransport{answers: []answer{jsonAnswer(200, goodTokens)}}
			require.NoError(t, row.send(transport))
			require.Len(t, transport.requests, 1)
			sent := transport.requests[0]
			require.Equal(t, "POST", sent.Method)
			require.Equal(t, row.url, sent.URL)
			require.Equal(t, row.body, sent.Body.Reveal())
			headers := formHeaders
			if row.basic != "" {
				headers = append(headers[:2:2], Header{"Authorization", "Basic " + base64.StdEncoding.EncodeToString([]byte(row.basic))})
			}
			require.Equal(t, headers, sent.Headers)
		})
	}
}

// Bad input: an error that names the option, and nothing sent.
func TestRequestsRefused(t *testing.T) {
	exchange := func(change func(*Server, *CodeRequest)) func(Transport) error {
		return func(transport Transport) error {
			s, r := testServer(), testCodeRequest()
			change(s, r)
			_, err := Exchange(transport, s, r)
			return err
		}
	}
	refresh := func(change func(*Server, *RefreshRequest)) func(Transport) error {
		return func(transport Transport) error {
			s, r := testServer(), testRefreshRequest()
			change(s, r)
			_, err := Refresh(transport, s, r)
			return err
		}
	}
	revoke := func(s *Server, r RevocationRequest) func(Transport) error {
		return func(transport Transport) error { return Revoke(transport, s, &r) }
	}
	for _, row := range []struct {
		name string
		send func(Transport) error
		want string
	}{
		{"no code", exchange(func(_ *Server, r *CodeRequest) { r.Code = Secret{} }), "code"},
		{"no verifier", exchange(func(_ *Server, r *CodeRequest) { r.CodeVerifier = Secret{} }), "codeVerifier"},
		{"verifier of 42", exchange(func(_ *Server, r *CodeRequest) { r.CodeVerifier = NewSecret(repeat("a", 42)) }), "codeVerifier"},
		{"verifier of 129", exchange(func(_ *Server, r *CodeRequest) { r.CodeVerifier = NewSecret(repeat("a", 129)) }), "codeVerifier"},
		{"no redirect URI", exchange(func(_ *Server, r *CodeRequest) { r.RedirectURI = "" }), "redirectUri"},
		{"no client", exchange(func(_ *Server, r *CodeRequest) { r.ClientID = "" }), "clientId"},
		{"no endpoint", exchange(func(s *Server, _ *CodeRequest) { s.TokenEndpoint = "" }), "token_endpoint"},
		{"unknown auth", exchange(func(_ *Server, r *CodeRequest) { r.ClientAuth = "private_key_jwt" }), "clientAuth"},
		{"auth without secret", exchange(func(_ *Server, r *CodeRequest) { r.ClientAuth = "basic" }), "clientSecret"},
		{"secret without auth", exchange(func(_ *Server, r *CodeRequest) { r.ClientAuth, r.ClientSecret = "none", NewSecret("s") }), "clientAuth"},
		{"no refresh token", refresh(func(_ *Server, r *RefreshRequest) { r.RefreshToken = Secret{} }), "refreshToken"},
		{"scope", refresh(func(_ *Server, r *RefreshRequest) { r.Scope = "a\\b" }), "scope"},
		{"no client to refresh", refresh(func(_ *Server, r *RefreshRequest) { r.ClientID = "" }), "clientId"},
		{"no token", revoke(testServer(), RevocationRequest{ClientID: "app"}), "token"},
		{"no client to revoke", revoke(testServer(), RevocationRequest{Token: NewSecret("x")}), "clientId"},
		{"no revocation endpoint", revoke(&Server{}, RevocationRequest{ClientID: "app", Token: NewSecret("x")}), "revocation_endpoint"},
	} {
		t.Run(row.name, func(t *testing.T) {
			transport := &fakeTransport{}
			require.Equal(t, "config{"+row.want+"}", outcome(t, row.send(transport)))
			require.Empty(t, transport.requests)
		})
	}
}

// faults.md A: what an answer without success means. In a refresh; an exchange is never retryable.
func TestAnswers(t *testing.T) {
	retryAfter := func(value string) http.Header { return http.Header{"Retry-After": {value}} }
	for _, row := range []struct {
		id     string
		answer answer
		want   string
		retry  bool
		after  int64
	}{
		{"F-03 201", jsonAnswer(201, goodTokens), "http", true, 0},
		{"F-03 202", jsonAnswer(202, goodTokens), "http", true, 0},
		{"F-03 203", jsonAnswer(203, goodTokens), "http", true, 0},
		{"F-03 with an error", jsonAnswer(201, `{"error":"invalid_grant"}`), "http", true, 0},
		{"204", answer{status: 204}, "http", true, 0},
		{"F-05", jsonAnswer(200, ""), "response{empty}", true, 0},
		{"F-06", jsonAnswer(200, "{}"), "response{access_token}", true, 0},
		{"F-07", jsonAnswer(400, `{"error":"invalid_request"}`), "oauth{invalid_request}", false, 0},
		{"F-08", jsonAnswer(401, `{"error":"invalid_client"}`), "oauth{invalid_client}", false, 0},
		{"F-10", jsonAnswer(400, `{"error":"invalid_scope"}`), "oauth{invalid_scope}", false, 0},
		{"F-11", jsonAnswer(400, `{"error":"invalid_grant"}`), "oauth{invalid_grant}", false, 0},
		{"F-11 as text", answer{status: 400, body: `{"error":"invalid_grant"}`}, "oauth{invalid_grant}", false, 0},
		{"F-12", answer{status: 400, body: "<html>"}, "http", true, 0},
		{"F-13", jsonAnswer(400, `{"message":"no"}`), "http", true, 0},
		{"F-14 array", jsonAnswer(400, `{"error":["invalid_grant"]}`), "http", true, 0},
		{"F-14 object", jsonAnswer(400, `{"error":{"code":"invalid_grant"}}`), "http", true, 0},
		{"F-14 empty", jsonAnswer(400, `{"error":""}`), "http", true, 0},
		{"F-14 null", jsonAnswer(400, `{"error":null}`), "http", true, 0},
		{"F-14 case", jsonAnswer(400, `{"Error":"invalid_grant"}`), "http", true, 0},
		{"F-14 twice", jsonAnswer(400, `{"error":"invalid_grant","error":"invalid_grant"}`), "http", true, 0},
		{"F-14 grammar", jsonAnswer(400, `{"error":"a\"b"}`), "http", true, 0},
		{"F-14 65", jsonAnswer(400, `{"error":"`+repeat("a", 65)+`"}`), "http", true, 0},
		{"F-14 echo", jsonAnswer(400, `{"error":"RT-old-0123456789abcdef"}`), "http", true, 0},
		{"F-16", jsonAnswer(400, `{"error":"interaction_required"}`), "oauth{interaction_required}", false, 0},
		{"F-19 404", answer{status: 404}, "http", false, 0},
		{"F-19 405", answer{status: 405}, "http", false, 0},
		{"F-19 410", answer{status: 410}, "http", false, 0},
		{"F-20", jsonAnswer(200, `{"error":"invalid_grant"}`), "oauth{invalid_grant}", false, 0},
		{"F-21", jsonAnswer(200, `{"access_token":"AT","token_type":"Bearer","error":"x"}`), "response{conflict}", true, 0},
		{"F-22 408", answer{status: 408}, "http", true, 0},
		{"F-22 425", answer{status: 425}, "http", true, 0},
		{"F-23", answer{status: 429, header: retryAfter("7")}, "rate_limited", true, 7},
		{"F-24 date", answer{status: 429, header: retryAfter("Sat, 21 Nov 2026 12:00:30 GMT")}, "rate_limited", true, 30},
		{"F-24 date by the server's clock", answer{status: 429, header: http.Header{
			"Retry-After": {"Sat, 21 Nov 2026 08:00:30 GMT"}, "Date": {"Sat, 21 Nov 2026 08:00:10 GMT"}}}, "rate_limited", true, 20},
		{"F-24 garbage", answer{status: 429, header: retryAfter("soon")}, "rate_limited", true, 0},
		{"429 with an error", jsonAnswer(429, `{"error":"invalid_grant"}`), "rate_limited", true, 0},
		{"F-27 502", answer{status: 502, body: "<html>"}, "http", true, 0},
		{"F-27 504", answer{status: 504}, "http", true, 0},
		{"F-28", answer{status: 503, header: retryAfter("1000")}, "http", true, 900},
		{"503 with an error", answer{status: 503, header: retryAfter("5"), body: `{"error":"temporarily_unavailable"}`}, "oauth{temporarily_unavailable}", true, 5},
		{"F-29", answer{status: 500}, "http", true, 0},
		{"500 server_error", jsonAnswer(500, `{"error":"server_error"}`), "oauth{server_error}", true, 0},
		{"F-30 opaque", answer{status: 0}, "redirect", true, 0},
		{"F-30 307 in Node", answer{status: 307, header: http.Header{"Location": {"https://evil.example"}}}, "redirect", true, 0},
		{"F-31 301", answer{status: 301}, "redirect", true, 0},
		{"F-33 302", answer{status: 302, body: "<html>"}, "redirect", true, 0},
		{"F-35 418", answer{status: 418}, "http", true, 0},
		{"F-35 451", answer{status: 451}, "http", true, 0},
		{"F-35 520", answer{status: 520}, "http", true, 0},
		{"F-79 DPoP not asked for", jsonAnswer(200, `{"access_token":"AT","token_type":"DPoP"}`), "response{token_type}", true, 0},
		{"F-T2", answer{err: &Error{Code: CodeNetwork, Reason: "offline", Message: "m", Retryable: true}}, "network{offline}", true, 0},
		{"F-T8", answer{err: &Error{Code: CodeNetwork, Message: "m", Retryable: true}}, "network", true, 0},
		{"F-T9", answer{err: &Error{Code: CodeTimeout, Message: "m", Retryable: true}}, "timeout", true, 0},
		{"F-T13", answer{err: &Error{Code: CodeAborted, Message: "m"}}, "aborted", false, 0},
		{"F-64", answer{err: &Error{Code: CodeTooLarge, Message: "m", Retryable: true}}, "too_large", true, 0},
		{"an error of nobody", answer{err: errors.New("RT-old-0123456789abcdef")}, "network", true, 0},
	} {
		t.Run(row.id, func(t *testing.T) {
			transport := &fakeTransport{answers: []answer{row.answer}}
			tokens, err := Refresh(transport, testServer(), testRefreshRequest())
			require.Nil(t, tokens)
			require.Equal(t, row.want, outcome(t, err))
			e := failure(t, err)
			require.Equal(t, row.retry, e.Retryable)
			require.Equal(t, row.after, e.RetryAfter)
			require.Equal(t, row.answer.status, e.Status)
			require.NotContains(t, err.Error(), "html")
			require.NotContains(t, err.Error(), "RT-old")
			require.Len(t, transport.requests, 1)

			transport = &fakeTransport{answers: []answer{row.answer}}
			_, err = Exchange(transport, testServer(), testCodeRequest())
			e = failure(t, err)
			require.Equal(t, e.Reason == "offline", e.Retryable)
			require.Len(t, transport.requests, 1)
		})
	}
}

// F-01, F-02, F-36, F-75 and F-102.
func TestAnswersTaken(t *testing.T) {
	for name, row := range map[string]struct {
		contentType []string
		odd         bool
	}{
		"F-01":                 {[]string{"application/json"}, false},
		"F-02 charset":         {[]string{"application/json; charset=UTF-8"}, false},
		"F-02 upper case":      {[]string{"APPLICATION/JSON"}, false},
		"F-02 no header":       {nil, true},
		"F-02 text":            {[]string{"text/plain"}, true},
		"F-02 two media types": {[]string{"application/json, text/html"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			header := http.Header{"Content-Type": row.contentType, "Set-Cookie": {"a=b"}, "Refresh": {"0"}}
			transport := &fakeTransport{answers: []answer{{status: 200, header: header, body: goodTokens}}}
			tokens, err := Refresh(transport, testServer(), testRefreshRequest())
			require.NoError(t, err)
			require.Equal(t, "AT", tokens.AccessToken.Reveal())
			require.Equal(t, "RT-new", tokens.RefreshToken.Reveal())
			require.Equal(t, row.odd, len(tokens.Diagnostics) == 1)
		})
	}
}

// T-08: a server that echoes what it was sent.
func TestEchoedSecretsAreDropped(t *testing.T) {
	for name, send := range map[string]struct {
		echo string
		send func(Transport) error
	}{
		"refresh token": {"RT-old-0123456789abcdef", func(transport Transport) error {
			_, err := Refresh(transport, testServer(), testRefreshRequest())
			return err
		}},
		"code": {"the-code", func(transport Transport) error {
			_, err := Exchange(transport, testServer(), testCodeRequest())
			return err
		}},
		"verifier": {testVerifier, func(transport Transport) error {
			_, err := Exchange(transport, testServer(), testCodeRequest())
			return err
		}},
		"client secret": {"client-secret-1", func(transport Transport) error {
			r := testRefreshRequest()
			r.ClientSecret, r.ClientAuth = NewSecret("client-secret-1"), "basic"
			_, err := Refresh(transport, testServer(), r)
			return err
		}},
		"revoked token": {"revoked-token", func(transport Transport) error {
			return Revoke(transport, testServer(), &RevocationRequest{ClientID: "app", Token: NewSecret("revoked-token")})
		}},
	} {
		t.Run(name, func(t *testing.T) {
			for status, description := range map[int]string{400: "no such grant: " + send.echo, 401: "no such grant"} {
				transport := &fakeTransport{answers: []answer{jsonAnswer(status, `{"error":"invalid_grant","error_description":"`+description+`"}`)}}
				e := failure(t, send.send(transport))
				require.Equal(t, "invalid_grant", e.OAuthError)
				require.Equal(t, status, e.Status)
				require.Equal(t, status == 401, e.Description != "")
			}
		})
	}
}

// F-182, F-183.
func TestRevoke(t *testing.T) {
	for name, row := range map[string]struct {
		answer answer
		want   string
	}{
		"200":                {answer{status: 200}, ""},
		"204":                {answer{status: 204}, ""},
		"unsupported":        {jsonAnswer(400, `{"error":"unsupported_token_type"}`), ""},
		"another error":      {jsonAnswer(400, `{"error":"invalid_client"}`), "oauth{invalid_client}"},
		"503":                {answer{status: 503, header: http.Header{"Retry-After": {"3"}}}, "http"},
		"redirect":           {answer{status: 302}, "redirect"},
		"network":            {answer{err: &Error{Code: CodeNetwork, Message: "m"}}, "network"},
		"an error of nobody": {answer{err: errors.New("x")}, "network"},
	} {
		t.Run(name, func(t *testing.T) {
			transport := &fakeTransport{answers: []answer{row.answer}}
			err := Revoke(transport, testServer(), &RevocationRequest{ClientID: "app", Token: NewSecret("token")})
			require.Equal(t, row.want, outcome(t, err))
		})
	}
}

// A Transport may keep its errors; they are not changed under its feet.
func TestTransportErrorsAreCopied(t *testing.T) {
	own := &Error{Code: CodeTimeout, Message: "m", Retryable: true}
	_, err := Exchange(&fakeTransport{answers: []answer{{err: own}}}, testServer(), testCodeRequest())
	require.False(t, failure(t, err).Retryable)
	require.True(t, own.Retryable)
}

func TestResponseHeader(t *testing.T) {
	response := &Response{Headers: []Header{{"content-type", "text/html"}, {"Retry-After", "7"}}}
	require.Equal(t, "text/html", response.header("Content-Type"))
	require.Equal(t, "7", response.header("RETRY-AFTER"))
	require.Empty(t, response.header("Retry"))
	require.Empty(t, (&Response{}).header("Content-Type"))
}

func TestErrorText(t *testing.T) {
	require.EqualError(t, ConfigError("redirectUri", "must not have a fragment"), "config: redirectUri must not have a fragment")
	require.EqualError(t, &Error{Code: CodeOAuth, Message: "the server refused the request", OAuthError: "invalid_grant"},
		"oauth: the server refused the request (invalid_grant)")
}
