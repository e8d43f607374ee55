package oauth

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

const testToken = "AT-0123456789abcdef"

func testUserInfo(a answer, expected string) (*Object, *fakeTransport, error) {
	server := testServer()
	server.UserInfoEndpoint = "https://op.example/userinfo"
	transport := &fakeTransport{answers: []answer{a}}
	claims, err := UserInfo(transport, server, &UserInfoRequest{AccessToken: NewSecret(testToken), ExpectedSubject: expected})
	return claims, transport, err
}

func TestUserInfo(t *testing.T) {
	t.Run("the request", func(t *testing.T) {
		claims, transport, err := testUserInfo(jsonAnswer(200, `{"sub":"alice","name":"Alice","__proto__":1}`), "alice")
		require.NoError(t, err)
		require.Equal(t, `{"sub":"alice","name":"Alice","__proto__":1}`, claims.Raw())
		require.Equal(t, []*Request{{Method: "GET", URL: "https://op.example/userinfo", Headers: []Header{
			{"Authorization", "Bearer " + testToken}, {"Accept", "application/json"},
		}}}, transport.requests)
	})
	t.Run("without an expectation every user will do", func(t *testing.T) {
		_, _, err := testUserInfo(jsonAnswer(200, `{"sub":"bob"}`), "")
		require.NoError(t, err)
	})
	for name, row := range map[string]struct {
		answer answer
		want   Error
	}{
		"another user":           {jsonAnswer(200, `{"sub":"bob"}`), Error{Code: CodeResponse, Reason: "sub", Status: 200}},
		"other case":             {jsonAnswer(200, `{"sub":"Alice"}`), Error{Code: CodeResponse, Reason: "sub", Status: 200}},
		"no sub":                 {jsonAnswer(200, `{"name":"Alice"}`), Error{Code: CodeResponse, Reason: "sub", Status: 200}},
		"empty sub":              {jsonAnswer(200, `{"sub":""}`), Error{Code: CodeResponse, Reason: "sub", Status: 200}},
		"sub is a number":        {jsonAnswer(200, `{"sub":5}`), Error{Code: CodeResponse, Reason: "sub", Status: 200}},
		"sub twice":              {jsonAnswer(200, `{"sub":"alice","sub":"bob"}`), Error{Code: CodeResponse, Reason: "duplicate", Status: 200, Retryable: true}},
		"signed":                 {answer{status: 200, header: http.Header{"Content-Type": {"application/JWT; charset=utf-8"}}, body: "e30.e30.e30"}, Error{Code: CodeResponse, Reason: "jwt", Status: 200}},
		"html":                   {answer{status: 200, header: http.Header{"Content-Type": {"text/html"}}, body: "<!doctype html>"}, Error{Code: CodeResponse, Reason: "not_json", Status: 200, Retryable: true}},
		"empty":                  {jsonAnswer(200, ""), Error{Code: CodeResponse, Reason: "empty", Status: 200, Retryable: true}},
		"array":                  {jsonAnswer(200, `[{"sub":"alice"}]`), Error{Code: CodeResponse, Reason: "not_object", Status: 200, Retryable: true}},
		"not accepted":           {jsonAnswer(401, `{"error":"invalid_token"}`), Error{Code: CodeOAuth, OAuthError: "invalid_token", Status: 401}},
		"not accepted, no body":  {jsonAnswer(401, ""), Error{Code: CodeHTTP, Status: 401}},
		"scope is missing":       {jsonAnswer(403, `{"error":"insufficient_scope"}`), Error{Code: CodeOAuth, OAuthError: "insufficient_scope", Status: 403}},
		"an echo of the token":   {jsonAnswer(400, `{"error":"invalid_request","error_description":"`+testToken+` is bad"}`), Error{Code: CodeOAuth, OAuthError: "invalid_request", Status: 400}},
		"too many":               {answer{status: 429, header: http.Header{"Retry-After": {"7"}}}, Error{Code: CodeRateLimited, Status: 429, RetryAfter: 7, Retryable: true}},
		"gateway":                {jsonAnswer(502, "<html>"), Error{Code: CodeHTTP, Status: 502, Retryable: true}},
		"redirect":               {answer{status: 302}, Error{Code: CodeRedirect, Status: 302, Retryable: true}},
		"success without a body": {jsonAnswer(204, ""), Error{Code: CodeHTTP, Status: 204, Retryable: true}},
		"no answer":              {answer{err: &Error{Code: CodeTimeout, Retryable: true}}, Error{Code: CodeTimeout, Retryable: true}},
	} {
		t.Run(name, func(t *testing.T) {
			claims, _, err := testUserInfo(row.answer, "alice")
			require.Nil(t, claims)
			failure := *err.(*Error)
			require.NotContains(t, failure.Message+failure.Description, testToken)
			failure.Message = ""
			require.Equal(t, row.want, failure)
		})
	}
	t.Run("nothing is sent", func(t *testing.T) {
		transport := &fakeTransport{}
		_, err := UserInfo(transport, testServer(), &UserInfoRequest{AccessToken: NewSecret("AT")})
		require.ErrorContains(t, err, "userinfo_endpoint")
		server := testServer()
		server.UserInfoEndpoint = "https://op.example/userinfo"
		for _, token := range []string{"", "AT\r\nX: y", "é"} {
			_, err := UserInfo(transport, server, &UserInfoRequest{AccessToken: NewSecret(token)})
			require.ErrorContains(t, err, "accessToken")
		}
		require.Empty(t, transport.requests)
	})
}
