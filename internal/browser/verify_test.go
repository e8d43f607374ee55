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

// keyOf is the public key of a server's.
func keyOf(key *oauthtest.Key) *oauth.PublicKey {
	jwk := map[string]string{}
	for _, name := range []string{"kty", "crv", "n", "e", "x", "y"} {
		jwk[name] = key.JWK().Text(name)
	}
	return publicKey(jwk)
}

// verifies verifies a token. Ed25519, which not every engine has, is no matter of this package.
func verifies(t *testing.T, algorithm string, key *oauth.PublicKey, token string) bool {
	t.Helper()
	return verifiesWith(t, new(Verifier), algorithm, key, token)
}

func verifiesWith(t *testing.T, verifier *Verifier, algorithm string, key *oauth.PublicKey, token string) bool {
	t.Helper()
	at := strings.LastIndexByte(token, '.')
	signature, err := base64.RawURLEncoding.DecodeString(token[at+1:])
	require.NoError(t, err)
	genuine, err := verifier.Verify(algorithm, key, token[:at], signature)
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
	var claims oauthtest.Members
	claims.SetText("sub", "é\u2028"+strings.Repeat("x", 3000))
	for _, algorithm := range []string{"RS256", "PS256", "ES256", "EdDSA"} {
		t.Run(algorithm, func(t *testing.T) {
			key, next := oauthtest.KeyFor(algorithm, 0), oauthtest.KeyFor(algorithm, 1)
			for range 20 {
				require.True(t, verifies(t, algorithm, keyOf(key), key.JWT(claims, nil)))
			}
			require.False(t, verifies(t, algorithm, keyOf(next), key.JWT(claims, nil)))
			for _, how := range []string{"flipped", "hs256", "none"} {
				require.False(t, verifies(t, algorithm, keyOf(key), key.JWT(claims, &oauthtest.IDTokenEdit{Signature: how})), how)
			}
		})
	}
	rs, ps := oauthtest.KeyFor("RS256", 0), oauthtest.KeyFor("PS256", 0)
	require.False(t, verifies(t, "PS256", keyOf(rs), rs.JWT(claims, nil)), "one algorithm's signature is not the other's")
	require.False(t, verifies(t, "RS256", keyOf(ps), ps.JWT(claims, nil)))
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
		genuine, err := new(Verifier).Verify("ES256", key, "x", make([]byte, 64))
		require.NoError(t, err, name)
		require.False(t, genuine, name)
	}
}

// The key that was used last is imported once, and never taken for another.
func TestVerifyKeepsTheKey(t *testing.T) {
	imports := 0
	counting := script(`const [count] = arguments, { subtle } = crypto;
		return { subtle: {
			importKey: (...given) => { count(); return subtle.importKey(...given); },
			verify: (...given) => subtle.verify(...given),
		} }`)
	count := js.FuncOf(func(js.Value, []js.Value) any { imports++; return nil })
	defer count.Release()
	patch(t, "crypto", counting.Invoke(count))

	var claims oauthtest.Members
	claims.SetText("sub", "x")
	verifier := new(Verifier)
	check := func(algorithm string, key *oauth.PublicKey, token string) bool {
		t.Helper()
		return verifiesWith(t, verifier, algorithm, key, token)
	}
	signers := []*oauthtest.Key{oauthtest.KeyFor("RS256", 0), oauthtest.KeyFor("RS256", 1)}
	keys := []*oauth.PublicKey{keyOf(signers[0]), keyOf(signers[1])}
	tokens := []string{signers[0].JWT(claims, nil), signers[1].JWT(claims, nil)}
	for range 3 {
		require.True(t, check("RS256", keys[0], tokens[0]))
		require.False(t, check("RS256", keys[0], tokens[1]))
	}
	require.Equal(t, 1, imports)
	require.True(t, check("RS256", keys[1], tokens[1]))
	require.False(t, check("RS256", keys[1], tokens[0]))
	require.Equal(t, 2, imports)
	require.False(t, check("PS256", keys[1], tokens[1]), "imported for another algorithm")
	require.Equal(t, 3, imports)
	require.True(t, check("RS256", keys[1], tokens[1]))
	require.Equal(t, 4, imports)

	refused := &oauth.PublicKey{Type: "RSA"}
	require.False(t, check("RS256", refused, tokens[1]), "no key at all is not the last one")
	require.True(t, check("RS256", keys[1], tokens[1]))
	require.Equal(t, 5, imports, "and does not replace it")

	verifier.Release()
	for range 2 {
		require.True(t, check("RS256", keys[1], tokens[1]), "a session that was closed meanwhile")
	}
	require.Equal(t, 7, imports)
	require.True(t, verifier.imported.isNil())
}

func TestSHA512(t *testing.T) {
	hash, err := new(Verifier).SHA512("abc") // FIPS 180-2 appendix C.1
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
			genuine, err := new(Verifier).Verify("ES256", &oauth.PublicKey{}, "x", nil)
			require.False(t, genuine)
			require.Equal(t, row.want, codeOf(err))
			_, err = new(Verifier).SHA512("x")
			require.Equal(t, row.want, codeOf(err))
		})
	}
}

// An engine that does not know Ed25519 cannot tell, which is not the same as a wrong signature.
func TestVerifyWithoutEd25519(t *testing.T) {
	patch(t, "crypto", script("return { subtle: { importKey: () => Promise.reject(new DOMException('', 'NotSupportedError')), digest() { throw 1 } } }").Invoke())
	_, err := new(Verifier).Verify("EdDSA", &oauth.PublicKey{Type: "OKP", Curve: "Ed25519", X: "x"}, "x", nil)
	require.Equal(t, oauth.CodeUnsupported, codeOf(err))
	genuine, err := new(Verifier).Verify("RS256", &oauth.PublicKey{Type: "RSA"}, "x", nil)
	require.NoError(t, err)
	require.False(t, genuine)
	_, err = new(Verifier).SHA512("x")
	require.Equal(t, oauth.CodeUnsupported, codeOf(err))
}
