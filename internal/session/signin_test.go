package session

import (
	"net/url"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/pkcewasm/pkcewasm/internal/oauth"
)

func TestPopupsComeBackToAPageOfTheirOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const popup = "https://app.example/popup.html"
		c := newClient(t, `,"popupRedirectUri":"`+popup+`"`)
		for window, want := range map[string]string{"": redirect, "popup": popup, "frame": popup} {
			started := c.do(t, `{"op":"signIn","window":"`+window+`"}`)
			authorize, err := url.Parse(started["url"].(string))
			require.NoError(t, err)
			require.Equal(t, want, authorize.Query().Get("redirect_uri"), window)
			p := &provider{bubble: c.bubble, subject: "alice", nonce: authorize.Query().Get("nonce"), lifetime: 300}
			c.script(p.token)
			c.do(t, `{"op":"callback","url":"`+want+`?code=abc&state=`+started["state"].(string)+`"}`)
			require.Equal(t, want, c.requests[len(c.requests)-1].Get("redirect_uri"), "the same in the token request")
		}
		c.Close()
	})
}

func TestTheStateSaysWhichWindowIsAnswered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClient(t, "")
		require.Regexp(t, `^[\w-]{43}$`, c.do(t, `{"op":"signIn"}`)["state"])
		require.Regexp(t, `^[\w-]{43}\.popup$`, c.do(t, `{"op":"signIn","window":"popup"}`)["state"])
		require.Regexp(t, `^[\w-]{43}\.frame$`, c.do(t, `{"op":"signIn","window":"frame"}`)["state"])
		_, err := c.Do(`{"op":"signIn","window":"tab"}`)
		require.Equal(t, oauth.CodeConfig, codeOf(err))
		c.Close()
	})
}

func TestTenSignInsAreUnderWayAtMost(t *testing.T) { // F-162
	synctest.Test(t, func(t *testing.T) {
		c := newClient(t, "")
		var states []string
		for range 12 {
			states = append(states, c.do(t, `{"op":"signIn","keep":"worker"}`)["state"].(string))
		}
		for i, state := range states {
			_, err := c.Do(`{"op":"callback","url":"` + redirect + `?error=access_denied&state=` + state + `"}`)
			want := oauth.CodeAuthorization
			if i < 2 {
				want = oauth.CodeState // the oldest were dropped
			}
			require.Equal(t, want, codeOf(err), "sign-in %d", i)
		}
		require.Empty(t, c.requests)
		c.Close()
	})
}
