package fuzz

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/pkcewasm/pkcewasm/internal/oauth"
)

// FuzzParseTokens holds our reader against encoding/json with the strictness added that it lacks: what one takes, the
// other must take, with the same values.
func FuzzParseTokens(f *testing.F) {
	const good = `{"access_token":"AT","token_type":"Bearer"`
	for _, seed := range []string{
		good + `,"expires_in":3600,"refresh_token":"RT-new","id_token":"a.b.c","scope":"openid"}`, "{}", "", "null", "\uFEFF" + good + "}", `{"error":"invalid_grant"}`,
		`{"access_token":"\ud83d\ude00","token_type":"Bearer"}`, good + `,"expires_in":1e309}`, good + `,"expires_in":"3600"}`, good + `,"scope":null}`,
		`{"a":1,"a":2}`, `{"access_token":"a","Access_Token":"b","token_type":"bearer"}`, `{"x":[{"y":[]},-0.5e+7,"\n\u0000"]}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		object, err := oauth.ParseObject(body)
		equal(t, strictlyValid(body), err == nil, "whether it is an object")
		tokens, tokensErr := oauth.ParseTokens(body)
		if err != nil {
			holds(t, tokens == nil, "tokens in what is no object")
			failure(t, tokensErr)
			return
		}
		requireSameMembers(t, body, object)
		if tokensErr == nil {
			requireSaneTokens(t, tokens)
		}
	})
}

func requireSameMembers(t *testing.T, body []byte, object *oauth.Object) {
	t.Helper()
	var reference map[string]json.RawMessage
	err := json.Unmarshal(bytes.TrimPrefix(body, []byte("\uFEFF")), &reference)
	holds(t, err == nil, "encoding/json: %v", err)
	equal(t, len(reference), len(object.Names()), "members")
	for _, name := range object.Names() {
		value, ok := object.Get(name)
		holds(t, ok, "%q is named, and not there", name)
		equal(t, string(reference[name]), value.Raw(), name)
		if value.Kind == oauth.String {
			var text string
			err := json.Unmarshal(reference[name], &text)
			holds(t, err == nil, "encoding/json: %v", err)
			equal(t, text, value.String(), name)
		}
	}
}

func requireSaneTokens(t *testing.T, tokens *oauth.Tokens) {
	t.Helper()
	const tenYears = 315_360_000
	for _, token := range []oauth.Secret{tokens.AccessToken, tokens.RefreshToken} {
		for _, c := range []byte(token.Reveal()) {
			holds(t, c >= 0x20 && c <= 0x7E, "a token that fits into no header: %q", token.Reveal())
		}
	}
	holds(t, !tokens.AccessToken.IsZero(), "no access token")
	holds(t, tokens.TokenType == "Bearer" || tokens.TokenType == "DPoP", "token type %q", tokens.TokenType)
	holds(t, tokens.ExpiresIn >= -1 && tokens.ExpiresIn <= tenYears, "lifetime %d", tokens.ExpiresIn)
	// A token that is not also in the shown parts by the server's own doing must not be printed.
	tokens.Scope, tokens.AuthorizationDetails, tokens.IssuedTokenType = "", "", ""
	silent(t, tokens, tokens.AccessToken.Reveal())
}
