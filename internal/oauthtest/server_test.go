package oauthtest

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"

// app is a client of the server under test that knows how to misuse it.
type app struct {
	*testing.T
	srv   *Server
	fetch Fetch
}

func newApp(t *testing.T, o Options) *app {
	t.Helper()
	return &app{t, New(t, o), Fetch{Origin: "https://app.example"}}
}

// authorize returns the parameters of the authorization response.
func (a *app) authorize(change url.Values) url.Values {
	a.Helper()
	params := url.Values{
		"response_type": {"code"}, "client_id": {DefaultClient}, "redirect_uri": {"https://app.example/cb"},
		"scope": {"openid profile"}, "state": {"s"}, "nonce": {"n"},
		"code_challenge": {s256(verifier)}, "code_challenge_method": {"S256"},
	}
	for name, values := range change {
		params[name] = values
	}
	location, err := a.srv.Authorize(a.srv.Issuer + "/authorize?" + params.Encode())
	require.NoError(a, err)
	u, err := url.Parse(location)
	require.NoError(a, err)
	if u.Fragment != "" {
		values, _ := url.ParseQuery(u.Fragment)
		return values
	}
	return u.Query()
}

// answer is a JSON answer with its status.
type tokenAnswer struct {
	Status       int
	AccessToken  string `json:"access_token"`
	RefreshToken string `json:"refresh_token"`
	IDToken      string `json:"id_token"`
	Scope        string `json:"scope"`
	Error        string `json:"error"`
}

func (a *app) token(form url.Values) tokenAnswer {
	a.Helper()
	res, err := a.post(form)
	require.NoError(a, err)
	var got tokenAnswer
	require.NoError(a, json.Unmarshal(res.Body, &got))
	got.Status = res.Status
	return got
}

func (a *app) post(form url.Values) (*FetchResponse, error) {
	header := http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}
	return a.fetch.Do("POST", a.srv.Issuer+"/token", header, form.Encode())
}

func (a *app) exchange(code string, change url.Values) tokenAnswer {
	a.Helper()
	form := url.Values{
		"grant_type": {"authorization_code"}, "client_id": {DefaultClient}, "code": {code},
		"redirect_uri": {"https://app.example/cb"}, "code_verifier": {verifier},
	}
	for name, values := range change {
		form[name] = values
	}
	return a.token(form)
}

func refreshForm(token string) url.Values {
	return url.Values{"grant_type": {"refresh_token"}, "client_id": {DefaultClient}, "refresh_token": {token}}
}

func (a *app) refresh(token string) tokenAnswer {
	a.Helper()
	return a.token(refreshForm(token))
}

func (a *app) hello(accessToken string) int {
	a.Helper()
	header := http.Header{"Authorization": {"Bearer " + accessToken}}
	res, err := a.fetch.Do("GET", a.srv.URL+"/api/hello", header, "")
	require.NoError(a, err)
	return res.Status
}

func TestSignIn(t *testing.T) {
	a := newApp(t, Options{IssuerPath: "/tenant"})
	response := a.authorize(url.Values{"login_hint": {"bob"}})
	assert.Equal(t, "s", response.Get("state"))
	assert.Equal(t, a.srv.Issuer, response.Get("iss"))

	tokens := a.exchange(response.Get("code"), nil)
	require.Equal(t, 200, tokens.Status)
	assert.Equal(t, 200, a.hello(tokens.AccessToken))
	claims := payload(t, tokens.IDToken)
	assert.Equal(t, "bob", claims["sub"])
	assert.Equal(t, "n", claims["nonce"])

	entries := a.srv.Ledger.Entries("token")
	require.Len(t, entries, 1)
	assert.Equal(t, "issued", entries[0].Outcome)
	assert.Equal(t, 0, entries[0].Issued)
	assert.Equal(t, "https://app.example", entries[0].Origin)
	for _, secret := range []string{tokens.AccessToken, tokens.RefreshToken, tokens.IDToken, response.Get("code"), verifier} {
		assert.Contains(t, a.srv.Ledger.Secrets(), secret)
	}
}

func TestAuthorizeRefuses(t *testing.T) {
	a := newApp(t, Options{})
	for name, c := range map[string]struct {
		change url.Values
		want   string
	}{
		"no challenge":    {url.Values{"code_challenge": nil}, "invalid_request"},
		"plain challenge": {url.Values{"code_challenge_method": {"plain"}}, "invalid_request"},
		"implicit":        {url.Values{"response_type": {"token"}}, "unsupported_response_type"},
		"state twice":     {url.Values{"state": {"s", "t"}}, "invalid_request"},
	} {
		t.Run(name, func(t *testing.T) {
			response := a.authorize(c.change)
			assert.Equal(t, c.want, response.Get("error"))
			assert.Empty(t, response.Get("code"))
		})
	}
	assert.NotEmpty(t, a.authorize(url.Values{"response_mode": {"fragment"}}).Get("code"))
}

func TestAuthorizeNeverRedirectsToStrangers(t *testing.T) {
	a := newApp(t, Options{Clients: []Client{{ID: DefaultClient, RedirectURIs: []string{"https://app.example/cb"}}}})
	assert.Empty(t, a.authorize(url.Values{"redirect_uri": {"https://app.example/cb/"}}))
	assert.Empty(t, a.authorize(url.Values{"client_id": {"stranger"}}))
}

func TestExchangeRefuses(t *testing.T) {
	a := newApp(t, Options{})
	for name, c := range map[string]struct {
		change url.Values
		want   string
	}{
		"wrong verifier":     {url.Values{"code_verifier": {strings.Repeat("v", 43)}}, "invalid_grant"},
		"no verifier":        {url.Values{"code_verifier": nil}, "invalid_grant"},
		"other redirect URI": {url.Values{"redirect_uri": {"https://app.example/"}}, "invalid_grant"},
		"other client":       {url.Values{"client_id": {"stranger"}}, "invalid_client"},
		"other grant":        {url.Values{"grant_type": {"password"}}, "unsupported_grant_type"},
		"parameter twice":    {url.Values{"client_id": {DefaultClient, DefaultClient}}, "invalid_request"},
	} {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, c.want, a.exchange(a.authorize(nil).Get("code"), c.change).Error)
		})
	}
}

func TestCodeReuseEndsTheSession(t *testing.T) {
	a := newApp(t, Options{})
	code := a.authorize(nil).Get("code")
	tokens := a.exchange(code, nil)
	assert.Equal(t, "invalid_grant", a.exchange(code, nil).Error)
	assert.Equal(t, "invalid_grant", a.refresh(tokens.RefreshToken).Error)
	assert.Equal(t, 401, a.hello(tokens.AccessToken))
	assert.Equal(t, 1, a.srv.Report().CodeReuse)
}

func TestConfidentialClient(t *testing.T) {
	a := newApp(t, Options{Clients: []Client{{ID: DefaultClient, Secret: "s:e c"}}})
	exchange := func(secret string) tokenAnswer {
		return a.exchange(a.authorize(nil).Get("code"), url.Values{"client_secret": {secret}})
	}
	assert.Equal(t, "invalid_client", exchange("").Error)
	assert.Equal(t, "invalid_client", exchange("wrong").Error)
	assert.Equal(t, 200, exchange("s:e c").Status)
}

func TestResourcesAndRevocation(t *testing.T) {
	a := newApp(t, Options{})
	tokens := a.exchange(a.authorize(nil).Get("code"), nil)
	bearer := http.Header{"Authorization": {"Bearer " + tokens.AccessToken}}
	res, err := a.fetch.Do("GET", a.srv.URL+"/userinfo", bearer, "")
	require.NoError(t, err)
	assert.JSONEq(t, `{"sub":"alice","name":"Alice","email":"alice@example.test"}`, string(res.Body))

	revoke := func(token string) int {
		form := url.Values{"client_id": {DefaultClient}, "token": {token}}
		res, err := a.fetch.Do("POST", a.srv.URL+"/revoke", http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}, form.Encode())
		require.NoError(t, err)
		return res.Status
	}
	assert.Equal(t, 200, revoke("never seen"))
	assert.Equal(t, 200, a.hello(tokens.AccessToken))
	assert.Equal(t, 200, revoke(tokens.RefreshToken))
	assert.Equal(t, 401, a.hello(tokens.AccessToken))
	res, err = a.fetch.Do("GET", a.srv.URL+"/api/hello", bearer, "")
	require.NoError(t, err)
	assert.Contains(t, res.Header("WWW-Authenticate"), "invalid_token")
}

func TestEndSession(t *testing.T) {
	a := newApp(t, Options{})
	to, err := a.srv.Authorize(a.srv.URL + "/end_session?state=x&post_logout_redirect_uri=" + url.QueryEscape("https://app.example/?a=1"))
	require.NoError(t, err)
	assert.Equal(t, "https://app.example/?a=1&state=x", to)
}

func TestMetadata(t *testing.T) {
	a := newApp(t, Options{IssuerPath: "/tenant"})
	for _, path := range []string{"/tenant/.well-known/openid-configuration", "/.well-known/oauth-authorization-server/tenant"} {
		res, err := a.fetch.Do("GET", a.srv.URL+path, nil, "")
		require.NoError(t, err)
		var got map[string]any
		require.NoError(t, json.Unmarshal(res.Body, &got))
		assert.Equal(t, a.srv.Issuer, got["issuer"])
		assert.Equal(t, a.srv.Issuer+"/token", got["token_endpoint"])
		assert.Equal(t, true, got["authorization_response_iss_parameter_supported"])
	}
}

func TestClockOffset(t *testing.T) {
	a := newApp(t, Options{Settings: Settings{ClockOffsetSeconds: -3600}})
	tokens := a.exchange(a.authorize(nil).Get("code"), nil)
	assert.Equal(t, 200, a.hello(tokens.AccessToken))
	a.srv.Configure(func(o *Settings) { o.ClockOffsetSeconds = 0 })
	assert.Equal(t, 401, a.hello(tokens.AccessToken), "an hour later by the server's clock")
}

func TestPushedAuthorizationRequests(t *testing.T) {
	a := newApp(t, Options{Settings: Settings{PAR: true}, Clients: []Client{{ID: DefaultClient}, {ID: "other"}}})
	push := func(change url.Values) (int, string) {
		form := url.Values{
			"response_type": {"code"}, "client_id": {DefaultClient}, "redirect_uri": {"https://app.example/cb"}, "scope": {"openid"}, "state": {"pushed"},
			"code_challenge": {s256(verifier)}, "code_challenge_method": {"S256"},
		}
		maps.Copy(form, change)
		res, err := a.fetch.Do("POST", a.srv.Issuer+"/par", http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}, form.Encode())
		require.NoError(t, err)
		var answer struct {
			RequestURI string `json:"request_uri"`
		}
		require.NoError(t, json.Unmarshal(res.Body, &answer))
		return res.Status, answer.RequestURI
	}
	visit := func(client, reference string) string {
		location, err := a.srv.Authorize(a.srv.Issuer + "/authorize?" + url.Values{"client_id": {client}, "request_uri": {reference}, "state": {"not pushed"}}.Encode())
		require.NoError(t, err)
		return location
	}
	for name, change := range map[string]url.Values{
		"no challenge": {"code_challenge": nil}, "another client": {"client_id": {"nobody"}}, "a reference": {"request_uri": {"urn:x"}}, "nowhere to go": {"redirect_uri": nil},
	} {
		status, reference := push(change)
		assert.GreaterOrEqual(t, status, 400, name)
		assert.Empty(t, reference, name)
	}
	_, reference := push(nil)
	assert.Empty(t, visit("other", reference), "of another client, and spent by it")
	status, reference := push(nil)
	require.Equal(t, 201, status)
	location := visit(DefaultClient, reference)
	assert.Contains(t, location, "https://app.example/cb?")
	assert.Contains(t, location, "state=pushed")
	assert.Empty(t, visit(DefaultClient, reference), "a second time")
}
