package fuzz

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/pkcewasm/pkcewasm/internal/oauth"
)

// FuzzParseRetryAfter holds dates against time.Parse and numbers against strconv.
func FuzzParseRetryAfter(f *testing.F) {
	const httpDate = "Mon, 02 Jan 2006 15:04:05 GMT" // RFC 9110 section 5.6.7
	for _, value := range []string{
		"120", "0", "-1", "1e9", "1.5", "99999999999999999999", "120, 60", " 7 ", "Sat, 21 Nov 2026 12:02:00 GMT", "Sat, 21 Nov 2026 12:02:00 UTC",
		"Saturday, 21-Nov-26 12:02:00 GMT", "Sat, 31 Feb 2026 12:02:60 GMT", "Thu, 01 Jan 1970 00:00:00 GMT", "Fri, 31 Dec 9999 23:59:59 GMT", "soon", "\x00",
	} {
		f.Add(value, testNowMS)
	}
	f.Fuzz(func(t *testing.T, value string, nowMS int64) {
		seconds := oauth.ParseRetryAfter(value, nowMS)
		holds(t, seconds == 0 || seconds >= 1 && seconds <= 900, "%d", seconds)
		if n, err := strconv.ParseUint(value, 10, 64); err == nil && value[0] != '+' {
			equal(t, int64(min(max(n, 1), 900)), seconds, "a number")
		}
		at, err := time.Parse(httpDate, value)
		if err == nil && at.Format(httpDate) == value && nowMS > 0 && nowMS < 1<<52 { // dates are case-sensitive, time.Parse is not
			wait := (at.UnixMilli() - nowMS + 999) / 1000
			equal(t, min(max(wait, 1), 900), seconds, "a date")
		}
	})
}

// FuzzProofOutcome holds what an answer says of a proof of possession, in WWW-Authenticate above all, against the grammar of
// challenges and encoding/json.
func FuzzProofOutcome(f *testing.F) {
	const nonce, date = "n-0S6_WzA2Mj", "Sat, 21 Nov 2026 12:02:00 GMT"
	for _, challenge := range []string{
		`DPoP error="use_dpop_nonce"`, `DPoP error="invalid_dpop_proof", algs="ES256"`, `Bearer realm="x", DPoP error="use_dpop_nonce", error_description="later"`,
		`DPoP error=use_dpop_nonce`, `DPoP realm="\"use_dpop_nonce\""`, `Basic Zm9vOmJhcg==`, `DPoP error="use_dpop_nonce`, `error="use_dpop_nonce"`, "", ",,", `DPoP error="a"use_dpop_nonce"`,
		`DPoP Error=use_dpop_nonce, algs=ES256`, `DPoP realm=", error=use_dpop_nonce"`,
	} {
		f.Add(uint16(401), challenge, nonce, date, "")
	}
	for _, body := range []string{`{"error":"use_dpop_nonce"}`, `{"error":"a\"use_dpop_nonce"}`, `{"error":"invalid_dpop_proof"}`, `{"error":"invalid_grant"}`, `{"error":["use_dpop_nonce"]}`, "{"} {
		f.Add(uint16(400), "", "two, nonces", "", body)
	}
	f.Fuzz(func(t *testing.T, status uint16, challenge, nonce, date, body string) {
		headers := []oauth.Header{{Name: "WWW-Authenticate", Value: challenge}, {Name: "DPoP-Nonce", Value: nonce}, {Name: "Date", Value: date}}
		outcome := oauth.ReadProofOutcome(&oauth.Response{
			Status: int(status), Headers: headers, Body: []byte(body), ReceivedAt: testNowMS,
		})
		holds(t, outcome.Nonce == "" || outcome.Nonce == nonce && nonceGrammar.MatchString(nonce), "the nonce %q", outcome.Nonce)
		var said []string
		if strictlyValid([]byte(body)) {
			if code, ok := members(t, []byte(body))["error"].(string); ok {
				said = append(said, code)
			}
		}
		refusal, wellFormed := status == 400 || status == 401, challenges.MatchString(challenge)
		if wellFormed {
			for _, m := range words.FindAllStringSubmatch(challenge, -1) {
				if strings.EqualFold(m[1], "error") {
					said = append(said, m[2]+m[3])
				}
			}
			refused := slices.Contains(said, "use_dpop_nonce") || slices.Contains(said, "invalid_dpop_proof")
			equal(t, refusal && refused, outcome.Refused(), challenge)
		}
		if !outcome.Refused() {
			return
		}
		holds(t, refusal, "refused with the status %d", status)
		e := failure(t, outcome.Error())
		holds(t, slices.Contains(said, e.OAuthError) || !wellFormed && strings.Contains(challenge, e.OAuthError), "nobody said %q", e.OAuthError)
		equal(t, e.OAuthError == "use_dpop_nonce", outcome.WantsNonce(), "what is wanted")
		equal(t, oauth.CodeDPoP, e.Code, "code")
		holds(t, slices.Contains([]string{"nonce", "nonce_hidden", "clock", "proof"}, e.Reason), "reason %q", e.Reason)
	})
}

// RFC 9449 section 8.1: 1*NQCHAR.
var nonceGrammar = regexp.MustCompile(`^[\x21\x23-\x5B\x5D-\x7E]+$`)

// RFC 9110 section 11.6.1: a list of challenges, each a scheme with parameters.
var (
	challenges = regexp.MustCompile(`^` + challenge + `(, ` + challenge + `)*$`)
	words      = regexp.MustCompile(`(` + token + `)(?:=(?:(` + token + `)|"(` + quoted + `)"))?`)
)

const (
	token     = "[!#$%&'*+.^_`|~0-9A-Za-z-]+"
	quoted    = `(?:[\t !#-\[\]-~]|\\[\t -~])*`
	parameter = token + `=(?:` + token + `|"` + quoted + `")`
	challenge = token + `(?: ` + parameter + `(?:, ` + parameter + `)*)?`
)
