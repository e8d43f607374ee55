package main

import (
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/luikyv/go-oidc/pkg/goidc"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestCodeFlow(t *testing.T) {
	b := newTestProvider(t, nil)
	answer := callback(t, b.submit(authorizationURL(nil), url.Values{"username": {" Zoë "}, "action": {"sign-in"}}))
	assert.Equal(t, "af0ifjsldkj", answer.Get("state"))
	assert.Equal(t, testIssuer, answer.Get("iss"), "RFC 9207")

	exchanged := b.exchange(answer.Get("code"), testVerifier)
	require.Equal(t, http.StatusOK, exchanged.status, exchanged.body)
	assert.Contains(t, exchanged.header.Get("Cache-Control"), "no-store")
	assert.Equal(t, testOrigin, exchanged.header.Get("Access-Control-Allow-Origin"))
	tokens := exchanged.object(t)
	assert.Equal(t, "Bearer", tokens["token_type"])
	assert.EqualValues(t, 20, tokens["expires_in"])

	claims := claimsIn(t, tokens["id_token"])
	assert.Equal(t, testIssuer, claims["iss"])
	assert.Equal(t, clientID, claims["aud"])
	assert.Equal(t, "n-0S6_WzA2Mj", claims["nonce"])
	assert.Equal(t, "Zoë", claims["name"])
	assert.Regexp(t, `^user-[0-9a-f]{16}$`, claims["sub"], "a subject is ASCII")
	assert.NotZero(t, claims["auth_time"])

	greeted := b.hello(tokens["access_token"])
	require.Equal(t, http.StatusOK, greeted.status)
	greeting := greeted.object(t)
	assert.Equal(t, "Hello, Zoë.", greeting["message"])
	assert.Equal(t, claims["sub"], greeting["who"])
	assert.InDelta(t, 20, greeting["tokenExpiresSeconds"], 1)
}

func TestRefreshRotates(t *testing.T) {
	b := newTestProvider(t, auto)
	first := b.signIn()
	answer := b.refresh(first["refresh_token"])
	require.Equal(t, http.StatusOK, answer.status, answer.body)
	second := answer.object(t)
	assert.NotEqual(t, first["refresh_token"], second["refresh_token"])
	assert.NotEqual(t, first["access_token"], second["access_token"])
	assert.Equal(t, "alice", claimsIn(t, second["id_token"])["sub"])
	assert.Equal(t, http.StatusOK, b.hello(second["access_token"]).status)
}

func TestReplayedRefreshTokenEndsTheGrant(t *testing.T) {
	b := newTestProvider(t, auto)
	first := b.signIn()
	second := b.refresh(first["refresh_token"]).object(t)

	replay := b.refresh(first["refresh_token"])
	assert.Equal(t, http.StatusBadRequest, replay.status)
	assert.Equal(t, "invalid_grant", replay.object(t)["error"])
	assert.Equal(t, "invalid_grant", b.refresh(second["refresh_token"]).object(t)["error"])
	assert.Equal(t, http.StatusUnauthorized, b.hello(second["access_token"]).status)
}

func TestOneOfManyRefreshesWins(t *testing.T) {
	b := newTestProvider(t, auto)
	token := b.signIn()["refresh_token"]
	statuses := make(chan int, 8)
	var sending sync.WaitGroup
	for range cap(statuses) {
		sending.Go(func() { statuses <- b.refresh(token).status })
	}
	sending.Wait()
	close(statuses)
	count := map[int]int{}
	for status := range statuses {
		count[status]++
	}
	assert.Equal(t, map[int]int{http.StatusOK: 1, http.StatusBadRequest: 7}, count)
}

func TestRefusedAuthorizationRequests(t *testing.T) {
	tests := map[string]struct {
		changes map[string]string
		want    string
	}{
		"no challenge":    {map[string]string{"code_challenge": "", "code_challenge_method": ""}, "invalid_request"},
		"plain challenge": {map[string]string{"code_challenge_method": "plain"}, "invalid_request"},
		"implicit":        {map[string]string{"response_type": "token"}, "invalid_request"},
		"unknown scope":   {map[string]string{"scope": "openid admin"}, "invalid_scope"},
		"nobody there":    {map[string]string{"prompt": "none"}, "login_required"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			b := newTestProvider(t, nil)
			answer := b.get(authorizationURL(test.changes))
			require.Equal(t, http.StatusSeeOther, answer.status, answer.body)
			assert.Contains(t, answer.header.Get("Location"), "error="+test.want)
			assert.NotContains(t, answer.header.Get("Location"), "code=")
		})
	}
}

func TestUnregisteredRedirectStaysHere(t *testing.T) {
	for _, change := range []map[string]string{{"redirect_uri": "http://evil.test/"}, {"client_id": "somebody"}} {
		answer := newTestProvider(t, auto).get(authorizationURL(change))
		assert.Equal(t, http.StatusBadRequest, answer.status)
		assert.Empty(t, answer.header.Get("Location"))
		assert.Contains(t, answer.body, "This request cannot continue")
	}
}

func TestRefusedExchanges(t *testing.T) {
	wrong := strings.Repeat("a", 43)
	b := newTestProvider(t, auto)
	code := callback(t, b.get(authorizationURL(nil))).Get("code")
	assert.Equal(t, "invalid_grant", b.exchange(code, wrong).object(t)["error"], "wrong verifier")
	assert.NotEqual(t, http.StatusOK, b.exchange(code, testVerifier).status, "the code is burnt")

	b = newTestProvider(t, auto)
	code = callback(t, b.get(authorizationURL(nil))).Get("code")
	tokens := b.exchange(code, testVerifier).object(t)
	assert.NotEqual(t, http.StatusOK, b.exchange(code, testVerifier).status, "a code is good once")
	assert.Equal(t, "invalid_grant", b.refresh(tokens["refresh_token"]).object(t)["error"], "its replay ends the grant")
}

func TestExpiredAccessToken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newTestProvider(t, auto)
		tokens := b.signIn()
		time.Sleep(19 * time.Second)
		assert.Equal(t, http.StatusOK, b.hello(tokens["access_token"]).status)
		time.Sleep(2 * time.Second)
		answer := b.hello(tokens["access_token"])
		assert.Equal(t, http.StatusUnauthorized, answer.status)
		assert.Contains(t, answer.header.Get("WWW-Authenticate"), `error="invalid_token"`)
		assert.Equal(t, http.StatusOK, b.refresh(tokens["refresh_token"]).status)
	})
}

func TestAPIWithoutToken(t *testing.T) {
	b := newTestProvider(t, nil)
	answer := b.get(testIssuer + helloPath)
	assert.Equal(t, http.StatusUnauthorized, answer.status)
	assert.Equal(t, `Bearer realm="demo"`, answer.header.Get("WWW-Authenticate"))
	assert.Contains(t, b.hello("made-up").header.Get("WWW-Authenticate"), "invalid_token")
}

func TestRevocation(t *testing.T) {
	b := newTestProvider(t, auto)
	tokens := b.signIn()
	form := url.Values{"client_id": {clientID}, "token": {tokens["refresh_token"].(string)}}
	assert.Equal(t, http.StatusOK, b.send(http.MethodPost, testIssuer+"/revoke", form, nil).status)
	assert.Equal(t, "invalid_grant", b.refresh(tokens["refresh_token"]).object(t)["error"])
	assert.Equal(t, http.StatusUnauthorized, b.hello(tokens["access_token"]).status)
}

func TestCORS(t *testing.T) {
	b := newTestProvider(t, nil)
	preflight := http.Header{"Access-Control-Request-Method": {"GET"}, "Access-Control-Request-Headers": {"authorization"}}

	preflight["Origin"] = []string{testOrigin}
	answer := b.send(http.MethodOptions, testIssuer+helloPath, nil, preflight)
	assert.Equal(t, http.StatusNoContent, answer.status)
	assert.Equal(t, testOrigin, answer.header.Get("Access-Control-Allow-Origin"))
	assert.Contains(t, answer.header.Get("Access-Control-Allow-Headers"), "Authorization")
	assert.Empty(t, answer.header.Get("Access-Control-Allow-Credentials"))

	for _, foreign := range []string{"http://evil.test", "null", testOrigin + ".evil.test", strings.ToUpper(testOrigin)} {
		preflight["Origin"] = []string{foreign}
		answer = b.send(http.MethodOptions, testIssuer+helloPath, nil, preflight)
		assert.Empty(t, answer.header.Get("Access-Control-Allow-Origin"), foreign)
		assert.Contains(t, answer.header.Values("Vary"), "Origin")
	}
}

func TestStoreForgets(t *testing.T) {
	now := int(time.Now().Unix())
	data := newStore()
	for _, id := range []string{"old", "new"} {
		expiry := now + 60
		if id == "old" {
			expiry = now - 1
		}
		require.NoError(t, data.SaveGrant(t.Context(), &goidc.Grant{ID: id, RefreshToken: id + "1", RefreshTokenExpiresAt: expiry}))
		require.NoError(t, data.SaveGrant(t.Context(), &goidc.Grant{ID: id, RefreshToken: id + "2", RefreshTokenExpiresAt: expiry}))
		require.NoError(t, data.SaveSession(t.Context(), &goidc.AuthnSession{ID: id, ExpiresAt: expiry}))
		require.NoError(t, data.SaveToken(t.Context(), &goidc.Token{ID: id, ExpiresAt: expiry}))
	}
	assert.Equal(t, []int{1, 1, 1, 1}, []int{len(data.grants), len(data.sessions), len(data.tokens), len(data.spent)})
	assert.Contains(t, data.grants, "new")
}
