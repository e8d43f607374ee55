package session

import (
	"net/url"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pkcewasm/pkcewasm/internal/oauth"
)

// TestSignOutRows is section N of the fault catalogue: whatever becomes of the
// revocation, the user is signed out within 3 s and goes to the sign-out page.
func TestSignOutRows(t *testing.T) {
	for name, row := range map[string]struct {
		status  int
		body    string
		latency time.Duration
	}{
		"F-182/503":     {status: 503},
		"F-182/network": {},
		"F-182/hang":    {latency: time.Minute},
		"F-183/400":     {status: 400, body: `{"error":"unsupported_token_type"}`},
		"F-183/200":     {status: 200},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newClient(t, "")
				signIn(t, c, "alice")
				c.bubble.mu.Lock()
				c.other = func(*oauth.Request) (int, string) { return row.status, row.body }
				c.latency = row.latency
				c.bubble.mu.Unlock()
				start := time.Now()
				answer := c.do(t, `{"op":"signOut"}`)
				require.LessOrEqual(t, time.Since(start), 3*time.Second)
				require.Contains(t, answer["url"], issuer+"/logout?")
				require.Equal(t, []string{SignedIn, SignedOut}, c.types())
				require.Equal(t, "logout", c.events[1]["reason"])
				_, err := c.Do(`{"op":"token"}`)
				require.Equal(t, oauth.CodeLoginRequired, codeOf(err))
				time.Sleep(2 * time.Minute)
				c.Close()
			})
		})
	}
}

func TestSignOutDuringARefresh(t *testing.T) { // F-180
	synctest.Test(t, func(t *testing.T) {
		c := newClient(t, "")
		signIn(t, c, "alice")
		c.bubble.mu.Lock()
		c.latency = time.Second
		c.bubble.mu.Unlock()
		waiting := make(chan error)
		go func() {
			_, err := c.Do(`{"op":"token","force":true}`)
			waiting <- err
		}()
		synctest.Wait()
		go c.do(t, `{"op":"signOut"}`)
		require.Equal(t, oauth.CodeSignedOut, codeOf(<-waiting))
		time.Sleep(time.Minute)
		var revoked []string
		c.bubble.mu.Lock()
		for i, address := range c.urls {
			if address == issuer+"/revoke" {
				revoked = append(revoked, c.requests[i].Get("token"))
			}
		}
		c.bubble.mu.Unlock()
		require.Equal(t, []string{"RT:1", "RT:2"}, revoked, "the token it had, and the one that came too late")
		require.Equal(t, []string{SignedIn, SignedOut}, c.types())
		c.Close()
	})
}

func TestSignOutAgain(t *testing.T) { // F-181
	synctest.Test(t, func(t *testing.T) {
		c := newClient(t, "")
		for range 2 {
			target, err := url.Parse(c.do(t, `{"op":"signOut"}`)["url"].(string))
			require.NoError(t, err)
			require.Equal(t, url.Values{"client_id": {"spa"}}, target.Query(), "the provider's session may be there without ours")
		}
		require.Empty(t, c.types())
		require.Empty(t, c.urls)
		c.Close()
	})
}

func TestSignOutWithoutASignOutPage(t *testing.T) { // F-184
	synctest.Test(t, func(t *testing.T) {
		c := newClient(t, "")
		c.config.Server = `{"authorization_endpoint":"` + issuer + `/authorize","token_endpoint":"` + issuer + `/token","jwks_uri":"` + issuer + `/jwks"}`
		signIn(t, c, "alice")
		require.Empty(t, c.do(t, `{"op":"signOut"}`))
		require.Equal(t, []string{SignedIn, SignedOut, Degraded}, c.types())
		require.Equal(t, "end_session", c.events[2]["feature"])
		c.Close()
	})
}
