package oauth

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

	"github.com/stretchr/testify/require"
)

// FuzzParseTokens holds our reader against encoding/json with the strictness added that it lacks: what one takes, the
// other must take, with the same values.
func FuzzParseTokens(f *testing.F) {
	for _, seed := range []string{
		goodTokens, with("", ""), "{}", "", "null", "\uFEFF" + goodTokens, `{"error":"invalid_grant"}`,
		with("access_token", `"\ud83d\ude00"`), with("expires_in", "1e309"), with("expires_in", `"3600"`), with("scope", "null"),
		`{"a":1,"a":2}`, `{"access_token":"a","Access_Token":"b","token_type":"bearer"}`, `{"x":[{"y":[]},-0.5e+7,"\n\u0000"]}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		object, err := ParseObject(body)
		require.Equal(t, strictlyValid(body), err == nil, "%v", err)
		tokens, tokensErr := ParseTokens(body)
		if err != nil {
			require.Nil(t, tokens)
			var e *Error
			require.True(t, errors.As(tokensErr, &e))
			return
		}
		requireSameMembers(t, body, object)
		if tokensErr == nil {
			requireSaneTokens(t, body, tokens)
		}
	})
}

// strictlyValid is the reference for ParseObject.
func strictlyValid(body []byte) bool {
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

func requireSameMembers(t *testing.T, body []byte, object *Object) {
	var reference map[string]json.RawMessage
	require.NoError(t, json.Unmarshal(bytes.TrimPrefix(body, []byte("\uFEFF")), &reference))
	require.Len(t, object.Names(), len(reference))
	for _, name := range object.Names() {
		value, ok := object.Get(name)
		require.True(t, ok)
		require.Equal(t, string(reference[name]), value.Raw())
		if value.Kind == String {
			var text string
			require.NoError(t, json.Unmarshal(reference[name], &text))
			require.Equal(t, text, value.String())
		}
	}
}

func requireSaneTokens(t *testing.T, body []byte, tokens *Tokens) {
	for _, token := range []Secret{tokens.AccessToken, tokens.RefreshToken} {
		require.True(t, isVisible(token.Reveal()))
	}
	require.False(t, tokens.AccessToken.IsZero())
	require.Contains(t, []string{"Bearer", "DPoP"}, tokens.TokenType)
	require.GreaterOrEqual(t, tokens.ExpiresIn, int64(-1))
	require.LessOrEqual(t, tokens.ExpiresIn, int64(maxLifetime))
	// A token that is not also in the shown parts by the server's own doing must not be printed.
	tokens.Scope, tokens.TokenType = "", ""
	const telling = 12 // longer than an address
	if token := tokens.AccessToken.Reveal(); len(token) > telling {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
			require.False(t, strings.Contains(fmt.Sprintf(verb, tokens), token))
		}
	}
}
