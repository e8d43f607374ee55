package main

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var alice = url.Values{"username": {"alice"}, "action": {"sign-in"}}

func TestFormHeaders(t *testing.T) {
	page := newTestProvider(t, nil).get(authorizationURL(nil))
	assert.Equal(t, "text/html; charset=utf-8", page.header.Get("Content-Type"))
	assert.Equal(t, "no-store", page.header.Get("Cache-Control"))
	assert.Equal(t, "no-referrer", page.header.Get("Referrer-Policy"))
	assert.Equal(t, "nosniff", page.header.Get("X-Content-Type-Options"))
	policy := page.header.Get("Content-Security-Policy")
	assert.Contains(t, policy, "default-src 'none'")
	assert.Contains(t, policy, "frame-ancestors 'none'")
	assert.Contains(t, policy, "form-action 'self' "+testOrigin)
	assert.NotContains(t, policy, "script-src")
	assert.NotContains(t, page.body, "<script")
}

func TestCancel(t *testing.T) {
	answer := callback(t, newTestProvider(t, nil).submit(authorizationURL(nil), url.Values{"action": {"cancel"}}))
	assert.Equal(t, "access_denied", answer.Get("error"))
	assert.Equal(t, "af0ifjsldkj", answer.Get("state"))
	assert.Equal(t, testIssuer, answer.Get("iss"))
}

func TestRefusedNames(t *testing.T) {
	for _, name := range []string{"", "   ", "a\x00b", "a\nb", "\xff\xfe", strings.Repeat("x", 65)} {
		answer := newTestProvider(t, nil).submit(authorizationURL(nil), url.Values{"username": {name}, "action": {"sign-in"}})
		assert.Equal(t, http.StatusUnprocessableEntity, answer.status, "%q", name)
		assert.Contains(t, answer.body, `role="alert"`)
		assert.Empty(t, answer.header.Get("Set-Cookie"))
	}
}

func TestNamesAreEscaped(t *testing.T) {
	answer := newTestProvider(t, nil).get(authorizationURL(map[string]string{"login_hint": `"><script>alert(1)</script>`}))
	assert.NotContains(t, answer.body, "<script")
	assert.Contains(t, answer.body, "&lt;script&gt;")
}

func TestSubjects(t *testing.T) {
	assert.Equal(t, "alice", subjectOf("Alice"))
	assert.Equal(t, "a.b-c_1", subjectOf("a.b-c_1"))
	assert.NotEqual(t, subjectOf("Zoë"), subjectOf("Zoe"))
	assert.Equal(t, subjectOf("孔夫子"), subjectOf("孔夫子"))
}

func TestProviderRemembers(t *testing.T) {
	b := newTestProvider(t, nil)
	require.NotEmpty(t, callback(t, b.submit(authorizationURL(nil), alice)).Get("code"))
	assert.NotEmpty(t, callback(t, b.get(authorizationURL(nil))).Get("code"), "no form the second time")
	assert.NotEmpty(t, callback(t, b.get(authorizationURL(map[string]string{"prompt": "none"}))).Get("code"))
	for _, prompt := range []string{"login", "select_account", "consent"} {
		assert.Contains(t, b.get(authorizationURL(map[string]string{"prompt": prompt})).body, "<form", prompt)
	}
}

func TestMaxAge(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newTestProvider(t, nil)
		callback(t, b.submit(authorizationURL(nil), alice))
		time.Sleep(30 * time.Second)
		assert.NotEmpty(t, callback(t, b.get(authorizationURL(map[string]string{"max_age": "60"}))).Get("code"))
		assert.Contains(t, b.get(authorizationURL(map[string]string{"max_age": "30"})).body, "<form")
	})
}

func TestSignOut(t *testing.T) {
	b := newTestProvider(t, nil)
	callback(t, b.submit(authorizationURL(nil), alice))
	target := testIssuer + "/logout?" + url.Values{"client_id": {clientID}, "post_logout_redirect_uri": {testOrigin + "/"}}.Encode()
	answer := b.get(target)
	assert.Equal(t, http.StatusSeeOther, answer.status)
	assert.Equal(t, testOrigin+"/", answer.header.Get("Location"))
	assert.Contains(t, b.get(authorizationURL(nil)).body, "<form", "the provider has forgotten")

	foreign := strings.Replace(target, url.QueryEscape(testOrigin), url.QueryEscape("http://evil.test"), 1)
	assert.Empty(t, b.get(foreign).header.Get("Location"))
	assert.Contains(t, b.get(testIssuer+"/logout").body, "Signed out")
}

func TestOwnPages(t *testing.T) {
	b := newTestProvider(t, nil)
	assert.Contains(t, b.get(testIssuer+"/").body, "OpenID provider")
	assert.Equal(t, "text/css; charset=utf-8", b.get(testIssuer+"/signin.css").header.Get("Content-Type"))
	assert.Equal(t, "image/svg+xml", b.get(testIssuer+"/favicon.svg").header.Get("Content-Type"))
	assert.Equal(t, http.StatusNotFound, b.get(testIssuer+"/signin/form.html").status)
}
