package oauthtest

import (
	"encoding/base64"
	"encoding/json"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func payload(t *testing.T, idToken string) map[string]any {
	t.Helper()
	parts := strings.Split(idToken, ".")
	require.Len(t, parts, 3)
	text, err := base64.RawURLEncoding.DecodeString(parts[1])
	require.NoError(t, err)
	var claims map[string]any
	require.NoError(t, json.Unmarshal(text, &claims))
	return claims
}

// verify checks the signature with nothing but what the JWKS says.
func verify(t *testing.T, a *app, idToken string) bool {
	t.Helper()
	res, err := a.fetch.Do("GET", a.srv.URL+"/jwks", nil, "")
	require.NoError(t, err)
	var set struct{ Keys []map[string]string }
	require.NoError(t, json.Unmarshal(res.Body, &set))
	require.Len(t, set.Keys, 1)
	at := strings.LastIndexByte(idToken, '.')
	signature, err := base64.RawURLEncoding.DecodeString(idToken[at+1:])
	require.NoError(t, err)
	return Verify(set.Keys[0]["alg"], set.Keys[0], idToken[:at], signature)
}

func TestIDTokenSignature(t *testing.T) {
	a := newApp(t, Options{})
	signIn := func(edit *IDTokenEdit) string {
		a.srv.Script("token", Fault{IDToken: edit})
		return a.exchange(a.authorize(nil).Get("code"), nil).IDToken
	}
	for _, algorithm := range []string{"RS256", "PS256", "ES256", "EdDSA"} {
		t.Run(algorithm, func(t *testing.T) {
			a.srv.Configure(func(o *Settings) { o.IDTokenAlg = algorithm })
			honest := signIn(nil)
			assert.True(t, verify(t, a, honest))
			assert.True(t, verify(t, a, signIn(&IDTokenEdit{Set: map[string]json.RawMessage{"sub": json.RawMessage(`"mallory"`)}})),
				"a forged claim is still signed: only the claim is wrong")
			assert.False(t, verify(t, a, signIn(&IDTokenEdit{Signature: "flipped"})))
			assert.False(t, verify(t, a, signIn(&IDTokenEdit{Signature: "hs256"})))
			assert.False(t, verify(t, a, signIn(&IDTokenEdit{Signature: "none"})))
			a.srv.Configure(func(o *Settings) { o.KeyRotations++ })
			assert.False(t, verify(t, a, honest))
			assert.True(t, verify(t, a, signIn(nil)))
		})
	}
}

func TestRefreshedIDToken(t *testing.T) {
	a := newApp(t, Options{})
	first := a.exchange(a.authorize(nil).Get("code"), nil)
	second := a.refresh(first.RefreshToken)
	before, after := payload(t, first.IDToken), payload(t, second.IDToken)
	assert.Equal(t, before["auth_time"], after["auth_time"])
	assert.NotContains(t, after, "nonce")
	assert.NotEqual(t, before["at_hash"], after["at_hash"])

	a.srv.Configure(func(o *Settings) { o.NoIDTokenOnRefresh = true })
	assert.Empty(t, a.refresh(second.RefreshToken).IDToken)
}

func TestNoIDTokenWithoutOpenID(t *testing.T) {
	a := newApp(t, Options{})
	assert.Empty(t, a.exchange(a.authorize(url.Values{"scope": {"profile"}}).Get("code"), nil).IDToken)
}
