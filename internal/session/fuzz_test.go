package session

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/pkcewasm/pkcewasm/internal/oauth"
)

// record is a stored session for a reference reader.
type record struct {
	V                             int64
	Issuer, ClientID, AccessToken string
	RefreshToken, TokenType       string
}

// FuzzRecord holds a record that is taken up against encoding/json, since any script of the origin may have written it.
func FuzzRecord(f *testing.F) {
	good := `{"v":1,"issuer":"` + issuer + `","clientId":"spa","accessToken":"AT-0123456789abcdef","tokenType":"Bearer"`
	for _, text := range []string{
		good + "}", good + `,"refreshToken":"RT","expiresIn":300,"receivedAt":946684800000}`, good + `,"receivedAt":1125899906842624,"expiresIn":1125899906842624}`,
		good + `,"claims":{"sub":"alice"},"subject":"alice","nonce":"n","authTime":1}`, good + `,"authorizationDetails":[{"type":"x"}]}`, good + `,"x":1}`,
		strings.Replace(good, "AT-", `\r\nX: `, 1) + "}", strings.Replace(good, "Bearer", "DPoP", 1) + "}", strings.Replace(good, "Bearer", "MAC", 1) + "}",
		strings.Replace(good, `"v":1`, `"v":2`, 1) + "}", good + `,"issuer":"` + issuer + `"}`, good + `,"refreshToken":"R\u0000T"}`, "{}", "",
	} {
		f.Add(text, int64(946684800000))
	}
	v := &vault{issuer: issuer, clientID: "spa"}
	f.Fuzz(func(t *testing.T, text string, wall int64) {
		now := Instant{Wall: wall & (1<<50 - 1), Monotonic: 12345}
		held := v.decode(text, now)
		if held == nil {
			return
		}
		require.True(t, json.Valid([]byte(strings.TrimPrefix(text, "\uFEFF"))) && utf8.ValidString(text))
		var reference record
		require.NoError(t, json.Unmarshal([]byte(strings.TrimPrefix(text, "\uFEFF")), &reference))
		require.Equal(t, record{1, issuer, "spa", held.AccessToken.Reveal(), held.RefreshToken.Reveal(), held.TokenType}, reference)
		for _, token := range []string{held.AccessToken.Reveal(), held.RefreshToken.Reveal()} {
			require.Regexp(t, `^[ -~]*$`, token, "goes into a header or a form")
		}
		require.LessOrEqual(t, held.Received.Wall, now.Wall, "no record is from the future")
		require.LessOrEqual(t, held.Received.Monotonic, now.Monotonic)
		again := v.decode(v.encode(held), now)
		require.NotNil(t, again, "what was read can be written")
		require.Equal(t, reference.AccessToken, again.AccessToken.Reveal())
		require.Equal(t, held.Claims, again.Claims)
		require.Equal(t, held.Received, again.Received)
		if token := held.AccessToken.Reveal(); len(token) > 12 && strings.Count(text, token) == 1 {
			for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
				require.NotContains(t, fmt.Sprintf(verb, held), token)
			}
		}
	})
}

// FuzzDo sends any message to a session that nobody is signed in to: it answers sound JSON or a typed error, and asks the token
// endpoint for nothing.
func FuzzDo(f *testing.F) {
	for _, command := range []string{
		`{"op":"signIn"}`, `{"op":"signIn","window":"popup","params":{"audience":"x"},"maxAge":0,"prompt":"none"}`, `{"op":"signIn","params":{"state":"x"}}`,
		`{"op":"signIn","returnTo":"//evil.example"}`, `{"op":"callback","url":"` + redirect + `?code=a&state=b"}`, `{"op":"token","minValiditySeconds":1125899906842624}`,
		`{"op":"callback","url":"` + redirect + `?code=a&state=s","transaction":"{\"v\":1,\"state\":\"s\"}"}`, `{"op":"token","force":true,"cacheOnly":true}`,
		`{"op":"refresh"}`, `{"op":"signOut","local":true}`, `{"op":"signOut","returnTo":"/x"}`, `{"op":"wake","reason":"online"}`, `{"op":"state"}`, `{"op":"hint"}`,
		`{"op":"userInfo"}`, `{"op":"state","op":"refresh"}`, `{"op":"state","x":1}`, `{"op":["state"]}`, `{"op":"toString"}`, "[]", "null", "",
	} {
		f.Add(command)
	}
	f.Fuzz(func(t *testing.T, command string) {
		synctest.Test(t, func(t *testing.T) {
			c := newClient(t, "")
			defer c.Close()
			answer, err := c.Do(command)
			if err != nil {
				require.Empty(t, answer)
				var e *oauth.Error
				require.True(t, errors.As(err, &e), "%T", err)
				require.NotEmpty(t, e.Code)
			} else {
				var reference struct{ Op string }
				require.NoError(t, json.Unmarshal([]byte(strings.TrimPrefix(command, "\uFEFF")), &reference))
				require.True(t, json.Valid([]byte(answer)), "%s", answer)
				require.Contains(t, []string{"signIn", "signOut", "wake", "state", "hint"}, reference.Op, "what works for nobody")
			}
			for _, address := range c.urls {
				require.False(t, strings.HasSuffix(address, "/token"), address)
			}
			require.Empty(t, c.types(), "events")
		})
	})
}
