//go:build js && wasm

package browser

import (
	"encoding/base64"
	"strings"
	"syscall/js"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pkcewasm/pkcewasm/internal/oauth"
	"github.com/pkcewasm/pkcewasm/internal/oauthtest"
)

// publicKey is the public key of a JWK's text members.
func publicKey(jwk map[string]string) *oauth.PublicKey {
	return &oauth.PublicKey{Type: jwk["kty"], Curve: jwk["crv"], N: jwk["n"], E: jwk["e"], X: jwk["x"], Y: jwk["y"]}
}

// verifies verifies a token. Ed25519, which not every engine has, is no matter of this package.
func verifies(t *testing.T, algorithm string, key *oauth.PublicKey, token string) bool {
	t.Helper()
	at := strings.LastIndexByte(token, '.')
	signature, err := base64.RawURLEncoding.DecodeString(token[at+1:])
	require.NoError(t, err)
	genuine, err := Platform{}.Verify(algorithm, key, token[:at], signature)
	require.NoError(t, err)
	return genuine
}

func TestVerifyVectors(t *testing.T) {
	for _, vector := range oauthtest.SignatureVectors() {
		t.Run(vector.Source, func(t *testing.T) {
			key := publicKey(vector.JWK)
			require.True(t, verifies(t, vector.Algorithm, key, vector.Token))
			require.False(t, verifies(t, vector.Algorithm, key, "x"+vector.Token))
		})
	}
}

// What the standard library signs, crypto.subtle verifies, with the right key alone.
func TestVerifyWhatGoSigns(t *testing.T) {
	members := []string{"kty", "crv", "n", "e", "x", "y"}
	of := func(key *oauthtest.Key) *oauth.PublicKey {
		jwk := map[string]string{}
		for _, name := range members {
			jwk[name] = key.JWK().Text(name)
		}
		return publicKey(jwk)
	}
	var claims oauthtest.Members
	claims.SetText("sub", "é\u2028"+strings.Repeat("x", 3000))
	for _, algorithm := range []string{"RS256", "PS256", "ES256", "EdDSA"} {
		t.Run(algorithm, func(t *testing.T) {
			key, next := oauthtest.KeyFor(algorithm, 0), oauthtest.KeyFor(algorithm, 1)
			for range 20 {
				require.True(t, verifies(t, algorithm, of(key), key.JWT(claims, nil)))
			}
			require.False(t, verifies(t, algorithm, of(next), key.JWT(claims, nil)))
			for _, how := range []string{"flipped", "hs256", "none"} {
				require.False(t, verifies(t, algorithm, of(key), key.JWT(claims, &oauthtest.IDTokenEdit{Signature: how})), how)
			}
		})
	}
	rs, ps := oauthtest.KeyFor("RS256", 0), oauthtest.KeyFor("PS256", 0)
	require.False(t, verifies(t, "PS256", of(rs), rs.JWT(claims, nil)), "one algorithm's signature is not the other's")
	require.False(t, verifies(t, "RS256", of(ps), ps.JWT(claims, nil)))
}

func TestKeysThatTheEngineRefuses(t *testing.T) {
	text := func(b byte, n int) string {
		return base64.RawURLEncoding.EncodeToString([]byte(strings.Repeat(string(b), n)))
	}
	for name, key := range map[string]*oauth.PublicKey{
		"not on the curve": {Type: "EC", Curve: "P-256", X: text(1, 32), Y: text(2, 32)},
		"too short":        {Type: "EC", Curve: "P-256", X: text(1, 3), Y: text(2, 3)},
		"nothing":          {Type: "EC", Curve: "P-256"},
	} {
		genuine, err := Platform{}.Verify("ES256", key, "x", make([]byte, 64))
		require.NoError(t, err, name)
		require.False(t, genuine, name)
	}
}

func TestSHA512(t *testing.T) {
	hash, err := Platform{}.SHA512("abc") // FIPS 180-2 appendix C.1
	require.NoError(t, err)
	require.Equal(t, "3a81oZNherrMQXNJriBBMRLm-k6JqX6iCp7u5ktV05ohkpkqJ0_BqDa6PCOj_uu9RU1EI2Q86A4qmslPpUyknw", base64.RawURLEncoding.EncodeToString(hash))
}

// Without crypto.subtle nothing counts as verified.
func TestVerifyWithoutSubtle(t *testing.T) {
	none := js.Global().Get("Object").New()
	for name, row := range map[string]struct {
		secure any
		want   oauth.Code
	}{
		"an insecure page":  {false, oauth.CodeInsecureContext},
		"an engine without": {true, oauth.CodeUnsupported},
		"no browser":        {js.Undefined(), oauth.CodeUnsupported},
	} {
		t.Run(name, func(t *testing.T) {
			patch(t, "crypto", none)
			patch(t, "isSecureContext", row.secure)
			genuine, err := Platform{}.Verify("ES256", &oauth.PublicKey{}, "x", nil)
			require.False(t, genuine)
			require.Equal(t, row.want, codeOf(err))
			_, err = Platform{}.SHA512("x")
			require.Equal(t, row.want, codeOf(err))
		})
	}
}

// An engine that does not know Ed25519 cannot tell, which is not the same as a wrong signature.
func TestVerifyWithoutEd25519(t *testing.T) {
	patch(t, "crypto", script("return { subtle: { importKey: () => Promise.reject(new DOMException('', 'NotSupportedError')), digest() { throw 1 } } }").Invoke())
	_, err := Platform{}.Verify("EdDSA", &oauth.PublicKey{Type: "OKP", Curve: "Ed25519", X: "x"}, "x", nil)
	require.Equal(t, oauth.CodeUnsupported, codeOf(err))
	genuine, err := Platform{}.Verify("RS256", &oauth.PublicKey{Type: "RSA"}, "x", nil)
	require.NoError(t, err)
	require.False(t, genuine)
	_, err = Platform{}.SHA512("x")
	require.Equal(t, oauth.CodeUnsupported, codeOf(err))
}
