package fuzz

import (
	"slices"
	"testing"

	"github.com/pkcewasm/pkcewasm/internal/oauth"
)

// endpoint answers every request alike, and counts them.
type endpoint struct {
	status           int
	body, retryAfter string
	requests         int
}

func (e *endpoint) Send(*oauth.Request) (*oauth.Response, error) {
	e.requests++
	headers := []oauth.Header{{Name: "Retry-After", Value: e.retryAfter}}
	return &oauth.Response{Status: e.status, Headers: headers, Body: []byte(e.body), ReceivedAt: testNowMS}, nil
}

// FuzzTokenError holds what we believe of an answer without success against encoding/json, while the server echoes what it
// was sent.
func FuzzTokenError(f *testing.F) {
	const refreshToken = "RT-0123456789abcdef"
	for _, body := range []string{
		`{"error":"invalid_grant"}`, `{"error":"slow_down","error_description":"later"}`, `{"error":"` + refreshToken + `"}`, `{"error":"a","error":"b"}`,
		`{"error":"invalid_grant","error_description":"the token ` + refreshToken + ` is spent"}`, `{"error":"x","error_description":"<img src=x>\u202e\u0000"}`,
		`{"error":["invalid_grant"]}`, `{"Error":"invalid_grant"}`, `{"error":null}`, "", "<html>", "{",
	} {
		f.Add(uint16(400), body, "")
	}
	f.Add(uint16(429), "", "120")
	f.Add(uint16(302), "{}", "")
	f.Add(uint16(200), `{"error":"invalid_grant"}`, "")
	server := &oauth.Server{Issuer: "https://op.example", TokenEndpoint: "https://op.example/token"}
	request := &oauth.RefreshRequest{ClientID: "app", RefreshToken: oauth.NewSecret(refreshToken)}
	f.Fuzz(func(t *testing.T, status uint16, body, retryAfter string) {
		token := &endpoint{status: int(status % 1000), body: body, retryAfter: retryAfter}
		tokens, err := oauth.Refresh(token, server, request)
		equal(t, 1, token.requests, "requests")
		if err == nil {
			equal(t, 200, token.status, "the status of tokens")
			requireSaneTokens(t, tokens)
			return
		}
		holds(t, tokens == nil, "tokens and an error")
		e := failure(t, err, refreshToken)
		equal(t, token.status, e.Status, "status")
		holds(t, e.RetryAfter >= 0 && e.RetryAfter <= 900, "a wait of %d s", e.RetryAfter)
		if e.Code != oauth.CodeOAuth {
			equal(t, "", e.OAuthError, "an error that nobody sent")
			return
		}
		holds(t, strictlyValid([]byte(body)), "an error in what is no object")
		holds(t, members(t, []byte(body))["error"] == e.OAuthError, "another error than that of the server")
		holds(t, e.Status == 200 || e.Status >= 400, "status %d", e.Status)
		equal(t, slices.Contains([]string{"temporarily_unavailable", "server_error", "slow_down"}, e.OAuthError), e.Retryable, "whether to try again")
	})
}
