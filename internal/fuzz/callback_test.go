package fuzz

import (
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/pkcewasm/pkcewasm/internal/oauth"
)

// FuzzParseCallback holds what is accepted against an independent reading of the query, and a forged link against silence.
func FuzzParseCallback(f *testing.F) {
	const state, issuer = "0123456789abcdef0123456789abcdef", "https://op.example"
	for _, query := range []string{
		"code=abc&state=" + state, "code=abc&state=" + state + "&iss=https%3A%2F%2Fop.example", "error=access_denied&error_description=no&state=" + state,
		"code=a&code=b&state=" + state, "code=a&state=" + state + "&state=" + state, "code=a&%73tate=" + state, "code=%zz&state=" + state, "code=+%2B&state=" + state,
		"code=a&state=" + state + "&access_token=t", "code=a&state=" + state + "&iss=https://evil.example", "response=jwt&state=" + state, "&&=&=x&code=a&state=" + state,
		"code=%ff&state=" + state, "error=" + state + "&state=" + state, "code=a&state=" + state + "#code=b", "code=a;state=" + state,
	} {
		f.Add("https://app.example/cb?"+query, state, "query")
		f.Add("https://app.example/cb#"+query, state, "fragment")
	}
	possible := []oauth.Code{oauth.CodeCallback, oauth.CodeState, oauth.CodeIssuer, oauth.CodeAuthorization, oauth.CodeConfig}
	f.Fuzz(func(t *testing.T, rawURL, state, mode string) {
		response, err := oauth.ParseCallback(rawURL, oauth.CallbackExpectation{State: state, Issuer: issuer, ResponseMode: mode})
		address, read, _ := strings.Cut(rawURL, "#")
		if mode != "fragment" {
			_, read, _ = strings.Cut(address, "?")
		}
		reference := readQuery(read)
		if err != nil {
			holds(t, response == nil, "a response and an error")
			e := failure(t, err, append(slices.Clone(reference["code"]), reference["state"]...)...)
			holds(t, slices.Contains(possible, e.Code), "the code %s", e.Code)
			if e.Code == oauth.CodeAuthorization {
				holds(t, slices.Equal([]string{state}, reference["state"]), "a forged error is believed")
			}
			return
		}
		code := response.Code.Reveal()
		holds(t, state != "" && slices.Equal([]string{state}, reference["state"]), "a foreign response is accepted")
		holds(t, code != "" && slices.Equal([]string{code}, reference["code"]), "another code: %q", code)
		for _, name := range []string{"error", "access_token", "id_token", "refresh_token", "response"} {
			holds(t, reference[name] == nil, "accepted with %s", name)
		}
		holds(t, response.Iss == "" || response.Iss == issuer, "the issuer %q", response.Iss)
		for name, values := range reference {
			holds(t, len(values) == 1, "%q is there twice", name)
		}
		silent(t, response, code)
		if exact, err := url.ParseQuery(read); err == nil && utf8.ValidString(exact.Get("code")) {
			equal(t, exact.Get("code"), code, "net/url")
		}
	})
}

var percentEncoded = regexp.MustCompile(`%[0-9A-Fa-f]{2}`)

// readQuery is the application/x-www-form-urlencoded parser of the URL standard, put together from other parts than ours.
func readQuery(text string) map[string][]string {
	plain := func(text string) string {
		text = strings.ReplaceAll(text, "+", " ")
		if strings.Contains(text, "%") {
			text = percentEncoded.ReplaceAllStringFunc(text, func(escape string) string {
				n, _ := strconv.ParseUint(escape[1:], 16, 8)
				return string([]byte{byte(n)})
			})
		}
		return strings.ToValidUTF8(text, "\uFFFD")
	}
	values := map[string][]string{}
	for _, pair := range strings.Split(text, "&") {
		if pair != "" {
			name, value, _ := strings.Cut(pair, "=")
			values[plain(name)] = append(values[plain(name)], plain(value))
		}
	}
	return values
}
