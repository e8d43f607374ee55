package session

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pkcewasm/pkcewasm/internal/oauthtest"
)

// T-22: whoever sets the device's clock gets no token that has expired, no storm of
// requests and no sign-in by an old ID token, and ends no session.
func TestAClockThatSomebodySets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClient(t, "")
		p := signIn(t, c, "alice")
		right := &oauthtest.IDTokenEdit{Claims: func(claims *oauthtest.Members) {
			claims.SetNumber("iat", time.Now().Unix())
			claims.SetNumber("exp", time.Now().Unix()+3600)
		}}
		p.edit = right
		issued := map[string]time.Time{}
		token := func() string {
			text := c.do(t, `{"op":"token"}`)["token"].(map[string]any)["accessToken"].(string)
			if issued[text].IsZero() {
				issued[text] = time.Now()
			}
			require.LessOrEqual(t, time.Since(issued[text]), 300*time.Second, "it has expired, whatever the clock says")
			return text
		}
		set := func(by time.Duration) {
			c.bubble.mu.Lock()
			defer c.bubble.mu.Unlock()
			c.asleep += by
		}

		first := token()
		set(-24 * time.Hour)
		time.Sleep(301 * time.Second)
		require.NotEqual(t, first, token())
		set(48 * time.Hour)
		token()
		before := c.count()
		for range 12 { // hours in which the clock is wrong, and does not move
			time.Sleep(time.Hour)
			token()
		}
		require.LessOrEqual(t, c.count()-before, 12*3600/240+12)
		before = c.count()
		for i := range 120 { // and two in which it does not stand still
			set(time.Duration(1-2*(i%2)) * 48 * time.Hour)
			time.Sleep(30 * time.Second)
			token()
			time.Sleep(30 * time.Second)
		}
		require.LessOrEqual(t, c.count()-before, 120)
		require.NotContains(t, c.types(), SignedOut)
		require.Zero(t, p.reused)

		require.Equal(t, "id_token{clock}", reasonOf(t, tryToSignIn(t, c, right)))
		c.Close()
	})
}
