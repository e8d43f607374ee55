package oauth_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pkcewasm/pkcewasm/internal/oauth"
	"github.com/pkcewasm/pkcewasm/internal/oauthtest"
)

// keySet is the set of some JWKs as the client reads it.
func keySet(t testing.TB, keys ...oauthtest.Members) *oauth.KeySet {
	t.Helper()
	set, err := oauth.ParseKeySet(oauthtest.KeySet(keys...).Bytes())
	require.NoError(t, err)
	return set
}

// reasonOf is the Reason of an id_token error, "" without an error.
func reasonOf(t testing.TB, err error) string {
	t.Helper()
	if err == nil {
		return ""
	}
	e, ok := err.(*oauth.Error)
	require.True(t, ok)
	require.Equal(t, oauth.CodeIDToken, e.Code)
	return e.Reason
}

func payload(claims string) oauthtest.Members {
	var m oauthtest.Members
	m.SetText("sub", "alice")
	if claims != "" {
		m.SetText("at_hash", claims)
	}
	return m
}

func TestSignatureVectors(t *testing.T) {
	for _, vector := range oauthtest.SignatureVectors() {
		t.Run(vector.Source, func(t *testing.T) {
			var jwk oauthtest.Members
			for name, value := range vector.JWK {
				jwk.SetText(name, value)
			}
			set := keySet(t, jwk)
			err := oauth.VerifyIDToken(nativeVerifier{}, set, oauth.NewSecret(vector.Token), oauth.Secret{})
			if vector.Algorithm == "EdDSA" {
				require.Equal(t, "malformed", reasonOf(t, err), "that example signs a text, not claims")
				return
			}
			require.NoError(t, err)
			// A character in the middle of each part.
			for _, at := range []int{15, 60, len(vector.Token) - 20} {
				forged := []byte(vector.Token)
				forged[at] = map[bool]byte{true: 'A', false: 'B'}[forged[at] != 'A']
				err := oauth.VerifyIDToken(nativeVerifier{}, set, oauth.NewSecret(string(forged)), oauth.Secret{})
				require.Contains(t, []string{"malformed", "alg", "signature"}, reasonOf(t, err), at)
			}
		})
	}
}

// What verifies with the standard library verifies here, with the right key alone.
func TestSignaturesOfEveryAlgorithm(t *testing.T) {
	algorithms := []string{"RS256", "PS256", "ES256", "EdDSA"}
	for _, algorithm := range algorithms {
		t.Run(algorithm, func(t *testing.T) {
			key, next := oauthtest.KeyFor(algorithm, 0), oauthtest.KeyFor(algorithm, 1)
			token := oauth.NewSecret(key.JWT(payload(""), nil))
			verify := func(keys ...oauthtest.Members) string {
				return reasonOf(t, oauth.VerifyIDToken(nativeVerifier{}, keySet(t, keys...), token, oauth.Secret{}))
			}
			require.Empty(t, verify(key.JWK()))
			require.Empty(t, verify(next.JWK(), key.JWK()))
			require.Equal(t, "key", verify(next.JWK()))
			require.Equal(t, "key", verify())
			misnamed := next.JWK()
			misnamed.SetText("kid", key.ID)
			require.Equal(t, "signature", verify(misnamed))
			require.Empty(t, verify(misnamed, key.JWK()), "two keys of one name")
			for _, other := range algorithms {
				if other != algorithm {
					require.Equal(t, "key", verify(oauthtest.KeyFor(other, 0).JWK()), other)
				}
			}
			for name, edit := range map[string]oauthtest.IDTokenEdit{
				"flipped": {Signature: "flipped"}, "hs256": {Signature: "hs256"},
			} {
				forged := oauth.NewSecret(key.JWT(payload(""), &edit))
				err := oauth.VerifyIDToken(nativeVerifier{}, keySet(t, key.JWK()), forged, oauth.Secret{})
				require.Equal(t, "signature", reasonOf(t, err), name)
			}
		})
	}
	ed := oauthtest.KeyFor("EdDSA", 0)
	renamed := ed.JWT(payload(""), &oauthtest.IDTokenEdit{Header: map[string]json.RawMessage{"alg": json.RawMessage(`"Ed25519"`)}})
	require.NoError(t, oauth.VerifyIDToken(nativeVerifier{}, keySet(t, ed.JWK()), oauth.NewSecret(renamed), oauth.Secret{}), "RFC 9864")
}

// counting counts what is verified.
type counting struct {
	nativeVerifier
	n int
}

func (c *counting) Verify(algorithm string, key *oauth.PublicKey, signed string, signature []byte) (bool, error) {
	c.n++
	return c.nativeVerifier.Verify(algorithm, key, signed, signature)
}

// A token without kid is tried with every key that fits, but not with hundreds.
func TestTokensWithoutKeyID(t *testing.T) {
	key, other := oauthtest.KeyFor("ES256", 0), oauthtest.KeyFor("ES256", 1).JWK()
	token := oauth.NewSecret(key.JWT(payload(""), &oauthtest.IDTokenEdit{NoKeyID: true}))
	verify := func(keys ...oauthtest.Members) (string, int) {
		c := new(counting)
		return reasonOf(t, oauth.VerifyIDToken(c, keySet(t, keys...), token, oauth.Secret{})), c.n
	}
	reason, n := verify(oauthtest.KeyFor("RS256", 0).JWK(), other, key.JWK(), other)
	require.Equal(t, "", reason)
	require.Equal(t, 2, n)
	many := make([]oauthtest.Members, 200)
	for i := range many {
		many[i] = other
	}
	reason, n = verify(append(many, key.JWK())...)
	require.Equal(t, "signature", reason)
	require.Equal(t, 8, n)
}

// OpenID Connect Core section 3.1.3.8, with the hash of the curve's own signatures.
func TestAccessTokenHashOfEdDSA(t *testing.T) {
	hash, _ := nativeVerifier{}.SHA512("AT")
	key := oauthtest.KeyFor("EdDSA", 0)
	for _, row := range []struct{ hash, access, want string }{
		{base64url(hash[:32]), "AT", ""}, {base64url(hash[:32]), "", ""}, {"", "AT", ""},
		{base64url(hash[:32]), "other", "at_hash"}, {base64url(hash[:16]), "AT", "at_hash"}, {"x", "AT", "at_hash"},
	} {
		token := oauth.NewSecret(key.JWT(payload(row.hash), nil))
		err := oauth.VerifyIDToken(nativeVerifier{}, keySet(t, key.JWK()), token, oauth.NewSecret(row.access))
		require.Equal(t, row.want, reasonOf(t, err), "%+v", row)
	}
}

// unable is a platform without crypto.subtle.
type unable struct{}

var errUnable = &oauth.Error{Code: oauth.CodeInsecureContext, Message: "no"}

func (unable) Verify(string, *oauth.PublicKey, string, []byte) (bool, error) { return true, errUnable }
func (unable) SHA512(string) ([]byte, error)                                 { return nil, errUnable }

func TestAPlatformThatCannotVerify(t *testing.T) {
	key := oauthtest.KeyFor("ES256", 0)
	err := oauth.VerifyIDToken(unable{}, keySet(t, key.JWK()), oauth.NewSecret(key.JWT(payload(""), nil)), oauth.Secret{})
	require.Equal(t, error(errUnable), err)
}

func TestNoTokenInErrors(t *testing.T) {
	key := oauthtest.KeyFor("ES256", 0)
	token := key.JWT(payload(""), &oauthtest.IDTokenEdit{Signature: "flipped"})
	err := oauth.VerifyIDToken(nativeVerifier{}, keySet(t, key.JWK()), oauth.NewSecret(token), oauth.Secret{})
	for _, part := range strings.Split(token, ".") {
		require.NotContains(t, err.Error(), part)
	}
}
