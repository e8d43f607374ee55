package oauth

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// fakeTransport gives its answers in turn and keeps the requests.
type fakeTransport struct {
	answers  []answer
	requests []*Request
}

// answer is a response, or the error instead of one.
type answer struct {
	status int
	header http.Header
	body   string
	err    error
}

func (f *fakeTransport) Send(r *Request) (*Response, error) {
	f.requests = append(f.requests, r)
	if len(f.requests) > len(f.answers) {
		return nil, errors.New("a request too many")
	}
	a := f.answers[len(f.requests)-1]
	if a.err != nil {
		return nil, a.err
	}
	return &Response{Status: a.status, Headers: headersOf(a.header.Get), Body: []byte(a.body), ReceivedAt: testNowMS}, nil
}

// readable are the headers that this package asks for.
var readable = []string{"Content-Type", "Date", "DPoP-Nonce", "Retry-After", "WWW-Authenticate"}

// headersOf makes headers of a function that returns "" for what is absent.
func headersOf(get func(name string) string) (headers []Header) {
	for _, name := range readable {
		if value := get(name); value != "" {
			headers = append(headers, Header{name, value})
		}
	}
	return headers
}

func (f *fakeTransport) urls() []string {
	urls := make([]string, len(f.requests))
	for i, r := range f.requests {
		urls[i] = r.URL
	}
	return urls
}

func jsonAnswer(status int, body string) answer {
	return answer{status: status, header: http.Header{"Content-Type": {"application/json"}}, body: body}
}

// testNowMS is Sat, 21 Nov 2026 12:00:00 GMT.
const (
	testNow   = int64(1795262400)
	testNowMS = testNow * 1000
)

const (
	testVerifier  = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
	testChallenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
	goodTokens    = `{"access_token":"AT","token_type":"Bearer","expires_in":3600,"refresh_token":"RT-new","scope":"openid"}`
)

func testServer() *Server {
	return &Server{
		Issuer:                "https://op.example",
		AuthorizationEndpoint: "https://op.example/authorize",
		TokenEndpoint:         "https://op.example/token",
		RevocationEndpoint:    "https://op.example/revoke",
		EndSessionEndpoint:    "https://op.example/logout",
	}
}

func testCodeRequest() *CodeRequest {
	return &CodeRequest{
		ClientID: "app", RedirectURI: "https://app.example/cb",
		Code: NewSecret("the-code"), CodeVerifier: NewSecret(testVerifier),
	}
}

func testRefreshRequest() *RefreshRequest {
	return &RefreshRequest{ClientID: "app", RefreshToken: NewSecret("RT-old-0123456789abcdef")}
}

// failure is err as the Error it has to be, with a message and, for every code, without the network's text.
func failure(t *testing.T, err error) *Error {
	t.Helper()
	var e *Error
	require.ErrorAs(t, err, &e)
	require.NotEmpty(t, e.Message)
	return e
}

// outcome is an error in the notation of the tables: "", "code" or "code{reason}".
func outcome(t *testing.T, err error) string {
	t.Helper()
	if err == nil {
		return ""
	}
	e := failure(t, err)
	switch {
	case e.OAuthError != "":
		return string(e.Code) + "{" + e.OAuthError + "}"
	case e.Reason != "":
		return string(e.Code) + "{" + e.Reason + "}"
	}
	return string(e.Code)
}

func repeat(text string, n int) string { return strings.Repeat(text, n) }
