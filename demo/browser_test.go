package main

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const (
	testIssuer   = "http://provider.test"
	testOrigin   = "http://app.test"
	testRedirect = testOrigin + "/callback"
	testVerifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk" // RFC 7636 appendix B
)

// browser sends requests straight to a handler, keeps cookies and follows no redirect.
type browser struct {
	t      *testing.T
	client *http.Client
}

type direct struct{ handler http.Handler }

func (d direct) RoundTrip(r *http.Request) (*http.Response, error) {
	recorder := httptest.NewRecorder()
	d.handler.ServeHTTP(recorder, r)
	response := recorder.Result()
	response.Request = r
	return response, nil
}

func newBrowser(t *testing.T, handler http.Handler) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	return &browser{t: t, client: &http.Client{
		Transport:     direct{handler},
		Jar:           jar,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

func newTestProvider(t *testing.T, change func(*providerConfig)) *browser {
	t.Helper()
	cfg := providerConfig{issuer: testIssuer, lifetime: 20 * time.Second, origins: []string{testOrigin}}
	if change != nil {
		change(&cfg)
	}
	handler, err := newProvider(cfg)
	require.NoError(t, err)
	return newBrowser(t, handler)
}

func auto(cfg *providerConfig) { cfg.auto = true }

type reply struct {
	status int
	header http.Header
	body   string
}

func (r reply) object(t *testing.T) map[string]any {
	t.Helper()
	var object map[string]any
	require.NoError(t, json.Unmarshal([]byte(r.body), &object), r.body)
	return object
}

func (b *browser) send(method, target string, form url.Values, header http.Header) reply {
	b.t.Helper()
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	request, err := http.NewRequest(method, target, body)
	require.NoError(b.t, err)
	if form != nil {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for name, values := range header {
		request.Header[name] = values
	}
	response, err := b.client.Do(request)
	require.NoError(b.t, err)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	require.NoError(b.t, err)
	return reply{response.StatusCode, response.Header, string(text)}
}

func (b *browser) get(target string) reply {
	b.t.Helper()
	return b.send(http.MethodGet, target, nil, nil)
}

// authorizationURL builds an authorization request; changes with an empty value remove a parameter.
func authorizationURL(changes map[string]string) string {
	sum := sha256.Sum256([]byte(testVerifier))
	query := url.Values{
		"response_type": {"code"}, "client_id": {clientID}, "redirect_uri": {testRedirect}, "scope": {scopes},
		"state": {"af0ifjsldkj"}, "nonce": {"n-0S6_WzA2Mj"},
		"code_challenge": {base64.RawURLEncoding.EncodeToString(sum[:])}, "code_challenge_method": {"S256"},
	}
	for name, value := range changes {
		query.Del(name)
		if value != "" {
			query.Set(name, value)
		}
	}
	return testIssuer + "/authorize?" + query.Encode()
}

var formAction = regexp.MustCompile(`action="(/authorize/[^"]+)"`)

// submit opens the form of an authorization request and sends it.
func (b *browser) submit(authorization string, fields url.Values) reply {
	b.t.Helper()
	page := b.get(authorization)
	require.Equal(b.t, http.StatusOK, page.status)
	match := formAction.FindStringSubmatch(page.body)
	require.Len(b.t, match, 2, page.body)
	return b.send(http.MethodPost, testIssuer+match[1], fields, nil)
}

// callback returns the parameters that the answer sends the browser back to the application with.
func callback(t *testing.T, r reply) url.Values {
	t.Helper()
	require.Equal(t, http.StatusSeeOther, r.status, r.body)
	location, err := url.Parse(r.header.Get("Location"))
	require.NoError(t, err)
	require.Equal(t, testRedirect, location.Scheme+"://"+location.Host+location.Path)
	return location.Query()
}

func (b *browser) token(form url.Values) reply {
	b.t.Helper()
	form.Set("client_id", clientID)
	return b.send(http.MethodPost, testIssuer+"/token", form, http.Header{"Origin": {testOrigin}})
}

func (b *browser) exchange(code, verifier string) reply {
	b.t.Helper()
	return b.token(url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {testRedirect}, "code_verifier": {verifier}})
}

func (b *browser) refresh(token any) reply {
	b.t.Helper()
	return b.token(url.Values{"grant_type": {"refresh_token"}, "refresh_token": {token.(string)}})
}

func (b *browser) hello(accessToken any) reply {
	b.t.Helper()
	return b.send(http.MethodGet, testIssuer+helloPath, nil, http.Header{"Authorization": {"Bearer " + accessToken.(string)}})
}

// signIn returns the tokens of a new sign-in at a provider that shows no form.
func (b *browser) signIn() map[string]any {
	b.t.Helper()
	tokens := b.exchange(callback(b.t, b.get(authorizationURL(nil))).Get("code"), testVerifier)
	require.Equal(b.t, http.StatusOK, tokens.status, tokens.body)
	return tokens.object(b.t)
}

func claimsIn(t *testing.T, idToken any) map[string]any {
	t.Helper()
	parts := strings.Split(idToken.(string), ".")
	require.Len(t, parts, 3)
	text, err := base64.RawURLEncoding.DecodeString(parts[1])
	require.NoError(t, err)
	return reply{body: string(text)}.object(t)
}
