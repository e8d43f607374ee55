package oauth

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// with is goodTokens with a member replaced by a JSON text, or left out if that is "".
func with(name, text string) string {
	members := []string{}
	for _, m := range [][2]string{{"access_token", `"AT"`}, {"token_type", `"Bearer"`}, {"expires_in", "3600"},
		{"refresh_token", `"RT"`}, {"id_token", `"a.b.c"`}, {"scope", `"openid"`}} {
		if m[0] == name {
			m[1] = text
		}
		if m[1] != "" {
			members = append(members, `"`+m[0]+`":`+m[1])
		}
	}
	return "{" + strings.Join(members, ",") + "}"
}

func TestParseTokens(t *testing.T) {
	tokens, err := ParseTokens([]byte(with("", "")))
	require.NoError(t, err)
	require.Equal(t, "AT", tokens.AccessToken.Reveal())
	require.Equal(t, "RT", tokens.RefreshToken.Reveal())
	require.Equal(t, "a.b.c", tokens.IDToken.Reveal())
	require.Equal(t, "Bearer", tokens.TokenType)
	require.Equal(t, int64(3600), tokens.ExpiresIn)
	require.Equal(t, "openid", tokens.Scope)
	require.True(t, tokens.HasScope)
	require.Empty(t, tokens.Diagnostics)
}

// faults.md A, B and C: what is refused.
func TestTokenResponsesRefused(t *testing.T) {
	for _, row := range []struct{ id, body, want string }{
		{"F-05", "", "response{empty}"},
		{"F-06", "{}", "response{access_token}"},
		{"F-20", `{"error":"invalid_grant"}`, "oauth{invalid_grant}"},
		{"F-20 described", `{"error":"bad_verification_code","error_description":"The code is wrong."}`, "oauth{bad_verification_code}"},
		{"F-20 not a string", `{"error":["invalid_grant"]}`, "response{access_token}"},
		{"F-20 not in the grammar", `{"error":"a\nb"}`, "response{access_token}"},
		{"F-21", `{"access_token":"AT","token_type":"Bearer","error":"invalid_grant"}`, "response{conflict}"},
		{"F-21 not a string", `{"access_token":"AT","token_type":"Bearer","error":{}}`, "response{conflict}"},
		{"F-40", "<!doctype html>", "response{not_json}"},
		{"F-41", "null", "response{not_object}"},
		{"F-42", `{"access_token":"A`, "response{truncated}"},
		{"F-43", goodTokens + goodTokens, "response{syntax}"},
		{"F-46", "{\x00}\x00", "response{encoding}"},
		{"F-47", with("access_token", "\"A\xFFT\""), "response{encoding}"},
		{"F-48", with("access_token", `"\ud800"`), "response{encoding}"},
		{"F-49 NUL", with("access_token", `"A\u0000T"`), "response{access_token}"},
		{"F-49 CR LF", with("access_token", `"AT\r\nX-Evil: 1"`), "response{access_token}"},
		{"F-49 DEL", with("access_token", `"A\u007fT"`), "response{access_token}"},
		{"F-49 not ASCII", with("access_token", `"Aé"`), "response{access_token}"},
		{"F-49 in the refresh token", with("refresh_token", `"R\nT"`), "response{refresh_token}"},
		{"F-51", with("x", "")[:1] + `"x":` + repeat("[", 33) + repeat("]", 33) + "," + with("", "")[1:], "response{depth}"},
		{"F-57 access_token", `{"access_token":"a","token_type":"Bearer","access_token":"b"}`, "response{duplicate}"},
		{"F-57 refresh_token", `{"access_token":"a","token_type":"Bearer","refresh_token":"a","refresh_token":"b"}`, "response{duplicate}"},
		{"F-57 expires_in", `{"access_token":"a","token_type":"Bearer","expires_in":1,"expires_in":2}`, "response{duplicate}"},
		{"F-57 token_type", `{"access_token":"a","token_type":"Bearer","token_type":"Bearer"}`, "response{duplicate}"},
		{"F-57 unknown", `{"access_token":"a","token_type":"Bearer","x":1,"x":1}`, "response{duplicate}"},
		{"F-59 upper case", `{"ACCESS_TOKEN":"a","token_type":"Bearer"}`, "response{access_token}"},
		{"F-59 long s", `{"acceſſ_token":"a","token_type":"Bearer"}`, "response{access_token}"},
		{"F-62", with("access_token", `"`+repeat("x", 1<<20)+`"`), "too_large{too_large}"},
		{"F-70 missing", with("access_token", ""), "response{access_token}"},
		{"F-70 null", with("access_token", "null"), "response{access_token}"},
		{"F-70 empty", with("access_token", `""`), "response{access_token}"},
		{"F-70 number", with("access_token", "123"), "response{access_token}"},
		{"F-70 object", with("access_token", "{}"), "response{access_token}"},
		{"F-70 array", with("access_token", "[]"), "response{access_token}"},
		{"F-70 true", with("access_token", "true"), "response{access_token}"},
		{"F-72 leading space", with("access_token", `" AT"`), "response{access_token}"},
		{"F-72 trailing space", with("access_token", `"AT "`), "response{access_token}"},
		{"F-78", with("token_type", ""), "response{token_type}"},
		{"F-79 mac", with("token_type", `"mac"`), "response{token_type}"},
		{"F-79 N_A", with("token_type", `"N_A"`), "response{token_type}"},
		{"F-79 space", with("token_type", `"Bearer "`), "response{token_type}"},
		{"F-79 long s", with("token_type", `"DPoP\u017f"`), "response{token_type}"},
		{"F-81 number", with("token_type", "1"), "response{token_type}"},
		{"F-81 null", with("token_type", "null"), "response{token_type}"},
		{"F-92 null", with("scope", "null"), "response{scope}"},
		{"F-92 number", with("scope", "123"), "response{scope}"},
		{"F-92 array", with("scope", `["openid"]`), "response{scope}"},
		{"refresh_token number", with("refresh_token", "1"), "response{refresh_token}"},
		{"refresh_token space", with("refresh_token", `"RT "`), "response{refresh_token}"},
	} {
		t.Run(row.id, func(t *testing.T) {
			tokens, err := ParseTokens([]byte(row.body))
			require.Nil(t, tokens)
			require.Equal(t, row.want, outcome(t, err))
			e := failure(t, err)
			require.Equal(t, e.Code == CodeResponse, e.Retryable)
			require.NotContains(t, e.Message, "doctype")
		})
	}
}

// faults.md A, B and C: what is taken, and as what.
func TestTokenResponsesTaken(t *testing.T) {
	long := repeat("x", 60<<10)
	scopes := strings.TrimSpace(repeat("s ", 10_000))
	members := strings.Builder{}
	for i := range 500 {
		members.WriteString(`"` + repeat("m", i+1) + `":[{"a":1}],`)
	}
	for _, row := range []struct {
		id, body string
		change   func(*Tokens) // from the tokens of with("", "")
	}{
		{"F-44", "\uFEFF" + with("", ""), nil},
		{"F-45", repeat("\n ", 32<<10) + with("", "") + "\n", nil},
		{"F-53", `{"x":[1e400,-0,` + repeat("1", 10_000) + `],` + with("", "")[1:], nil},
		{"F-58", `{"Access_Token":"x","ACCESS_TOKEN":"x","acceſſ_token":"x",` + with("", "")[1:], nil},
		{"F-60", `{"__proto__":{"access_token":"x"},"constructor":"x","toJSON":1,"then":{},` + with("", "")[1:], nil},
		{"F-61", strings.Replace(with("", ""), "access_token", `\u0061ccess_token`, 1), nil},
		{"F-71", with("access_token", `"`+long+`"`), func(w *Tokens) { w.AccessToken = NewSecret(long) }},
		{"F-72", with("access_token", `"A T"`), func(w *Tokens) { w.AccessToken = NewSecret("A T") }},
		{"F-76 null", with("id_token", "null"), func(w *Tokens) { w.IDToken = Secret{} }},
		{"F-76 absent", with("id_token", ""), func(w *Tokens) { w.IDToken = Secret{} }},
		{"F-76 garbage", with("id_token", `"garbage"`), func(w *Tokens) { w.IDToken = NewSecret("garbage") }},
		{"F-76 number", with("id_token", "12"), func(w *Tokens) { w.IDToken = NewSecret("12") }},
		{"F-76 empty", with("id_token", `""`), func(w *Tokens) { w.IDToken = NewSecret(`""`) }},
		{"F-77 bearer", with("token_type", `"bearer"`), nil},
		{"F-77 BEARER", with("token_type", `"BEARER"`), nil},
		{"F-80 dpop", with("token_type", `"dpop"`), func(w *Tokens) { w.TokenType = "DPoP" }},
		{"F-93", `{"refresh_expires_in":0,"refresh_token_expires_in":"x","not-before-policy":0,"session_state":"x","ext_expires_in":1,` +
			with("", "")[1:], nil},
		{"F-101", with("refresh_token", ""), func(w *Tokens) { w.RefreshToken = Secret{} }},
		{"F-101 null", with("refresh_token", "null"), func(w *Tokens) { w.RefreshToken = Secret{} }},
		{"F-101 empty", with("refresh_token", `""`), func(w *Tokens) {
			w.RefreshToken, w.Diagnostics = Secret{}, []string{"refresh_token"}
		}},
		{"F-92 missing", with("scope", ""), func(w *Tokens) { w.Scope, w.HasScope = "", false }},
		{"F-92 empty", with("scope", `""`), func(w *Tokens) { w.Scope = "" }},
		{"F-92 wide", with("scope", `"`+scopes+`"`), func(w *Tokens) { w.Scope = scopes }},
		{"error null", `{"error":null,` + with("", "")[1:], nil},
		{"R-46", "{" + members.String() + with("", "")[1:], nil},
	} {
		t.Run(row.id, func(t *testing.T) {
			want := &Tokens{AccessToken: NewSecret("AT"), RefreshToken: NewSecret("RT"), IDToken: NewSecret("a.b.c"),
				TokenType: "Bearer", ExpiresIn: 3600, Scope: "openid", HasScope: true}
			if row.change != nil {
				row.change(want)
			}
			tokens, err := ParseTokens([]byte(row.body))
			require.NoError(t, err)
			require.Equal(t, want.AccessToken.Reveal(), tokens.AccessToken.Reveal())
			require.Equal(t, want.RefreshToken.Reveal(), tokens.RefreshToken.Reveal())
			require.Equal(t, want.IDToken.Reveal(), tokens.IDToken.Reveal())
			require.Equal(t, want, tokens)
		})
	}
}

func TestExpiresIn(t *testing.T) {
	for _, row := range []struct {
		id, text string
		want     int64
		odd      bool
	}{
		{"F-82", "", -1, false},
		{"digits", `"3600"`, 3600, false},
		{"many digits", `"` + repeat("9", 400) + `"`, maxLifetime, false},
		{"F-84", `"3600s"`, -1, true},
		{"F-84", `"abc"`, -1, true},
		{"F-84", `""`, -1, true},
		{"F-84", `" 3600"`, -1, true},
		{"F-84", `"0x10"`, -1, true},
		{"F-84", `"1e3"`, -1, true},
		{"F-84", `"NaN"`, -1, true},
		{"F-84", `"-1"`, -1, true},
		{"F-84", `"3.5"`, -1, true},
		{"F-85", "null", -1, true},
		{"F-85", "true", -1, true},
		{"F-85", "{}", -1, true},
		{"F-85", "[]", -1, true},
		{"F-86", "0", 0, false},
		{"F-86", "-0", 0, false},
		{"F-87", "-1", -1, true},
		{"F-87", "-9e15", -1, true},
		{"F-87", "-1e309", -1, true},
		{"F-88", "3599.7", 3599, false},
		{"F-89", "1e309", maxLifetime, false},
		{"F-89", "1e308", maxLifetime, false},
		{"F-89", "9007199254740993", maxLifetime, false},
		{"F-89", "10000000000", maxLifetime, false},
		{"F-89", repeat("9", 400), maxLifetime, false},
		{"F-90", "2592000", 2592000, false},
		{"F-90", "2147483", 2147483, false},
		{"F-90", "2147484", 2147484, false},
		{"F-91", "1", 1, false},
		{"F-91", "5", 5, false},
		{"F-91", "59", 59, false},
		{"exponent", "36e2", 3600, false},
	} {
		t.Run(row.id+" "+row.text[:min(len(row.text), 20)], func(t *testing.T) {
			tokens, err := ParseTokens([]byte(with("expires_in", row.text)))
			require.NoError(t, err)
			require.Equal(t, row.want, tokens.ExpiresIn)
			if row.odd {
				require.Equal(t, []string{"expires_in"}, tokens.Diagnostics)
			} else {
				require.Empty(t, tokens.Diagnostics)
			}
		})
	}
}
