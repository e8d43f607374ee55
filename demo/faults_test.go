package main

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var fromPage = http.Header{"Origin": {testOrigin}}

func TestOtherOriginsBreakNothing(t *testing.T) {
	b := newTestProvider(t, auto)
	tokens := b.signIn()
	for _, header := range []http.Header{nil, {"Origin": {"http://evil.example"}}, {"Origin": {"null"}}} {
		assert.Equal(t, http.StatusForbidden, b.send(http.MethodPost, testIssuer+faultsPath, url.Values{"fault": {"revoked"}}, header).status)
		assert.Equal(t, http.StatusForbidden, b.send(http.MethodGet, testIssuer+heldPath, nil, header).status)
	}
	assert.Equal(t, http.StatusOK, b.refresh(tokens["refresh_token"]).status)
}

func (b *browser) fault(name string) {
	b.t.Helper()
	require.Equal(b.t, http.StatusNoContent, b.send(http.MethodPost, testIssuer+faultsPath, url.Values{"fault": {name}}, fromPage).status, name)
}

func TestFaultsPass(t *testing.T) {
	b := newTestProvider(t, auto)
	tokens := b.signIn()
	b.fault("429")
	refused := b.refresh(tokens["refresh_token"])
	assert.Equal(t, http.StatusTooManyRequests, refused.status)
	assert.Equal(t, "5", refused.header.Get("Retry-After"))
	assert.Equal(t, testOrigin, refused.header.Get("Access-Control-Allow-Origin"), "the page must be able to read it")
	b.fault("503")
	assert.Equal(t, http.StatusServiceUnavailable, b.refresh(tokens["refresh_token"]).status)
	b.fault("")
	assert.Equal(t, http.StatusOK, b.refresh(tokens["refresh_token"]).status, "neither spent the token")
}

func TestLostAnswerIsForgiven(t *testing.T) {
	b := newTestProvider(t, auto)
	tokens := b.signIn()
	b.fault("lost")
	form := url.Values{"grant_type": {"refresh_token"}, "client_id": {clientID}, "refresh_token": {tokens["refresh_token"].(string)}}
	for range 2 {
		assert.PanicsWithValue(t, http.ErrAbortHandler, func() { b.token(form) }, "which cuts the connection")
	}
	b.fault("")
	renewed := b.refresh(tokens["refresh_token"])
	require.Equal(t, http.StatusOK, renewed.status, renewed.body)
	assert.Equal(t, http.StatusOK, b.refresh(renewed.object(t)["refresh_token"]).status)
	assert.NotEqual(t, http.StatusOK, b.refresh(tokens["refresh_token"]).status, "once more is a replay")
}

func TestClockAhead(t *testing.T) {
	b := newTestProvider(t, auto)
	iat := claimsIn(t, b.signIn()["id_token"])["iat"].(float64)
	b.fault("clock")
	assert.InDelta(t, iat+clockAhead, claimsIn(t, b.signIn()["id_token"])["iat"], 5)
}

func TestRevokedByAnAdministrator(t *testing.T) {
	b := newTestProvider(t, auto)
	tokens := b.signIn()
	held := b.send(http.MethodGet, testIssuer+heldPath, nil, fromPage)
	assert.Contains(t, held.body, tokens["refresh_token"])
	b.fault("revoked")
	assert.Equal(t, "invalid_grant", b.refresh(tokens["refresh_token"]).object(t)["error"])
	assert.Equal(t, http.StatusUnauthorized, b.hello(tokens["access_token"]).status)
	assert.Equal(t, "[]", b.send(http.MethodGet, testIssuer+heldPath, nil, fromPage).body)
}

func TestNoSuchFault(t *testing.T) {
	b := newTestProvider(t, auto)
	for _, name := range []string{"500", "lost ", "reset"} {
		assert.Equal(t, http.StatusBadRequest, b.send(http.MethodPost, testIssuer+faultsPath, url.Values{"fault": {name}}, fromPage).status, name)
	}
	assert.Equal(t, http.StatusMethodNotAllowed, b.get(testIssuer+faultsPath).status)
}

func TestUnreadableAnswersStayAsTheyAre(t *testing.T) {
	f := &faults{}
	for _, body := range []string{"", "x", "[]", `{"id_token": 1}`, `{"id_token": "a.b"}`, `{"id_token": "a.!.c"}`} {
		assert.Equal(t, body, string(f.ahead([]byte(body))))
	}
	recorder := httptest.NewRecorder()
	f.spoil(http.NotFoundHandler()).ServeHTTP(recorder, httptest.NewRequest(http.MethodGet, "/token", nil))
	assert.Equal(t, http.StatusNotFound, recorder.Code)
}
