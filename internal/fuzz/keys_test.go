package fuzz

import (
	"encoding/base64"
	"encoding/json"
	"math/big"
	"slices"
	"strings"
	"testing"

	"github.com/pkcewasm/pkcewasm/internal/oauth"
)

// FuzzParseKeySet holds the keys that an ID token may be verified with against encoding/json and math/big. No signature is
// verified, which makes it fast: internal/oauth's FuzzVerifyIDToken does that.
func FuzzParseKeySet(f *testing.F) {
	modulus := strings.Repeat("_", 341) + "8"
	rsa, ec, okp := `"kty":"RSA","n":"`+modulus+`","e":"AQAB"`, `"kty":"EC","crv":"P-256","x":"`+strings.Repeat("A", 43)+`","y":"`+strings.Repeat("A", 43)+`"`,
		`"kty":"OKP","crv":"Ed25519","x":"`+strings.Repeat("A", 43)+`"`
	for _, keys := range []string{
		"{" + rsa + "}", "{" + ec + "},{" + okp + "}", "{" + rsa + `,"d":"AA"}`, "{" + ec + `,"d":null}`, "{" + okp + `,"alg":"Ed25519","use":"sig"}`, "{" + rsa + `,"alg":"HS256"}`,
		"{" + rsa + `,"use":"enc"}`, "{" + ec + `,"key_ops":["sign"]}`, "{" + ec + `,"key_ops":["sign","verify"],"kid":"1"}`, `{"kty":"oct","k":"AA"}`, `null,1,[],{}`,
		strings.Replace("{"+rsa+"}", "AQAB", "AQ", 1), strings.Replace("{"+rsa+"}", `n":"`, `n":"AAAA`, 1), strings.Replace("{"+okp+"}", "Ed25519", "X25519", 1), "{" + rsa + `,"kid":1}`,
	} {
		f.Add([]byte(`{"keys":[`+keys+`]}`), "1")
		f.Add([]byte(`{"keys":[`+keys+`]}`), "")
	}
	f.Fuzz(func(t *testing.T, body []byte, kid string) {
		keys, err := oauth.ParseKeySet(body)
		if err != nil {
			holds(t, keys == nil, "keys and an error")
			failure(t, err)
			return
		}
		holds(t, strictlyValid(body), "keys in what is no object")
		list, _ := members(t, body)["keys"].([]any)
		kid = strings.ToValidUTF8(kid, "")
		for _, algorithm := range []string{"RS256", "PS256", "ES256", "EdDSA"} {
			var want []string
			for _, entry := range list {
				if jwk, ok := entry.(map[string]any); ok && usable(jwk, algorithm) && (kid == "" || jwk["kid"] == kid) {
					want = append(want, material(jwk))
				}
			}
			asked := &asked{t: t, algorithm: algorithm}
			err := oauth.VerifyIDToken(asked, keys, signedBy(t, algorithm, kid), oauth.Secret{})
			equal(t, oauth.CodeIDToken, failure(t, err).Code, "code")
			if want = want[:min(len(want), 8)]; !slices.Equal(want, asked.keys) {
				t.Fatalf("%s: want %q, got %q", algorithm, want, asked.keys)
			}
		}
	})
}

// asked are the keys that a signature was looked for of, which is none's.
type asked struct {
	t         *testing.T
	algorithm string
	keys      []string
}

func (a *asked) Verify(algorithm string, key *oauth.PublicKey, _ string, _ []byte) (bool, error) {
	equal(a.t, a.algorithm, algorithm, "algorithm")
	a.keys = append(a.keys, number(key.N).String()+" "+number(key.E).String()+" "+key.X+" "+key.Y)
	return false, nil
}

func (a *asked) SHA512(string) ([]byte, error) { return make([]byte, 64), nil }

func signedBy(t *testing.T, algorithm, kid string) oauth.Secret {
	header, err := json.Marshal(map[string]string{"alg": algorithm, "kid": kid})
	holds(t, err == nil, "%v", err)
	return oauth.NewSecret(base64.RawURLEncoding.EncodeToString(header) + ".e30.AAAA")
}

// usable is the reference for RFC 7517 section 4 and RFC 7518 section 6, for public keys that may verify such signatures.
func usable(jwk map[string]any, algorithm string) bool {
	for _, private := range []string{"d", "p", "q", "dp", "dq", "qi", "oth", "k"} {
		if jwk[private] != nil {
			return false
		}
	}
	if alg := jwk["alg"]; alg != nil && alg != algorithm && (alg != "Ed25519" || algorithm != "EdDSA") {
		return false
	}
	if use := jwk["use"]; use != nil && use != "sig" {
		return false
	}
	if operations := jwk["key_ops"]; operations != nil {
		if list, _ := operations.([]any); !slices.Contains(list, any("verify")) {
			return false
		}
	}
	switch algorithm {
	case "ES256":
		return jwk["kty"] == "EC" && jwk["crv"] == "P-256" && len(octets(jwk["x"])) == 32 && len(octets(jwk["y"])) == 32
	case "EdDSA":
		return jwk["kty"] == "OKP" && jwk["crv"] == "Ed25519" && len(octets(jwk["x"])) == 32
	}
	n, e := number(jwk["n"]), number(jwk["e"])
	return jwk["kty"] == "RSA" && n.Bit(0) == 1 && n.BitLen() >= 2048 && n.BitLen() <= 8192 && e.Bit(0) == 1 && e.BitLen() >= 2 && e.BitLen() <= 32
}

// material is the public part of a key.
func material(jwk map[string]any) string {
	switch jwk["kty"] {
	case "RSA":
		return number(jwk["n"]).String() + " " + number(jwk["e"]).String() + "  "
	case "EC":
		return "0 0 " + jwk["x"].(string) + " " + jwk["y"].(string)
	}
	return "0 0 " + jwk["x"].(string) + " "
}

// octets decodes base64url without padding (RFC 7515 section 2), nil if it is none.
func octets(value any) []byte {
	text, _ := value.(string)
	data, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || strings.ContainsAny(text, "\r\n") {
		return nil
	}
	return data
}

func number(value any) *big.Int { return new(big.Int).SetBytes(octets(value)) }
