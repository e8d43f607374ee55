package session

import (
	"fmt"
	"net/url"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// The answer of a rotation is lost, and so is every other one until an outage ends. A server that takes a spent refresh token
// for another minute gives the session back, if it is asked in that minute: however often the application wanted a token
// meanwhile, and within ten requests.
func TestAnOutageWithinTheServersGraceLosesNoSession(t *testing.T) {
	const grace, patience = time.Minute, 10 * time.Second
	for _, every := range []time.Duration{100 * time.Millisecond, time.Second, 3 * time.Second} {
		for outage := time.Second; outage <= 46*time.Second; outage += 5 * time.Second {
			t.Run(fmt.Sprintf("%s, asked every %s", outage, every), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					c := newClient(t, "")
					p := signIn(t, c, "alice")
					began, sent := time.Now(), 0
					c.script(func(form url.Values) (int, string) {
						since := time.Since(began)
						if since < time.Minute {
							sent++
						}
						if sent == 1 {
							p.token(form) // rotated
						}
						if since < outage {
							return 0, ""
						}
						if since > grace {
							return p.token(form)
						}
						return p.token(url.Values{"grant_type": {"refresh_token"}, "refresh_token": {fmt.Sprintf("RT:%d", p.generation)}})
					})
					for {
						_, err := c.Do(`{"op":"refresh"}`)
						if err == nil {
							break
						}
						require.NotEqual(t, SignedOut, c.types()[len(c.types())-1], "the session is lost")
						require.Less(t, time.Since(began), outage+patience+every, "nothing was sent since the outage ended")
						time.Sleep(every)
					}
					require.Zero(t, p.reused)
					require.LessOrEqual(t, sent, 10)
					c.Close()
				})
			})
		}
	}
}
