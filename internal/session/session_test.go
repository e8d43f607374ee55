package session

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pkcewasm/pkcewasm/internal/oauth"
	"github.com/pkcewasm/pkcewasm/internal/oauthtest"
)

const (
	issuer   = "https://op.example"
	redirect = "https://app.example/callback"
)

// client is a session with the events it heard.
type client struct {
	*Session
	*bubble
	mu     sync.Mutex // guards what follows
	events []map[string]any
	traces []map[string]any // events of the type trace, which are in no other list
}

func newClient(t *testing.T, extra string) *client {
	config, err := ParseConfig(`{"issuer":"` + issuer + `","clientId":"spa","redirectUri":"` + redirect + `","scope":"openid offline_access",
		"server":{"authorization_endpoint":"` + issuer + `/authorize","token_endpoint":"` + issuer + `/token","jwks_uri":"` + issuer + `/jwks",
		"revocation_endpoint":"` + issuer + `/revoke","end_session_endpoint":"` + issuer + `/logout"}` + extra + `}`)
	require.NoError(t, err)
	c := &client{bubble: &bubble{t: t}}
	c.Session = New(config, c.bubble, c.bubble, nil, func(event string) { c.hear(t, event) })
	return c
}

func (c *client) hear(t *testing.T, event string) {
	var e map[string]any
	require.NoError(t, json.Unmarshal([]byte(event), &e))
	c.mu.Lock()
	defer c.mu.Unlock()
	if e["type"] == Trace {
		c.traces = append(c.traces, e)
		return
	}
	c.events = append(c.events, e)
}

func (c *client) do(t *testing.T, command string) map[string]any {
	answer, err := c.Do(command)
	require.NoError(t, err)
	var parsed map[string]any
	require.NoError(t, json.Unmarshal([]byte(answer), &parsed))
	return parsed
}

func (c *client) types() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var types []string
	for _, e := range c.events {
		types = append(types, e["type"].(string))
	}
	return types
}

// provider answers like an authorization server that rotates strictly.
type provider struct {
	bubble     *bubble    // whose key it signs with
	mu         sync.Mutex // guards what follows
	subject    string
	nonce      string
	lifetime   int
	generation int
	reused     int
	edit       *oauthtest.IDTokenEdit // how ID tokens are forged
}

func (p *provider) token(form url.Values) (int, string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if form.Get("grant_type") == "refresh_token" && form.Get("refresh_token") != fmt.Sprintf("RT:%d", p.generation) {
		p.reused++
		return 400, `{"error":"invalid_grant"}`
	}
	p.generation++
	claims := map[string]any{"iss": issuer, "aud": "spa", "sub": p.subject, "iat": p.bubble.wall().Unix(), "exp": p.bubble.wall().Unix() + 3600}
	if form.Get("grant_type") == "authorization_code" {
		claims["nonce"] = p.nonce
	}
	return 200, fmt.Sprintf(`{"access_token":"AT:%d","refresh_token":"RT:%d","token_type":"Bearer","expires_in":%d,"id_token":"%s"}`,
		p.generation, p.generation, p.lifetime, p.bubble.idToken(claims, p.edit))
}

// signIn runs a whole sign-in and returns the provider.
func signIn(t *testing.T, c *client, subject string) *provider {
	started := c.do(t, `{"op":"signIn","returnTo":"/deep"}`)
	authorize, err := url.Parse(started["url"].(string))
	require.NoError(t, err)
	p := &provider{bubble: c.bubble, subject: subject, nonce: authorize.Query().Get("nonce"), lifetime: 300}
	c.script(p.token)
	answer := c.do(t, `{"op":"callback","url":"`+redirect+`?code=abc&state=`+started["state"].(string)+`"}`)
	require.Equal(t, "/deep", answer["returnTo"])
	require.Equal(t, subject, answer["user"].(map[string]any)["subject"])
	return p
}

func codeOf(err error) oauth.Code {
	var typed *oauth.Error
	if errors.As(err, &typed) {
		return typed.Code
	}
	return ""
}

func TestSignInAndRefreshByTimer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClient(t, "")
		p := signIn(t, c, "alice")
		token := c.do(t, `{"op":"token"}`)["token"].(map[string]any)
		require.Equal(t, "AT:1", token["accessToken"])
		require.InDelta(t, 300_000, token["validForMs"], 1)
		time.Sleep(time.Hour)
		synctest.Wait()
		require.Zero(t, p.reused)
		require.InDelta(t, 16, c.count(), 1)
		for _, form := range c.requests[1:] {
			require.Equal(t, "refresh_token", form.Get("grant_type"))
			require.Equal(t, "spa", form.Get("client_id"))
		}
		require.Equal(t, SignedIn, c.types()[0])
		require.Len(t, filter(c.types(), Refreshed), c.count()-1)
		c.Close()
	})
}

func TestAThirtyDayTokenCausesNoRequestInItsFirstHour(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClient(t, "")
		p := signIn(t, c, "alice")
		p.lifetime = 30 * 86400
		c.do(t, `{"op":"refresh"}`)
		before := c.count()
		time.Sleep(time.Hour)
		require.Equal(t, before, c.count())
		time.Sleep(30 * 24 * time.Hour)
		require.Equal(t, before+1, c.count())
		c.Close()
	})
}

func TestAThousandCallersShareOneRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClient(t, `,"refresh":{"auto":false}`)
		signIn(t, c, "alice")
		c.latency = time.Second
		time.Sleep(time.Hour)
		before := c.count()
		var wg sync.WaitGroup
		for range 1000 {
			wg.Go(func() {
				answer, err := c.Do(`{"op":"token"}`)
				require.NoError(t, err)
				require.Contains(t, answer, "AT:2")
			})
		}
		wg.Wait()
		require.Equal(t, before+1, c.count())
		c.Close()
	})
}

func TestTheCallbackIsUsedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClient(t, "")
		started := c.do(t, `{"op":"signIn"}`)
		pending := c.do(t, `{"op":"signIn"}`)["state"].(string)
		p := &provider{bubble: c.bubble, subject: "alice", lifetime: 300}
		authorize, _ := url.Parse(started["url"].(string))
		p.nonce = authorize.Query().Get("nonce")
		c.script(p.token)
		response := func(query string) error {
			_, err := c.Do(`{"op":"callback","url":"` + redirect + `?` + query + `"}`)
			return err
		}
		for query, want := range map[string]oauth.Code{
			"code=X":                                           oauth.CodeState,    // F-140
			"code=X&state=attacker":                            oauth.CodeState,    // F-141
			"error=access_denied&state=attacker":               oauth.CodeState,    // T-04
			"code=X&state=a&state=b":                           oauth.CodeCallback, // F-146
			"code=X&error=access_denied&state=" + pending:      oauth.CodeAuthorization,
			"code=X&code=Y&state=" + started["state"].(string): oauth.CodeCallback,
		} {
			require.Equal(t, want, codeOf(response(query)), query)
		}
		require.Zero(t, c.count(), "no token request so far")
		good := "code=abc&state=" + started["state"].(string)
		require.NoError(t, response(good))
		err := response(good)
		require.Equal(t, oauth.CodeState, codeOf(err))
		require.Contains(t, fmt.Sprint(err), "used already")
		require.Equal(t, 1, c.count())
		c.Close()
	})
}

func TestATransactionKeptByThePage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClient(t, "")
		started := c.do(t, `{"op":"signIn","keep":"session","returnTo":"/deep"}`)
		stored := started["transaction"].(string)
		authorize, _ := url.Parse(started["url"].(string))
		p := &provider{bubble: c.bubble, subject: "alice", nonce: authorize.Query().Get("nonce"), lifetime: 300}

		reloaded := newClient(t, "")
		reloaded.script(p.token)
		callback := func(stored string) error {
			command, _ := json.Marshal(map[string]string{"op": "callback",
				"url": redirect + "?code=abc&state=" + started["state"].(string), "transaction": stored})
			_, err := reloaded.Do(string(command))
			return err
		}
		for name, broken := range map[string]string{
			"no JSON":       "x",
			"another state": strings.Replace(stored, started["state"].(string), "other", 1),
			"new version":   strings.Replace(stored, `"v":1`, `"v":2`, 1),
			"unknown":       strings.Replace(stored, `{`, `{"extra":1,`, 1),
		} {
			require.Equal(t, oauth.CodeState, codeOf(callback(broken)), name)
		}
		require.NoError(t, callback(stored))
		require.Equal(t, oauth.CodeState, codeOf(callback(stored)), "replayed")
		require.Equal(t, 1, reloaded.count())

		third := newClient(t, "")
		third.script(p.token)
		_, err := third.Do(`{"op":"callback","url":"` + redirect + `?code=abc&state=` + started["state"].(string) + `","consumed":true}`)
		require.ErrorContains(t, err, "used already")
		time.Sleep(11 * time.Minute)
		command, _ := json.Marshal(map[string]string{"op": "callback",
			"url": redirect + "?code=abc&state=" + started["state"].(string), "transaction": stored})
		_, err = third.Do(string(command))
		require.ErrorContains(t, err, "ten minutes") // F-144
		for _, c := range []*client{c, reloaded, third} {
			c.Close()
		}
	})
}

func TestTransientFaultsNeverEndTheSession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClient(t, "")
		p := signIn(t, c, "alice")
		for _, fault := range []func(url.Values) (int, string){
			func(url.Values) (int, string) { return 0, "" },
			func(url.Values) (int, string) { return 500, "oops" },
			func(url.Values) (int, string) { return 429, "" },
			func(url.Values) (int, string) { return 200, `{"access_token":` },
			func(url.Values) (int, string) { return 400, `{"error":["invalid_grant"]}` },
			func(url.Values) (int, string) { return 404, "" },
		} {
			c.script(fault)
			time.Sleep(20 * time.Minute)
			c.script(p.token)
			time.Sleep(10 * time.Minute)
			answer, err := c.Do(`{"op":"token"}`)
			require.NoError(t, err)
			require.Contains(t, answer, fmt.Sprintf("AT:%d", p.generation))
		}
		require.NotContains(t, c.types(), SignedOut)
		require.Zero(t, p.reused)
		c.Close()
	})
}

func TestInvalidGrantSignsOutOnceAndSaysSo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClient(t, "")
		signIn(t, c, "alice")
		c.script(func(url.Values) (int, string) { return 400, `{"error":"invalid_grant"}` })
		c.latency = time.Second
		var wg sync.WaitGroup
		for range 50 { // F-G2
			wg.Go(func() {
				_, err := c.Do(`{"op":"token","force":true}`)
				require.Equal(t, oauth.CodeSessionExpired, codeOf(err))
			})
		}
		wg.Wait()
		require.Equal(t, 2, c.count())
		require.Len(t, filter(c.types(), SignedOut), 1)
		require.Empty(t, c.do(t, `{"op":"state"}`))
		c.Close()
	})
}

func TestAnotherSubjectOnRefreshEndsTheSession(t *testing.T) { // F-95
	synctest.Test(t, func(t *testing.T) {
		c := newClient(t, "")
		p := signIn(t, c, "alice")
		p.subject = "mallory"
		_, err := c.Do(`{"op":"refresh"}`)
		require.Equal(t, oauth.CodeIDToken, codeOf(err))
		require.Equal(t, []string{SignedIn, SignedOut}, c.types())
		require.Equal(t, "subject_changed", c.events[1]["reason"])
		c.Close()
	})
}

func TestAMalformedIDTokenOnRefreshKeepsTheNewTokens(t *testing.T) { // F-76
	synctest.Test(t, func(t *testing.T) {
		c := newClient(t, "")
		p := signIn(t, c, "alice")
		c.script(func(form url.Values) (int, string) {
			status, body := p.token(form)
			return status, strings.Replace(body, `"id_token":"`, `"id_token":"x`, 1)
		})
		answer := c.do(t, `{"op":"refresh"}`)
		require.Equal(t, "alice", answer["user"].(map[string]any)["subject"])
		require.Contains(t, c.types(), Degraded)
		c.script(p.token)
		c.do(t, `{"op":"refresh"}`)
		require.Zero(t, p.reused)
		c.Close()
	})
}

// F-76, F-94: a claim that is not sound, or an audience that is not ours, says nothing of who the user is.
func TestAnUnsoundIDTokenOnRefreshKeepsTheSession(t *testing.T) {
	for claim, value := range map[string]any{"sub": 1, "iss": nil, "aud": "other", "nonce": "", "auth_time": "now"} {
		synctest.Test(t, func(t *testing.T) {
			c := newClient(t, "")
			p := signIn(t, c, "alice")
			p.edit = &oauthtest.IDTokenEdit{Claims: func(m *oauthtest.Members) {
				text, _ := json.Marshal(value)
				m.Set(claim, string(text))
			}}
			answer := c.do(t, `{"op":"refresh"}`)
			require.Equal(t, "alice", answer["user"].(map[string]any)["subject"], claim)
			require.Contains(t, c.types(), Degraded)
			require.NotContains(t, c.types(), SignedOut)
			c.Close()
		})
	}
}

func TestSignOutIsLocalFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClient(t, `,"postLogoutRedirectUri":"https://app.example/"`)
		signIn(t, c, "alice")
		c.latency = time.Second
		done := make(chan map[string]any)
		go func() { done <- c.do(t, `{"op":"signOut"}`) }()
		synctest.Wait()
		_, err := c.Do(`{"op":"token"}`)
		require.Equal(t, oauth.CodeLoginRequired, codeOf(err), "no token from the moment signOut was called")
		target, err := url.Parse((<-done)["url"].(string))
		require.NoError(t, err)
		require.Equal(t, "/logout", target.Path)
		require.Equal(t, "https://app.example/", target.Query().Get("post_logout_redirect_uri"))
		require.NotEmpty(t, target.Query().Get("id_token_hint"))
		require.Equal(t, issuer+"/revoke", c.urls[len(c.urls)-1])
		require.Equal(t, "RT:1", c.requests[len(c.requests)-1].Get("token"))
		require.Empty(t, c.do(t, `{"op":"signOut","local":true}`), "idempotent")
		require.Equal(t, []string{SignedIn, SignedOut}, c.types())
		c.Close()
	})
}

func TestANewUserReplacesTheOldOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClient(t, "")
		signIn(t, c, "alice")
		signIn(t, c, "bob")
		require.Equal(t, []string{SignedIn, SignedOut, SignedIn}, c.types())
		require.Equal(t, "replaced", c.events[1]["reason"])
		c.Close()
	})
}

func TestCloseSettlesWhoeverWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClient(t, "")
		signIn(t, c, "alice")
		c.latency = time.Second
		failed := make(chan error)
		go func() {
			_, err := c.Do(`{"op":"refresh"}`)
			failed <- err
		}()
		synctest.Wait()
		c.Close()
		require.Equal(t, oauth.CodeClosed, codeOf(<-failed))
		_, err := c.Do(`{"op":"token"}`)
		require.Equal(t, oauth.CodeClosed, codeOf(err))
		time.Sleep(time.Minute)
	})
}

func TestTheAccessTokenStaysHiddenWhenItShould(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClient(t, `,"exposeAccessToken":false`)
		signIn(t, c, "alice")
		c.do(t, `{"op":"refresh"}`)
		_, err := c.Do(`{"op":"token"}`)
		require.Equal(t, oauth.CodeConfig, codeOf(err))
		state, err := c.Do(`{"op":"state"}`)
		require.NoError(t, err)
		require.NotEmpty(t, c.traces)
		all, _ := json.Marshal(append(c.events, c.traces...))
		require.NotContains(t, state+string(all), "AT:")
		c.Close()
	})
}

func TestNoEventHoldsARefreshTokenOrVerifier(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClient(t, "")
		signIn(t, c, "alice")
		c.script(func(form url.Values) (int, string) {
			return 400, `{"error":"invalid_request","error_description":"bad token ` + form.Get("refresh_token") + `"}`
		})
		_, err := c.Do(`{"op":"refresh"}`)
		require.Error(t, err)
		require.NotEmpty(t, c.traces)
		all, _ := json.Marshal(append(c.events, c.traces...))
		require.NotContains(t, string(all)+fmt.Sprintf("%v %+v %#v", err, err, err), "RT:")
		c.Close()
	})
}

func TestConfigNamesTheOptionThatIsWrong(t *testing.T) {
	base := `"issuer":"https://op.example","clientId":"spa","redirectUri":"https://app.example/cb"`
	for config, option := range map[string]string{
		`{}`: "issuer",
		`{"issuer":1,"clientId":"spa","redirectUri":"https://app.example/cb"}`:                      "issuer",
		`{"issuer":"https://op.example","redirectUri":"https://app.example/cb"}`:                    "clientId",
		`{"issuer":"https://op.example","clientId":"spa","redirectUri":"https://app.example/cb#x"}`: "redirectUri",
		`{"issuer":"https://op.example","clientId":"spa","redirectUri":"javascript:alert(1)"}`:      "redirectUri",
		`{"issuer":"https://op.example","clientId":"spa","redirectUri":"/cb"}`:                      "redirectUri",
		`{` + base + `,"clientSecret":"x"}`:                                                         "clientSecret",
		`{` + base + `,"Scope":"x"}`:                                                                "Scope",
		`{` + base + `,"refresh":{"leeway":1}}`:                                                     "refresh.leeway",
		`{` + base + `,"refresh":{"leewaySeconds":-1}}`:                                             "refresh.leewaySeconds",
		`{` + base + `,"timeoutMs":0}`:                                                              "timeoutMs",
		`{` + base + `,"params":{"audience":1}}`:                                                    "params.audience",
		`{` + base + `,"tokenParams":{"audience":1}}`:                                               "tokenParams.audience",
		`{` + base + `,"tokenParams":{"":"x"}}`:                                                     "tokenParams",
		`{` + base + `,"tokenParams":{"client_id":"other"}}`:                                        "tokenParams.client_id",
		`{` + base + `,"tokenParams":{"scope":"admin"}}`:                                            "tokenParams.scope",
		`{` + base + `,"tokenParams":{"code_verifier":"x"}}`:                                        "tokenParams.code_verifier",
		`{` + base + `,"tokenParams":{"grant_type":"password"}}`:                                    "tokenParams.grant_type",
		`{` + base + `,"tokenParams":{"client_assertion":"x"}}`:                                     "tokenParams.client_assertion",
		`{` + base + `,"tokenParams":{"resource":"/relative"}}`:                                     "tokenParams.resource",
		`{` + base + `,"server":{"token_endpoint":"http://op.example/token"}}`:                      "token_endpoint",
		`{` + base + `,"dpop":"always"}`:                                                            "dpop",
	} {
		_, err := ParseConfig(config)
		require.Equal(t, oauth.CodeConfig, codeOf(err), config)
		require.ErrorContains(t, err, option, config)
	}
}

func TestSignOutWhileACallbackIsUnderWay(t *testing.T) { // F-186
	synctest.Test(t, func(t *testing.T) {
		c := newClient(t, "")
		started := c.do(t, `{"op":"signIn"}`)
		authorize, _ := url.Parse(started["url"].(string))
		p := &provider{bubble: c.bubble, subject: "alice", nonce: authorize.Query().Get("nonce"), lifetime: 300}
		c.script(p.token)
		c.latency = time.Second
		failed := make(chan error)
		go func() {
			_, err := c.Do(`{"op":"callback","url":"` + redirect + `?code=abc&state=` + started["state"].(string) + `"}`)
			failed <- err
		}()
		synctest.Wait()
		c.do(t, `{"op":"signOut","local":true}`)
		require.Equal(t, oauth.CodeSignedOut, codeOf(<-failed))
		require.Empty(t, c.types())
		require.Empty(t, c.do(t, `{"op":"state"}`))
		time.Sleep(time.Minute)
		synctest.Wait()
		require.Equal(t, issuer+"/revoke", c.urls[len(c.urls)-1], "the tokens that came too late are given back")
		c.Close()
	})
}

func TestTokensThatNobodyWillUseAreRevoked(t *testing.T) { // F-180, F-95, T-24
	revoked := func(c *client) string {
		synctest.Wait()
		last := len(c.urls) - 1
		require.Equal(t, issuer+"/revoke", c.urls[last])
		return c.requests[last].Get("token")
	}
	synctest.Test(t, func(t *testing.T) {
		c := newClient(t, "")
		signIn(t, c, "alice")
		c.latency = time.Second
		go func() { _, _ = c.Do(`{"op":"refresh"}`) }()
		synctest.Wait()
		c.do(t, `{"op":"signOut","local":true,"revoke":false}`)
		time.Sleep(time.Minute)
		require.Equal(t, "RT:2", revoked(c), "a refresh that a sign-out overtook")

		p := signIn(t, c, "bob")
		p.subject = "mallory"
		_, err := c.Do(`{"op":"refresh"}`)
		require.Equal(t, oauth.CodeIDToken, codeOf(err))
		time.Sleep(time.Minute)
		require.Equal(t, "RT:2", revoked(c), "a refresh that brought another user")

		signIn(t, c, "carol")
		signIn(t, c, "dave")
		time.Sleep(time.Minute)
		require.Equal(t, "RT:1", revoked(c), "a user who was replaced")
		c.Close()
	})
}

func TestAnIDTokenThatWasAskedForIsRequired(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClient(t, "")
		started := c.do(t, `{"op":"signIn","maxAge":10}`)
		c.script(func(url.Values) (int, string) {
			return 200, `{"access_token":"AT","refresh_token":"RT","token_type":"Bearer","scope":"profile"}`
		})
		_, err := c.Do(`{"op":"callback","url":"` + redirect + `?code=abc&state=` + started["state"].(string) + `"}`)
		require.Equal(t, oauth.CodeIDToken, codeOf(err))
		c.Close()
	})
}

func TestASessionWithoutUserGetsNoneLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClient(t, "")
		c.config.Scope = "api"
		started := c.do(t, `{"op":"signIn"}`)
		p := &provider{bubble: c.bubble, subject: "mallory", lifetime: 300}
		c.script(func(url.Values) (int, string) {
			return 200, `{"access_token":"AT","refresh_token":"RT:0","token_type":"Bearer"}`
		})
		c.do(t, `{"op":"callback","url":"`+redirect+`?code=abc&state=`+started["state"].(string)+`"}`)
		c.script(p.token)
		user := c.do(t, `{"op":"refresh"}`)["user"].(map[string]any)
		require.Equal(t, "", user["subject"])
		require.Empty(t, user["claims"])
		c.Close()
	})
}

func TestParametersOfTokenRequests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClient(t, `,"params":{"audience":"a"},"resource":"urn:r","tokenParams":{"device":"d 1","resource":"urn:s"}`)
		signIn(t, c, "alice")
		c.do(t, `{"op":"refresh"}`)
		c.do(t, `{"op":"signOut","local":true}`)
		authorize, err := url.Parse(c.do(t, `{"op":"signIn"}`)["url"].(string))
		require.NoError(t, err)
		require.NotContains(t, authorize.Query(), "device")
		require.Equal(t, []string{"urn:r"}, authorize.Query()["resource"])
		require.Len(t, c.requests, 3, "code, refresh, revocation")
		for _, form := range c.requests[:2] {
			require.Equal(t, []string{"d 1"}, form["device"])
			require.Equal(t, []string{"urn:r", "urn:s"}, form["resource"])
			require.NotContains(t, form, "audience")
		}
		require.NotContains(t, c.requests[2], "device")
		c.Close()
	})
}

func TestMaxAgeIsAnOptionNotAParameter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClient(t, "")
		_, err := c.Do(`{"op":"signIn","params":{"max_age":"0"}}`)
		require.Equal(t, oauth.CodeConfig, codeOf(err))
		_, err = ParseConfig(`{"issuer":"https://op.example","clientId":"spa","redirectUri":"https://app.example/cb","params":{"max_age":"0"}}`)
		require.Equal(t, oauth.CodeConfig, codeOf(err))
		c.Close()
	})
}

func TestAValidityBeyondTheTokensLifeIsNoLoop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClient(t, "")
		signIn(t, c, "alice")
		before := c.count()
		for range 300 {
			c.do(t, `{"op":"token","minValiditySeconds":7200}`)
			time.Sleep(100 * time.Millisecond)
		}
		require.LessOrEqual(t, c.count()-before, 1)
		c.Close()
	})
}

func TestSignOutDoesNotWaitForDiscovery(t *testing.T) { // F-182
	synctest.Test(t, func(t *testing.T) {
		c := newClient(t, "")
		c.config.Server = ""
		c.latency = time.Minute
		start := time.Now()
		require.Empty(t, c.do(t, `{"op":"signOut"}`))
		require.LessOrEqual(t, time.Since(start), 3*time.Second)
		time.Sleep(3 * time.Minute)
		c.Close()
	})
}

func TestMetadataIsAskedForAnewWhenTheTokenEndpointIsGone(t *testing.T) { // F-19
	synctest.Test(t, func(t *testing.T) {
		c := newClient(t, "")
		p := signIn(t, c, "alice")
		c.script(func(url.Values) (int, string) { return 404, "" })
		_, err := c.Do(`{"op":"refresh"}`)
		require.Equal(t, oauth.CodeHTTP, codeOf(err))
		require.Zero(t, c.serverUntil)
		c.script(p.token)
		time.Sleep(10 * time.Second)
		c.do(t, `{"op":"refresh"}`)
		c.Close()
	})
}

// A retryable error of a callback has used nothing up, wherever the transaction is kept: the same call succeeds later.
func TestMetadataIsAskedForAnewWhenItSaysThatThereIsNoPKCE(t *testing.T) { // F-133
	synctest.Test(t, func(t *testing.T) {
		c := newClient(t, "")
		whole := c.config.Server
		c.config.Server = strings.Replace(whole, "{", `{"code_challenge_methods_supported":["plain"],`, 1)
		_, err := c.Do(`{"op":"signIn"}`)
		require.Equal(t, oauth.CodeConfig, codeOf(err))
		c.config.Server = whole
		signIn(t, c, "alice")
		c.Close()
	})
}

func TestACallbackCanBeTriedAgainUntilTheCodeIsSent(t *testing.T) {
	for _, keep := range []string{"worker", "session"} {
		for name, broken := range map[string]struct {
			spoil func(c *client)
			code  oauth.Code
		}{
			"discovery fails":         {func(c *client) { c.config.Server = ""; c.wellKnown = 500 }, oauth.CodeDiscovery},
			"discovery finds nothing": {func(c *client) { c.config.Server = ""; c.wellKnown = 404 }, oauth.CodeDiscovery},
			"offline at discovery":    {func(c *client) { c.config.Server = ""; c.offline = true }, oauth.CodeDiscovery},
			"offline at the exchange": {func(c *client) { c.offline = true }, oauth.CodeNetwork},
		} {
			t.Run(keep+" "+name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					c := newClient(t, "")
					configured := c.config.Server
					started := c.do(t, `{"op":"signIn","keep":"`+keep+`"}`)
					authorize, _ := url.Parse(started["url"].(string))
					p := &provider{bubble: c.bubble, subject: "alice", nonce: authorize.Query().Get("nonce"), lifetime: 300}
					stored, _ := started["transaction"].(string)
					command, _ := json.Marshal(map[string]string{"op": "callback",
						"url": redirect + "?code=abc&state=" + started["state"].(string), "transaction": stored})
					c.server = nil
					broken.spoil(c)
					for range 2 {
						_, err := c.Do(string(command))
						var typed *oauth.Error
						require.ErrorAs(t, err, &typed)
						require.Equal(t, broken.code, typed.Code)
						require.True(t, typed.Retryable)
					}
					c.config.Server, c.offline = configured, false
					c.script(p.token)
					require.Equal(t, "alice", c.do(t, string(command))["user"].(map[string]any)["subject"])
					_, err := c.Do(string(command))
					require.Equal(t, oauth.CodeState, codeOf(err))
					require.Equal(t, 1, p.generation, "one code, sent once")
					c.Close()
				})
			})
		}
	}
}

// What fails once the code is on its way is final, even where a refresh would be tried again.
func TestACallbackWhoseCodeWasSentIsNotRetryable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClient(t, "")
		for _, answer := range []struct {
			status int
			body   string
		}{{500, ""}, {503, ""}, {429, ""}, {200, "{}"}, {200, ""}, {400, `{"error":"temporarily_unavailable"}`}} {
			c.script(func(url.Values) (int, string) { return answer.status, answer.body })
			state := c.do(t, `{"op":"signIn"}`)["state"].(string)
			_, err := c.Do(`{"op":"callback","url":"` + redirect + `?code=abc&state=` + state + `"}`)
			var typed *oauth.Error
			require.ErrorAs(t, err, &typed)
			require.False(t, typed.Retryable, answer.status)
			_, err = c.Do(`{"op":"callback","url":"` + redirect + `?code=abc&state=` + state + `"}`)
			require.Equal(t, oauth.CodeState, codeOf(err))
		}
		c.Close()
	})
}
