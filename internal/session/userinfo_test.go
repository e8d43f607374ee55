package session

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pkcewasm/pkcewasm/internal/oauth"
)

// newUserInfoClient is signed in as alice, at a server with a userinfo endpoint
// that knows the current access token.
func newUserInfoClient(t *testing.T, answer func(token string) (int, string)) *client {
	c := newClient(t, "")
	c.config.Server = `{"authorization_endpoint":"` + issuer + `/authorize","token_endpoint":"` + issuer + `/token","jwks_uri":"` + issuer + `/jwks","userinfo_endpoint":"` + issuer + `/userinfo"}`
	signIn(t, c, "alice")
	c.other = func(r *oauth.Request) (int, string) {
		require.Equal(t, "GET", r.Method)
		return answer(r.Headers[0].Value)
	}
	return c
}

func TestUserInfo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newUserInfoClient(t, func(token string) (int, string) {
			require.Equal(t, "Bearer AT:1", token)
			return 200, `{"sub":"alice","name":"Alice"}`
		})
		require.Equal(t, map[string]any{"claims": map[string]any{"sub": "alice", "name": "Alice"}}, c.do(t, `{"op":"userInfo"}`))
		c.Close()
	})
}

func TestUserInfoOfAnotherUserIsRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newUserInfoClient(t, func(string) (int, string) { return 200, `{"sub":"bob"}` })
		_, err := c.Do(`{"op":"userInfo"}`)
		require.Equal(t, oauth.CodeResponse, codeOf(err))
		require.NotEmpty(t, c.do(t, `{"op":"state"}`), "the session goes on")
		c.Close()
	})
}

func TestUserInfoRenewsARefusedTokenOnce(t *testing.T) { // F-170
	synctest.Test(t, func(t *testing.T) {
		var asked []string
		good := "Bearer AT:2"
		c := newUserInfoClient(t, func(token string) (int, string) {
			asked = append(asked, token)
			if token == good {
				return 200, `{"sub":"alice"}`
			}
			return 401, `{"error":"invalid_token"}`
		})
		c.do(t, `{"op":"userInfo"}`)
		require.Equal(t, []string{"Bearer AT:1", "Bearer AT:2"}, asked)

		good = "none"
		for range 3 {
			_, err := c.Do(`{"op":"userInfo"}`)
			require.Equal(t, oauth.CodeOAuth, codeOf(err))
		}
		require.Equal(t, []string{"Bearer AT:2", "Bearer AT:2", "Bearer AT:2"}, asked[2:], "a server that refuses good tokens causes no refresh each time")
		time.Sleep(10 * time.Second)
		_, err := c.Do(`{"op":"userInfo"}`)
		require.Equal(t, oauth.CodeOAuth, codeOf(err))
		require.Equal(t, []string{"Bearer AT:2", "Bearer AT:3"}, asked[5:])
		require.NotEmpty(t, c.do(t, `{"op":"state"}`), "the session goes on")
		c.Close()
	})
}

func TestUserInfoNeedsAUser(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClient(t, "")
		_, err := c.Do(`{"op":"userInfo"}`)
		require.Equal(t, oauth.CodeLoginRequired, codeOf(err))
		signIn(t, c, "alice")
		_, err = c.Do(`{"op":"userInfo"}`)
		require.Equal(t, oauth.CodeConfig, codeOf(err), "this server has no userinfo endpoint")
		_, err = c.Do(`{"op":"userInfo","url":"https://evil.example"}`)
		require.Equal(t, oauth.CodeConfig, codeOf(err))
		c.Close()
	})
}
