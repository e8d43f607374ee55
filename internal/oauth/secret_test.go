package oauth

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSecretPrintsNowhere(t *testing.T) {
	const canary = "canary-0123456789"
	secret := NewSecret(canary)
	type nested struct {
		hidden Secret
		Shown  Secret
	}
	values := map[string]any{
		"itself":  secret,
		"pointer": &secret,
		"struct":  nested{secret, secret},
		"slice":   []nested{{secret, secret}},
		"map":     map[string]Secret{"s": secret},
		"tokens":  Tokens{AccessToken: secret, RefreshToken: secret, IDToken: secret},
		"request": &Request{Body: secret},
	}
	for name, value := range values {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%t", "%o"} {
			t.Run(name+" "+verb, func(t *testing.T) {
				text := fmt.Sprintf(verb, value)
				require.NotContains(t, text, canary)
				require.NotContains(t, text, fmt.Sprintf("%x", canary))
				require.NotContains(t, text, fmt.Sprintf("%X", canary))
			})
		}
	}
	for name, value := range values {
		t.Run(name+" JSON", func(t *testing.T) {
			if name == "request" {
				value = value.(*Request).Body
			}
			text, err := json.Marshal(value)
			require.NoError(t, err)
			require.NotContains(t, string(text), canary)
		})
	}
	require.Equal(t, redacted, fmt.Sprint(secret))
	require.Equal(t, canary, secret.Reveal())
}

func TestZeroSecret(t *testing.T) {
	require.True(t, Secret{}.IsZero())
	require.True(t, NewSecret("").IsZero())
	require.False(t, NewSecret("x").IsZero())
	require.Empty(t, Secret{}.Reveal())
	require.Equal(t, redacted, Secret{}.String())
}

func TestOAuthTextIsSafeToShow(t *testing.T) {
	const refreshToken = "v1.MRrt-SecretRefreshToken+/with=signs"
	secrets := []string{refreshToken, "", "tiny"}
	for _, row := range []struct{ name, code, description, wantCode, want string }{
		{"plain", "invalid_grant", "The token has expired.", "invalid_grant", "The token has expired."},
		{"nothing", "", "", "", ""},
		{"code of 64", repeat("a", 64), "", repeat("a", 64), ""},
		{"code of 65", repeat("a", 65), "", "", ""},
		{"quote in the code", `invalid"grant`, "", "", ""},
		{"line break in the code", "invalid\ngrant", "", "", ""},
		{"not ASCII in the code", "invalid_gränt", "", "", ""},
		{"HTML", "x", `<img src="x" onerror='alert(1)'>`, "x", `<img src=x onerror='alert(1)'>`},
		{"controls", "x", "a\x00b\r\nc\x1b[31m", "x", "abc[31m"},
		{"right-to-left override", "x", "abc\u202edef", "x", "abcdef"},
		{"1 MiB", "x", repeat("long ", 1<<18), "x", repeat("long ", 52)[:256]},
		{"echo of the token", "x", "unknown token " + refreshToken, "x", ""},
		{"echo, encoded", "x", "body refresh_token=v1.MRrt-SecretRefreshToken%2B%2Fwith%3Dsigns", "x", ""},
		{"echo, cut off", "x", "unknown token " + refreshToken[:20] + "...", "x", ""},
		{"echo, broken up", "x", "v1.MRrt-\x00Secret\x00RefreshToken+/with=signs", "x", ""},
		{"echo beyond the limit", "x", repeat(" ", 300) + refreshToken, "x", ""},
		{"echo of a short secret", "x", "a tiny bit", "x", ""},
		{"echo in the code", refreshToken, "", "", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			code, description := oauthText(row.code, row.description, secrets)
			require.Equal(t, row.wantCode, code)
			require.Equal(t, row.want, description)
		})
	}
}
