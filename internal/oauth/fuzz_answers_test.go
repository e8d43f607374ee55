package oauth

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

// requireSilent holds an error against what no formatter may show.
func requireSilent(t *testing.T, err error, secrets ...string) {
	e := failure(t, err)
	require.NotEmpty(t, e.Code)
	require.Regexp(t, errorGrammar, e.OAuthError+e.Description)
	require.LessOrEqual(t, len(e.OAuthError), 64)
	require.LessOrEqual(t, len(e.Description), 256)
	// Our own sentences are known; a secret can only come with the server's words.
	for _, secret := range secrets {
		if len(secret) >= telling {
			require.NotContains(t, fmt.Sprintf("%s %s %v", e.OAuthError, e.Description, e.RetryAfter), secret[:telling])
		}
	}
}

// errorGrammar is that of `error` and `error_description` (RFC 6749 section 5.2).
var errorGrammar = regexp.MustCompile(`^[\x20-\x21\x23-\x5B\x5D-\x7E]*$`)

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
	f.Fuzz(func(t *testing.T, status uint16, body, retryAfter string) {
		fake := &fakeTransport{answers: []answer{{status: int(status % 1000), header: http.Header{"Retry-After": {retryAfter}}, body: body}}}
		request := newTokenRequest()
		request.addSecret("refresh_token", NewSecret(refreshToken))
		tokens, err := request.tokens(fake, testServer())
		require.Len(t, fake.requests, 1)
		if err == nil {
			require.Equal(t, 200, int(status%1000))
			requireSaneTokens(t, []byte(body), tokens)
			return
		}
		require.Nil(t, tokens)
		requireSilent(t, err, refreshToken)
		e := failure(t, err)
		require.Equal(t, int(status%1000), e.Status)
		if e.Code == CodeOAuth {
			require.True(t, strictlyValid([]byte(body)))
			var reference map[string]any
			require.NoError(t, json.Unmarshal([]byte(strings.TrimPrefix(body, "\uFEFF")), &reference))
			require.Equal(t, reference["error"], e.OAuthError)
			require.True(t, e.Status == 200 || e.Status >= 400)
			require.Equal(t, slices.Contains([]string{"temporarily_unavailable", "server_error", "slow_down"}, e.OAuthError), e.Retryable)
			return
		}
		require.Empty(t, e.OAuthError)
	})
}

// FuzzParseCallback holds what is accepted against an independent reading of the query, and a forged link against silence.
func FuzzParseCallback(f *testing.F) {
	const state = "0123456789abcdef0123456789abcdef"
	for _, query := range []string{
		"code=abc&state=" + state, "code=abc&state=" + state + "&iss=https%3A%2F%2Fop.example", "error=access_denied&error_description=no&state=" + state,
		"code=a&code=b&state=" + state, "code=a&state=" + state + "&state=" + state, "code=a&%73tate=" + state, "code=%zz&state=" + state, "code=+%2B&state=" + state,
		"code=a&state=" + state + "&access_token=t", "code=a&state=" + state + "&iss=https://evil.example", "response=jwt&state=" + state, "&&=&=x&code=a&state=" + state,
		"code=%ff&state=" + state, "error=" + state + "&state=" + state, "code=a&state=" + state + "#code=b", "code=a;state=" + state,
	} {
		f.Add("https://app.example/cb?"+query, state, "query")
		f.Add("https://app.example/cb#"+query, state, "fragment")
	}
	f.Fuzz(func(t *testing.T, rawURL, state, mode string) {
		response, err := ParseCallback(rawURL, CallbackExpectation{State: state, Issuer: "https://op.example", ResponseMode: mode})
		address, fragment, _ := strings.Cut(rawURL, "#")
		_, read, _ := strings.Cut(address, "?")
		if mode == "fragment" {
			read = fragment
		}
		reference := readQuery(read)
		if err != nil {
			require.Nil(t, response)
			e := failure(t, err)
			require.Contains(t, []Code{CodeCallback, CodeState, CodeIssuer, CodeAuthorization, CodeConfig}, e.Code)
			requireSilent(t, err, append(slices.Clone(reference["code"]), reference["state"]...)...)
			if e.Code == CodeAuthorization {
				require.Equal(t, []string{state}, reference["state"], "a forged error is not believed")
			}
			return
		}
		require.Equal(t, []string{state}, reference["state"])
		require.NotEmpty(t, state)
		require.Equal(t, []string{response.Code.Reveal()}, reference["code"])
		require.NotEmpty(t, response.Code.Reveal())
		for _, name := range []string{"error", "access_token", "id_token", "refresh_token", "response"} {
			require.NotContains(t, reference, name)
		}
		require.Contains(t, []string{"", "https://op.example"}, response.Iss)
		for name, values := range reference {
			require.Len(t, values, 1, "%q", name)
		}
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
			if code := response.Code.Reveal(); len(code) >= telling {
				require.NotContains(t, fmt.Sprintf(verb, response), code)
			}
		}
		if exact, err := url.ParseQuery(read); err == nil && utf8.ValidString(exact.Get("code")) {
			require.Equal(t, exact.Get("code"), response.Code.Reveal(), "net/url reads the same")
		}
	})
}

var percentEncoded = regexp.MustCompile(`%[0-9A-Fa-f]{2}`)

// readQuery is the application/x-www-form-urlencoded parser of the URL standard, put together from other parts than ours.
func readQuery(text string) map[string][]string {
	plain := func(text string) string {
		decoded := percentEncoded.ReplaceAllStringFunc(strings.ReplaceAll(text, "+", " "), func(escape string) string {
			n, _ := strconv.ParseUint(escape[1:], 16, 8)
			return string([]byte{byte(n)})
		})
		return strings.ToValidUTF8(decoded, "\uFFFD")
	}
	values := map[string][]string{}
	for _, pair := range strings.Split(text, "&") {
		if pair != "" {
			name, value, _ := strings.Cut(pair, "=")
			values[plain(name)] = append(values[plain(name)], plain(value))
		}
	}
	return values
}

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
		server, err := ParseServer(body, Policy{})
		if err != nil {
			require.Nil(t, server)
			require.Equal(t, CodeConfig, failure(t, err).Code)
			requireSilent(t, err)
			return
		}
		require.True(t, strictlyValid(body))
		var reference map[string]any
		require.NoError(t, json.Unmarshal([]byte(strings.TrimPrefix(string(body), "\uFEFF")), &reference))
		require.NotEmpty(t, server.Issuer)
		require.NotEmpty(t, server.TokenEndpoint)
		for name, got := range map[string]string{
			"issuer": server.Issuer, "authorization_endpoint": server.AuthorizationEndpoint, "token_endpoint": server.TokenEndpoint,
			"revocation_endpoint": server.RevocationEndpoint, "userinfo_endpoint": server.UserInfoEndpoint, "end_session_endpoint": server.EndSessionEndpoint,
			"jwks_uri": server.JWKSURI, "pushed_authorization_request_endpoint": server.PushedAuthorizationRequestEndpoint,
		} {
			if reference[name] == nil {
				require.Empty(t, got, name)
				continue
			}
			require.Equal(t, reference[name], got, name)
			requireEndpoint(t, got)
		}
	})
}

// requireEndpoint is the reference for what may be sent a request: where a browser would send it, too.
func requireEndpoint(t *testing.T, text string) {
	endpoint, err := url.Parse(percentEncoded.ReplaceAllString(strings.ReplaceAll(text, "%", "%25"), "x"))
	require.NoError(t, err, "%q", text)
	require.Equal(t, "https", endpoint.Scheme)
	require.Nil(t, endpoint.User)
	require.NotEmpty(t, endpoint.Hostname())
	require.NotContains(t, text, "#")
	require.Regexp(t, `^[!-~\x80-\x{10FFFF}]+$`, text, "no spaces and no controls")
}

// FuzzParseRetryAfter holds dates against net/http and numbers against strconv.
func FuzzParseRetryAfter(f *testing.F) {
	for _, value := range []string{
		"120", "0", "-1", "1e9", "1.5", "99999999999999999999", "120, 60", " 7 ", "Sat, 21 Nov 2026 12:02:00 GMT", "Sat, 21 Nov 2026 12:02:00 UTC",
		"Saturday, 21-Nov-26 12:02:00 GMT", "Sat, 31 Feb 2026 12:02:60 GMT", "Thu, 01 Jan 1970 00:00:00 GMT", "Fri, 31 Dec 9999 23:59:59 GMT", "soon", "\x00",
	} {
		f.Add(value, testNowMS)
	}
	f.Fuzz(func(t *testing.T, value string, nowMS int64) {
		seconds := ParseRetryAfter(value, nowMS)
		require.True(t, seconds == 0 || seconds >= 1 && seconds <= 900, "%d", seconds)
		if n, err := strconv.ParseUint(value, 10, 64); err == nil && value[0] != '+' {
			require.Equal(t, int64(min(max(n, 1), 900)), seconds)
		}
		at, err := time.Parse(http.TimeFormat, value)
		if err == nil && at.Format(http.TimeFormat) == value && nowMS > 0 && nowMS < 1<<52 { // dates are case-sensitive, time.Parse is not
			wait := (at.UnixMilli() - nowMS + 999) / 1000
			require.Equal(t, min(max(wait, 1), 900), seconds)
		}
	})
}
