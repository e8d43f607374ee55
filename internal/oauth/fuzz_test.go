package oauth

import (
	"encoding/base64"
	"encoding/json"
	"math/big"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pkcewasm/pkcewasm/internal/oauthtest"
)

// pickyVerifier verifies with the standard library, and checks that it is asked what it may be asked.
type pickyVerifier struct {
	t       *testing.T
	token   string
	genuine bool
	asked   int
}

func (v *pickyVerifier) Verify(algorithm string, key *PublicKey, signed string, signature []byte) (bool, error) {
	v.asked++
	require.Equal(v.t, v.token, signed+"."+base64.RawURLEncoding.EncodeToString(signature), "the signature is over what came")
	number := func(text string) *big.Int {
		data, err := base64.RawURLEncoding.DecodeString(text)
		require.NoError(v.t, err)
		return new(big.Int).SetBytes(data)
	}
	switch algorithm {
	case "RS256", "PS256":
		require.Equal(v.t, "RSA", key.Type)
		require.GreaterOrEqual(v.t, number(key.N).BitLen(), 2048)
		require.LessOrEqual(v.t, number(key.N).BitLen(), 8192)
		require.Equal(v.t, uint(1), number(key.E).Bit(0))
		require.Greater(v.t, number(key.E).Int64(), int64(2))
	case "ES256":
		require.Equal(v.t, "EC P-256", key.Type+" "+key.Curve)
		require.Len(v.t, key.X+key.Y, 2*43)
	case "EdDSA":
		require.Equal(v.t, "OKP Ed25519", key.Type+" "+key.Curve)
		require.Len(v.t, key.X, 43)
	default:
		v.t.Fatalf("algorithm %q", algorithm)
	}
	jwk := map[string]string{"n": key.N, "e": key.E, "x": key.X, "y": key.Y}
	genuine := oauthtest.Verify(algorithm, jwk, signed, signature)
	v.genuine = v.genuine || genuine
	return genuine, nil
}

func (v *pickyVerifier) SHA512(string) ([]byte, error) { return make([]byte, 64), nil }

// FuzzVerifyIDToken holds what is accepted against the standard library, with any key set.
func FuzzVerifyIDToken(f *testing.F) {
	for _, vector := range oauthtest.SignatureVectors() {
		jwk, err := json.Marshal(vector.JWK)
		require.NoError(f, err)
		for _, keys := range []string{
			`{"keys":[` + string(jwk) + `]}`, `{"keys":[{"kty":"oct","k":"AA"},` + string(jwk) + `,{}]}`, `{"keys":[]}`, "{}", "",
			strings.Replace(`{"keys":[`+string(jwk)+`]}`, `"kty":`, `"use":"sig","key_ops":["verify"],"kid":"1","kty":`, 1),
			strings.Replace(`{"keys":[`+string(jwk)+`]}`, `"kty":`, `"alg":"HS256","kty":`, 1),
		} {
			f.Add(vector.Token, []byte(keys))
		}
	}
	f.Fuzz(func(t *testing.T, token string, body []byte) {
		keys, err := ParseKeySet(body)
		if err != nil {
			require.Nil(t, keys)
			failure(t, err)
			return
		}
		_, err = ParseObject(body) // which FuzzParseTokens holds against encoding/json
		require.NoError(t, err)
		v := &pickyVerifier{t: t, token: token}
		err = VerifyIDToken(v, keys, NewSecret(token), Secret{})
		require.LessOrEqual(t, v.asked, 8)
		require.Equal(t, v.genuine, err == nil, "%v", err)
		if err != nil {
			require.Equal(t, CodeIDToken, failure(t, err).Code)
		}
	})
}
