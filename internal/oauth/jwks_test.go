package oauth_test

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pkcewasm/pkcewasm/internal/oauth"
	"github.com/pkcewasm/pkcewasm/internal/oauthtest"
)

func base64url(data []byte) string { return base64.RawURLEncoding.EncodeToString(data) }

// numberOf is an odd number of so many bits.
func numberOf(bits int) string {
	number := make([]byte, (bits+7)/8)
	number[0] = 1 << ((bits - 1) % 8)
	number[len(number)-1] |= 1
	return base64url(number)
}

// RFC 7517 section 5: what cannot be used is left out.
func TestKeysThatCannotBeUsed(t *testing.T) {
	for _, row := range []struct {
		algorithm, member, text string // the JSON text that member is set to, "" to leave it out
		usable                  bool
	}{
		{"RS256", "x", "1", true},
		{"RS256", "use", "", true}, {"RS256", "use", "null", true}, {"RS256", "use", `"enc"`, false}, {"RS256", "use", "1", false}, {"RS256", "use", `"SIG"`, false},
		{"RS256", "key_ops", `["verify"]`, true}, {"RS256", "key_ops", `["sign","verify"]`, true}, {"RS256", "key_ops", `["sign"]`, false}, {"RS256", "key_ops", "[]", false},
		{"RS256", "key_ops", `"verify"`, false}, {"RS256", "key_ops", `{"verify":"verify"}`, false},
		{"RS256", "alg", "", true}, {"RS256", "alg", `"PS256"`, false}, {"RS256", "alg", `"RS512"`, false}, {"RS256", "alg", `"none"`, false}, {"RS256", "alg", `"HS256"`, false}, {"RS256", "alg", "1", false},
		{"RS256", "kid", "", false}, {"RS256", "kid", "1", false}, {"RS256", "kid", `"other"`, false}, {"RS256", "kid", `"TEST-KEY-1"`, false},
		{"RS256", "kty", "", false}, {"RS256", "kty", `"rsa"`, false}, {"RS256", "kty", `"EC"`, false}, {"RS256", "kty", `"oct"`, false}, {"RS256", "kty", "1", false},
		{"RS256", "n", "", false}, {"RS256", "n", "1", false}, {"RS256", "n", `""`, false}, {"RS256", "n", `"+/=="`, false},
		{"RS256", "n", `"` + numberOf(512) + `"`, false}, {"RS256", "n", `"` + numberOf(2047) + `"`, false}, {"RS256", "n", `"` + numberOf(8193) + `"`, false},
		{"RS256", "e", "", false}, {"RS256", "e", `""`, false}, {"RS256", "e", `"AQ"`, false}, {"RS256", "e", `"AA"`, false}, {"RS256", "e", `"AQAA"`, false}, {"RS256", "e", `"AAEAAQ"`, true},
		{"RS256", "e", `"` + numberOf(33) + `"`, false},
		{"RS256", "d", `"AQAB"`, false}, {"RS256", "p", `"AQAB"`, false}, {"RS256", "oth", "[]", false}, {"RS256", "k", `"c2VjcmV0"`, false}, {"RS256", "d", "null", true},
		{"ES256", "y", "null", false}, {"ES256", "x", `"` + base64url(make([]byte, 31)) + `"`, false}, {"ES256", "y", `"` + base64url(make([]byte, 33)) + `"`, false},
		{"ES256", "crv", `"P-384"`, false}, {"ES256", "crv", `"p-256"`, false}, {"ES256", "crv", "", false}, {"ES256", "x", "", false}, {"ES256", "y", "", false}, {"ES256", "d", `"AQAB"`, false},
		{"ES256", "z", "1", true}, {"ES256", "alg", "", true},
		{"EdDSA", "crv", `"Ed448"`, false}, {"EdDSA", "crv", `"X25519"`, false}, {"EdDSA", "x", "", false}, {"EdDSA", "x", `"` + base64url(make([]byte, 33)) + `"`, false},
		{"EdDSA", "alg", `"Ed25519"`, true}, {"EdDSA", "d", `"AQAB"`, false}, {"EdDSA", "y", `"x"`, true},
	} {
		t.Run(row.algorithm+" "+row.member+" "+row.text[:min(len(row.text), 20)], func(t *testing.T) {
			key := oauthtest.KeyFor(row.algorithm, 0)
			token := oauth.NewSecret(key.JWT(payload(""), nil))
			jwk := key.JWK()
			if row.text == "" {
				jwk.Drop(row.member)
			} else {
				jwk.Set(row.member, row.text)
			}
			want := "key"
			if row.usable {
				want = ""
			}
			err := oauth.VerifyIDToken(nativeVerifier{}, keySet(t, jwk), token, oauth.Secret{})
			require.Equal(t, want, reasonOf(t, err))
			err = oauth.VerifyIDToken(nativeVerifier{}, keySet(t, jwk, key.JWK()), token, oauth.Secret{})
			require.NoError(t, err, "the others are not lost over it")
		})
	}
}

// Some servers encode a modulus with the sign byte of ASN.1 in front.
func TestAModulusWithAZeroByte(t *testing.T) {
	key := oauthtest.KeyFor("RS256", 0)
	jwk := key.JWK()
	number, err := base64.RawURLEncoding.DecodeString(jwk.Text("n"))
	require.NoError(t, err)
	jwk.SetText("n", base64url(append([]byte{0}, number...)))
	token := oauth.NewSecret(key.JWT(payload(""), nil))
	require.NoError(t, oauth.VerifyIDToken(nativeVerifier{}, keySet(t, jwk), token, oauth.Secret{}))
}

func TestKeySetsRefused(t *testing.T) {
	for name, row := range map[string]struct{ body, want string }{
		"empty":        {"", "empty"},
		"HTML":         {"<!doctype html>", "not_json"},
		"array":        {"[]", "not_object"},
		"no keys":      {"{}", "keys"},
		"null":         {`{"keys":null}`, "keys"},
		"object":       {`{"keys":{}}`, "keys"},
		"other case":   {`{"Keys":[]}`, "keys"},
		"twice":        {`{"keys":[],"keys":[]}`, "duplicate"},
		"member twice": {`{"keys":[{"kid":"a","kid":"b"}]}`, "duplicate"},
		"cut off":      {`{"keys":[{"kty":"RSA"`, "truncated"},
		"257 keys":     {`{"keys":[` + strings.Repeat("{},", 256) + `{}]}`, "keys"},
		"1 MiB":        {`{"keys":[],"x":"` + strings.Repeat("x", 1<<20) + `"}`, "too_large"},
		"deep":         {`{"keys":[` + strings.Repeat("[", 40) + strings.Repeat("]", 40) + `]}`, "depth"},
	} {
		t.Run(name, func(t *testing.T) {
			set, err := oauth.ParseKeySet([]byte(row.body))
			require.Nil(t, set)
			require.Equal(t, row.want, err.(*oauth.Error).Reason)
		})
	}
	for _, body := range []string{`{"keys":[]}`, `{"keys":[1,null,"x",[],{}]}`, `{"keys":[` + strings.Repeat("{},", 255) + `{}]}`} {
		_, err := oauth.ParseKeySet([]byte(body))
		require.NoError(t, err)
	}
}

// once answers every request in the same way and keeps the last one.
type once struct {
	response *oauth.Response
	err      error
	request  *oauth.Request
}

func (o *once) Send(r *oauth.Request) (*oauth.Response, error) {
	o.request = r
	return o.response, o.err
}

func TestFetchKeys(t *testing.T) {
	good := oauthtest.KeySet(oauthtest.KeyFor("ES256", 0).JWK()).Bytes()
	for name, row := range map[string]struct {
		answer    once
		want      string
		retryable bool
	}{
		"good":          {once{response: &oauth.Response{Status: 200, Body: good}}, "", false},
		"204":           {once{response: &oauth.Response{Status: 204}}, "id_token{keys}", true},
		"302":           {once{response: &oauth.Response{Status: 302}}, "id_token{keys}", true},
		"404":           {once{response: &oauth.Response{Status: 404}}, "id_token{keys}", false},
		"429":           {once{response: &oauth.Response{Status: 429}}, "id_token{keys}", true},
		"503":           {once{response: &oauth.Response{Status: 503}}, "id_token{keys}", true},
		"HTML":          {once{response: &oauth.Response{Status: 200, Body: []byte("<p>")}}, "id_token{keys}", true},
		"no network":    {once{err: &oauth.Error{Code: oauth.CodeNetwork, Retryable: true}}, "id_token{keys}", true},
		"timeout":       {once{err: &oauth.Error{Code: oauth.CodeTimeout, Retryable: true}}, "id_token{keys}", true},
		"aborted":       {once{err: &oauth.Error{Code: oauth.CodeAborted}}, "aborted{}", false},
		"foreign error": {once{err: fmt.Errorf("something")}, "id_token{keys}", true},
	} {
		t.Run(name, func(t *testing.T) {
			keys, err := oauth.FetchKeys(&row.answer, "https://op.example/jwks")
			require.Equal(t, "GET", row.answer.request.Method)
			require.Equal(t, "https://op.example/jwks", row.answer.request.URL)
			require.Equal(t, []oauth.Header{{Name: "Accept", Value: "application/json"}}, row.answer.request.Headers)
			require.True(t, row.answer.request.Body.IsZero())
			if row.want == "" {
				require.NoError(t, err)
				require.NotNil(t, keys)
				return
			}
			e := err.(*oauth.Error)
			require.Equal(t, row.want, string(e.Code)+"{"+e.Reason+"}")
			require.Equal(t, row.retryable, e.Retryable)
		})
	}
}
