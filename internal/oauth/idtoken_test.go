package oauth

import (
	"crypto/sha256"
	"encoding/base64"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const (
	goodHeader = `{"alg":"RS256","typ":"JWT","kid":"1"}`
	goodClaims = `{"iss":"https://op.example","sub":"alice","aud":"app","exp":1795266000,"iat":1795262400,"nonce":"N"}`
)

func segment(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }

func jwt(header, payload string) Secret {
	return NewSecret(segment(header) + "." + segment(payload) + "." + segment("signature"))
}

func testExpectation() IDTokenExpectation {
	return IDTokenExpectation{Issuer: "https://op.example", ClientID: "app", Nonce: "N", NowMS: testNowMS, MaxAge: -1, Fresh: true}
}

// claimsWith is goodClaims with one claim replaced by a JSON text, added, or left out if that is "".
func claimsWith(name, text string) string {
	members := []string{}
	replaced := false
	for _, m := range [][2]string{{"iss", `"https://op.example"`}, {"sub", `"alice"`}, {"aud", `"app"`},
		{"exp", "1795266000"}, {"iat", "1795262400"}, {"nonce", `"N"`}} {
		if m[0] == name {
			m[1], replaced = text, true
		}
		if m[1] != "" {
			members = append(members, `"`+m[0]+`":`+m[1])
		}
	}
	if !replaced && text != "" {
		members = append(members, `"`+name+`":`+text)
	}
	return "{" + strings.Join(members, ",") + "}"
}

func TestParseIDToken(t *testing.T) {
	payload := claimsWith("auth_time", "1795262000")
	claims, err := ParseIDToken(jwt(goodHeader, payload), testExpectation())
	require.NoError(t, err)
	require.Equal(t, &Claims{
		Issuer: "https://op.example", Subject: "alice", Nonce: "N", Audience: []string{"app"},
		ExpiresAt: testNow + 3600, IssuedAt: testNow, AuthTime: testNow - 400, Raw: payload,
	}, claims)
}

// F-94: a claim that is missing, of the wrong type, or wrong.
func TestClaimsRefused(t *testing.T) {
	at := func(offset int64) string { return strconv.FormatInt(testNow+offset, 10) }
	for _, row := range []struct{ claim, text, want string }{
		{"iss", "", "iss"}, {"iss", "1", "iss"}, {"iss", "null", "iss"}, {"iss", `"https://op.example/"`, "iss"}, {"iss", `["https://op.example"]`, "iss"},
		{"sub", "", "sub"}, {"sub", "1", "sub"}, {"sub", `""`, "sub"}, {"sub", `"` + repeat("a", 256) + `"`, "sub"}, {"sub", `"alicé"`, "sub"},
		{"aud", "", "aud"}, {"aud", "1", "aud"}, {"aud", `""`, "aud"}, {"aud", `"other"`, "aud"}, {"aud", "[]", "aud"}, {"aud", `["other"]`, "aud"},
		{"aud", `["app","other"]`, "aud"}, {"aud", `["app",1]`, "aud"}, {"aud", `{"0":"app"}`, "aud"}, {"aud", `"App"`, "aud"},
		{"azp", "1", "azp"}, {"azp", `"other"`, "azp"}, {"azp", "null", "azp"}, {"azp", `""`, "azp"},
		{"exp", "", "exp"}, {"exp", `"1795266000"`, "exp"}, {"exp", "null", "exp"}, {"exp", "0", "exp"}, {"exp", "-1", "exp"}, {"exp", "1e309", "exp"},
		{"exp", at(0), "exp"}, {"exp", at(-3600), "exp"}, {"exp", "1e308", "exp"},
		{"iat", "", "iat"}, {"iat", `"1795262400"`, "iat"}, {"iat", "true", "iat"}, {"iat", "-1", "iat"}, {"iat", "0", "iat"}, {"iat", "1e309", "iat"},
		{"iat", at(61), "clock"}, {"iat", at(3599), "clock"},
		{"nonce", "", "nonce"}, {"nonce", "1", "nonce"}, {"nonce", "null", "nonce"}, {"nonce", `"M"`, "nonce"}, {"nonce", `""`, "nonce"}, {"nonce", `["N"]`, "nonce"},
		{"auth_time", `"1"`, "auth_time"}, {"auth_time", "-1", "auth_time"}, {"auth_time", "1e309", "auth_time"},
		{"at_hash", `"wrong"`, "at_hash"}, {"at_hash", "1", "at_hash"}, {"at_hash", "null", "at_hash"},
	} {
		t.Run(row.claim+" "+row.text[:min(len(row.text), 30)], func(t *testing.T) {
			want := testExpectation()
			want.AccessToken = NewSecret("AT")
			claims, err := ParseIDToken(jwt(goodHeader, claimsWith(row.claim, row.text)), want)
			require.Nil(t, claims)
			require.Equal(t, "id_token{"+row.want+"}", outcome(t, err))
			require.False(t, failure(t, err).Retryable)
			require.NotContains(t, err.Error(), "alic")
		})
	}
}

// F-94: what is no ID token at all.
func TestTokensThatAreNoIDTokens(t *testing.T) {
	good := jwt(goodHeader, goodClaims).Reveal()
	parts := strings.Split(good, ".")
	for _, row := range []struct{ name, token, want string }{
		{"nothing", "", "malformed"},
		{"garbage", "garbage", "malformed"},
		{"two segments", parts[0] + "." + parts[1], "malformed"},
		{"four segments", good + ".x", "malformed"},
		{"JWE", "a.b.c.d.e", "encrypted"},
		{"not base64url", parts[0] + "." + parts[1] + "." + "a+b/", "malformed"},
		{"padding", parts[0] + "." + parts[1] + "." + "YQ==", "malformed"},
		{"line break", parts[0] + "." + parts[1] + "\n." + parts[2], "malformed"},
		{"loose bits", parts[0] + "." + parts[1] + ".YR", "malformed"},
		{"unsigned", parts[0] + "." + parts[1] + ".", "malformed"},
		{"header no object", segment("[]") + "." + parts[1] + "." + parts[2], "malformed"},
		{"payload no object", parts[0] + "." + segment(`"x"`) + "." + parts[2], "malformed"},
		{"payload not JSON", parts[0] + "." + segment("x") + "." + parts[2], "malformed"},
		{"payload null", parts[0] + "." + segment("null") + "." + parts[2], "malformed"},
		{"empty payload", parts[0] + ".." + parts[2], "malformed"},
		{"claim twice", parts[0] + "." + segment(`{"sub":"a","sub":"b"}`) + "." + parts[2], "duplicate"},
		{"header twice", segment(`{"alg":"none","alg":"RS256"}`) + "." + parts[1] + "." + parts[2], "duplicate"},
		{"1 MiB", parts[0] + "." + repeat("a", 1<<20) + "." + parts[2], "too_large"},
		{"1 MiB of dots", repeat(".", 1<<20), "too_large"},
		{"no alg", jwt(`{"typ":"JWT"}`, goodClaims).Reveal(), "alg"},
		{"alg null", jwt(`{"alg":null}`, goodClaims).Reveal(), "alg"},
		{"alg none", jwt(`{"alg":"none"}`, goodClaims).Reveal(), "alg"},
		{"alg none, unsigned", segment(`{"alg":"none"}`) + "." + parts[1] + ".", "alg"},
		{"alg nOnE", jwt(`{"alg":"nOnE"}`, goodClaims).Reveal(), "alg"},
		{"alg HS256", jwt(`{"alg":"HS256"}`, goodClaims).Reveal(), "alg"},
		{"alg in another case", jwt(`{"ALG":"RS256"}`, goodClaims).Reveal(), "alg"},
		{"alg RS384", jwt(`{"alg":"RS384"}`, goodClaims).Reveal(), "alg"},
		{"alg ES512", jwt(`{"alg":"ES512"}`, goodClaims).Reveal(), "alg"},
		{"alg ES256K", jwt(`{"alg":"ES256K"}`, goodClaims).Reveal(), "alg"},
		{"b64", jwt(`{"alg":"RS256","b64":true}`, goodClaims).Reveal(), "crit"},
		{"crit empty", jwt(`{"alg":"RS256","crit":[]}`, goodClaims).Reveal(), "crit"},
		{"typ of an access token", jwt(`{"alg":"RS256","typ":"at+jwt"}`, goodClaims).Reveal(), "typ"},
		{"typ of a logout token", jwt(`{"alg":"RS256","typ":"application/Logout+JWT"}`, goodClaims).Reveal(), "typ"},
		{"typ no string", jwt(`{"alg":"RS256","typ":null}`, goodClaims).Reveal(), "typ"},
		{"kid no string", jwt(`{"alg":"RS256","kid":1}`, goodClaims).Reveal(), "key"},
		{"crit", jwt(`{"alg":"RS256","crit":["b64"],"b64":false}`, goodClaims).Reveal(), "crit"},
	} {
		t.Run(row.name, func(t *testing.T) {
			_, err := ParseIDToken(NewSecret(row.token), testExpectation())
			require.Equal(t, "id_token{"+row.want+"}", outcome(t, err))
		})
	}
}

func TestClaimsTaken(t *testing.T) {
	hash := sha256.Sum256([]byte("AT"))
	for _, row := range []struct{ claim, text string }{
		{"aud", `["app"]`}, {"azp", `"app"`}, {"exp", "1795266000.5"}, {"iat", "1.7952624e9"}, {"sub", `"` + repeat("a", 255) + `"`},
		{"at_hash", `"` + base64.RawURLEncoding.EncodeToString(hash[:16]) + `"`}, {"iat", strconv.FormatInt(testNow+60, 10)},
		{"x", `{"deep":[1,2]}`}, {"__proto__", "{}"}, {"auth_time", "1"},
	} {
		t.Run(row.claim+" "+row.text[:min(len(row.text), 30)], func(t *testing.T) {
			want := testExpectation()
			want.AccessToken = NewSecret("AT")
			_, err := ParseIDToken(jwt(goodHeader, claimsWith(row.claim, row.text)), want)
			require.NoError(t, err)
		})
	}
	for _, alg := range []string{"RS256", "ES256", "PS256", "EdDSA", "Ed25519"} {
		_, err := ParseIDToken(jwt(`{"alg":"`+alg+`"}`, goodClaims), testExpectation())
		require.NoError(t, err, alg)
	}
}

// F-H14: the error says by how much the clocks differ.
func TestClocks(t *testing.T) {
	for _, row := range []struct {
		name      string
		now       int64 // s after the token was issued for an hour
		tolerance int64
		old       bool // it was not issued just now
		want      string
		skew      string
	}{
		{name: "same", now: 0},
		{name: "tolerated, ahead", now: -60},
		{name: "server ahead", now: -61, want: "id_token{clock}", skew: "61 seconds ahead of"},
		{name: "server 10 minutes ahead", now: -600, want: "id_token{clock}", skew: "600 seconds ahead of"},
		{name: "ahead of an old token", now: -61, old: true, want: "id_token{clock}", skew: "61 seconds ahead of"},
		{name: "tolerated by choice", now: -300, tolerance: 300},
		{name: "tolerance has an end", now: -301, tolerance: 1000, want: "id_token{clock}", skew: "301 seconds ahead of"},
		{name: "old but valid", now: 3599},
		{name: "expired, tolerated", now: 3659},
		{name: "expired", now: 3660, want: "id_token{clock}", skew: "3660 seconds behind"},
		{name: "server a day behind", now: 86400, want: "id_token{clock}", skew: "86400 seconds behind"},
		{name: "old and expired", now: 3660, old: true, want: "id_token{exp}"},
	} {
		t.Run(row.name, func(t *testing.T) {
			want := testExpectation()
			want.NowMS, want.ToleranceSeconds, want.Fresh = testNowMS+row.now*1000, row.tolerance, !row.old
			_, err := ParseIDToken(jwt(goodHeader, goodClaims), want)
			require.Equal(t, row.want, outcome(t, err))
			if row.skew != "" {
				require.Contains(t, failure(t, err).Message, "the server's clock is "+row.skew)
				require.Equal(t, "clock: the server's clock is "+row.skew+" this device's", failure(t, err).Description)
			}
		})
	}
}

//
func TestMaxAge(t *testing.T) {
	for _, row := range []struct {
		authTime string
		maxAge   int64
		want     string
	}{
		{"", 300, "id_token{auth_time}"},
		{strconv.FormatInt(testNow-300, 10), 300, ""},
		{strconv.FormatInt(testNow-360, 10), 300, ""},
		{strconv.FormatInt(testNow-361, 10), 300, "id_token{auth_time}"},
		{strconv.FormatInt(testNow-61, 10), 0, "id_token{auth_time}"},
		{strconv.FormatInt(testNow-86400, 10), -1, ""},
	} {
		want := testExpectation()
		want.MaxAge = row.maxAge
		_, err := ParseIDToken(jwt(goodHeader, claimsWith("auth_time", row.authTime)), want)
		require.Equal(t, row.want, outcome(t, err), "%+v", row)
	}
}

// F-95, F-96, R-62.
func TestRefreshedIDToken(t *testing.T) {
	for _, row := range []struct {
		id, claim, text, want string
		mismatch              bool
	}{
		{"F-95 the same", "x", "1", "", false},
		{"F-95 another sub", "sub", `"bob"`, "id_token{sub}", true},
		{"F-76 sub no string", "sub", "1", "id_token{sub}", false},
		{"F-76 sub empty", "sub", `""`, "id_token{sub}", false},
		{"F-95 another iss", "iss", `"https://evil.example"`, "id_token{iss}", true},
		{"F-76 iss no string", "iss", "1", "id_token{iss}", false},
		{"F-76 iss absent", "iss", "", "id_token{iss}", false},
		{"R-62 another aud", "aud", `"other"`, "id_token{aud}", false},
		{"F-96 nonce absent", "nonce", "", "", false},
		{"F-96 nonce different", "nonce", `"M"`, "id_token{nonce}", true},
		{"F-76 nonce no string", "nonce", "1", "id_token{nonce}", false},
		{"F-76 nonce empty", "nonce", `""`, "id_token{nonce}", false},
		{"F-96 auth_time the same", "auth_time", strconv.FormatInt(testNow-100, 10), "", false},
		{"F-96 auth_time absent", "auth_time", "", "", false},
		{"F-96 auth_time newer", "auth_time", strconv.FormatInt(testNow-99, 10), "id_token{auth_time}", true},
		{"F-96 auth_time older", "auth_time", strconv.FormatInt(testNow-101, 10), "id_token{auth_time}", true},
		{"F-76 auth_time no number", "auth_time", `"now"`, "id_token{auth_time}", false},
	} {
		t.Run(row.id, func(t *testing.T) {
			want := testExpectation()
			want.Refresh, want.Subject, want.AuthTime, want.MaxAge = true, "alice", testNow-100, 60
			_, err := ParseIDToken(jwt(goodHeader, claimsWith(row.claim, row.text)), want)
			require.Equal(t, row.want, outcome(t, err))
			if err != nil {
				require.Equal(t, row.mismatch, err.(*Error).Mismatch)
			}
		})
	}
}

func TestNonceThatNobodySent(t *testing.T) {
	want := testExpectation()
	want.Nonce = ""
	claims, err := ParseIDToken(jwt(goodHeader, goodClaims), want)
	require.NoError(t, err)
	require.Equal(t, "N", claims.Nonce)
	_, err = ParseIDToken(jwt(goodHeader, claimsWith("nonce", "")), want)
	require.NoError(t, err)
}

// of all that may be wrong with a refreshed ID token, another user is what counts.
func TestAnotherUserOfAnotherClient(t *testing.T) {
	want := testExpectation()
	want.Refresh, want.Subject = true, "alice"
	payload := strings.Replace(claimsWith("sub", `"mallory"`), `"aud":"app"`, `"aud":"other"`, 1)
	_, err := ParseIDToken(jwt(goodHeader, payload), want)
	require.Equal(t, "id_token{sub}", outcome(t, err))
	require.True(t, err.(*Error).Mismatch)
}
