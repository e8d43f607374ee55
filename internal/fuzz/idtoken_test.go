package fuzz

import (
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/pkcewasm/pkcewasm/internal/oauth"
)

// FuzzParseIDToken holds what is accepted against encoding/json: an ID token that passes is one for any reader.
func FuzzParseIDToken(f *testing.F) {
	const (
		goodHeader = `{"alg":"RS256","typ":"JWT","kid":"1"}`
		goodClaims = `{"iss":"https://op.example","sub":"alice","aud":"app","exp":1795266000,"iat":1795262400,"nonce":"N"}`
	)
	replaced := func(old, text string) string { return strings.Replace(goodClaims, old, text, 1) }
	for _, payload := range []string{
		goodClaims, replaced(`"app"`, `["app"]`), replaced("1795266000", "1795266000.5"), replaced("1795262400", "1.7952624e9"), replaced("}", `,"auth_time":1}`),
		replaced(`"app"`, `["app","other"]`), replaced("alice", `\u0061lice`), replaced("}", `,"x":{"iss":"other"}}`), replaced("}", `,"Iss":"other"}`), "{}", "[]",
	} {
		f.Add(goodHeader, payload, "AAAA", "AT")
	}
	for _, header := range []string{
		`{"alg":"none"}`, `{"alg":"HS256"}`, `{"alg":"ES256","typ":"at+jwt"}`, `{"alg":"EdDSA","crit":[]}`, `{"alg":"Ed25519","kid":"\ud83d\ude00"}`, `{"alg":"PS256","alg":"none"}`,
	} {
		f.Add(header, goodClaims, "AAAA", "")
	}
	segment := func(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }
	f.Fuzz(func(t *testing.T, header, payload, signature, accessToken string) {
		token := segment(header) + "." + segment(payload) + "." + signature
		want := oauth.IDTokenExpectation{
			Issuer: "https://op.example", ClientID: "app", Nonce: "N", NowMS: testNowMS, MaxAge: -1, Fresh: true,
			AccessToken: oauth.NewSecret(accessToken),
		}
		claims, err := oauth.ParseIDToken(oauth.NewSecret(token), want)
		if err != nil {
			holds(t, claims == nil, "claims and an error")
			e := failure(t, err, payload, signature, accessToken)
			holds(t, e.Code == oauth.CodeIDToken && e.Reason != "" && !e.Retryable, "%#v", e)
			return
		}
		holds(t, strictlyValid([]byte(header)) && strictlyValid([]byte(payload)), "claims in what is no object")
		holds(t, strings.Count(token, ".") == 2 && signature != "", "a JWT without three parts")
		head := members(t, []byte(header))
		holds(t, slices.Contains([]any{"RS256", "PS256", "ES256", "EdDSA", "Ed25519"}, head["alg"]), "algorithm %v", head["alg"])
		_, critical := head["crit"]
		holds(t, !critical, "what is critical is not understood")
		body := members(t, []byte(payload))
		holds(t, body["iss"] == want.Issuer && body["sub"] == claims.Subject && body["nonce"] == want.Nonce, "of another issuer, user or sign-in")
		audience, several := body["aud"].([]any)
		if !several {
			audience = []any{body["aud"]}
		}
		holds(t, len(audience) > 0, "for nobody")
		for _, one := range audience {
			holds(t, one == want.ClientID, "for somebody else")
		}
		holds(t, seconds(body["exp"]) >= float64(testNow-60), "expired")
		holds(t, seconds(body["iat"]) < float64(testNow+61), "from the future")
	})
}

// seconds is the value of a number, infinite if it is too large for one.
func seconds(number any) float64 {
	value, _ := number.(json.Number).Float64()
	return value
}
