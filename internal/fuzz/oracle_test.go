package fuzz

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/pkcewasm/pkcewasm/internal/oauth"
)

// Sat, 21 Nov 2026 12:00:00 GMT.
const (
	testNow   = int64(1795262400)
	testNowMS = testNow * 1000
)

// telling is the number of characters by which a secret is recognised: more than an address has.
const telling = 16

func holds(t *testing.T, condition bool, promise string, arguments ...any) {
	if !condition {
		t.Helper()
		t.Fatalf(promise, arguments...)
	}
}

func equal[T comparable](t *testing.T, want, got T, what string) {
	t.Helper()
	holds(t, want == got, "%s: want %#v, got %#v", what, want, got)
}

// failure is the error in the only form that errors may have, held against what no formatter may show.
func failure(t *testing.T, err error, secrets ...string) *oauth.Error {
	t.Helper()
	e, ok := err.(*oauth.Error)
	holds(t, ok, "an error of the type %T", err)
	holds(t, e.Code != "" && e.Message != "", "an error without code or message: %#v", e)
	holds(t, inErrorGrammar(e.OAuthError) && inErrorGrammar(e.Description), "not in the grammar: %q %q", e.OAuthError, e.Description)
	holds(t, len(e.OAuthError) <= 64 && len(e.Description) <= 256, "too long: %q %q", e.OAuthError, e.Description)
	// Our own sentences are known; a secret can only come with the server's words.
	for _, secret := range secrets {
		if len(secret) >= telling {
			for _, shown := range []string{e.OAuthError, e.Description} {
				holds(t, !strings.Contains(shown, secret[:telling]), "shows a secret: %q", shown)
			}
		}
	}
	return e
}

// inErrorGrammar is that of `error` and `error_description` (RFC 6749 section 5.2).
func inErrorGrammar(text string) bool {
	for _, c := range []byte(text) {
		if c < 0x20 || c > 0x7E || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}

// silent holds what is printed of a value with a secret in it.
func silent(t *testing.T, value any, secret string) {
	t.Helper()
	if len(secret) < telling {
		return
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
		holds(t, !strings.Contains(fmt.Sprintf(verb, value), secret), "%s shows a secret", verb)
	}
}

// members is what encoding/json reads in an object, with numbers of any size.
func members(t *testing.T, body []byte) map[string]any {
	t.Helper()
	decoder := json.NewDecoder(bytes.NewReader(bytes.TrimPrefix(body, []byte("\uFEFF"))))
	decoder.UseNumber()
	var reference map[string]any
	err := decoder.Decode(&reference)
	holds(t, err == nil, "encoding/json: %v", err)
	return reference
}

// strictlyValid is the reference for oauth.ParseObject.
func strictlyValid(body []byte) bool {
	const maxJSON = 1 << 20
	text := bytes.TrimPrefix(body, []byte("\uFEFF"))
	if len(body) > maxJSON || !utf8.Valid(text) || !json.Valid(text) || loneSurrogate(text) {
		return false
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	first, err := decoder.Token()
	if err != nil || first != json.Delim('{') {
		return false
	}
	return distinctAndShallow(decoder, true, 1)
}

func distinctAndShallow(decoder *json.Decoder, object bool, depth int) bool {
	const maxDepth = 32
	if depth > maxDepth {
		return false
	}
	seen := map[string]bool{}
	for decoder.More() {
		if object {
			name, err := decoder.Token()
			if err != nil || seen[name.(string)] {
				return false
			}
			seen[name.(string)] = true
		}
		value, err := decoder.Token()
		if err != nil {
			return false
		}
		if open, ok := value.(json.Delim); ok && !distinctAndShallow(decoder, open == '{', depth+1) {
			return false
		}
	}
	_, err := decoder.Token()
	return err == nil || errors.Is(err, io.EOF)
}

var surrogateEscapes = regexp.MustCompile(`\\\\|(?i:\\ud[89ab][0-9a-f]{2}\\ud[c-f][0-9a-f]{2}|\\ud[89a-f][0-9a-f]{2})`)

// loneSurrogate looks for an escape of half a character, in a text that is valid JSON otherwise.
func loneSurrogate(text []byte) bool {
	for _, escape := range surrogateEscapes.FindAll(text, -1) {
		if len(escape) == len(`\ud800`) {
			return true
		}
	}
	return false
}
