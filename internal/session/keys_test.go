package session

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pkcewasm/pkcewasm/internal/oauth"
	"github.com/pkcewasm/pkcewasm/internal/oauthtest"
)

// tryToSignIn runs a whole sign-in at a provider that forges ID tokens as edit says.
func tryToSignIn(t *testing.T, c *client, edit *oauthtest.IDTokenEdit) error {
	started := c.do(t, `{"op":"signIn"}`)
	authorize, err := url.Parse(started["url"].(string))
	require.NoError(t, err)
	p := &provider{bubble: c.bubble, subject: "alice", nonce: authorize.Query().Get("nonce"), lifetime: 300, edit: edit}
	c.script(p.token)
	_, err = c.Do(`{"op":"callback","url":"` + redirect + `?code=abc&state=` + started["state"].(string) + `"}`)
	return err
}

func reasonOf(t *testing.T, err error) string {
	typed, ok := err.(*oauth.Error)
	require.True(t, ok, "%v", err)
	return string(typed.Code) + "{" + typed.Reason + "}"
}

func (b *bubble) publish(answer func() (int, string)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.published = answer
}

// keyRequests is how often the server was asked for its keys.
func (b *bubble) keyRequests() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.asked
}

func header(name, value string) map[string]json.RawMessage {
	return map[string]json.RawMessage{name: json.RawMessage(value)}
}

func TestNothingIsPublishedBeforeTheSignatureIsVerified(t *testing.T) {
	for name, row := range map[string]struct {
		edit oauthtest.IDTokenEdit
		want string
	}{
		"flipped":         {oauthtest.IDTokenEdit{Signature: "flipped"}, "id_token{signature}"},
		"unsigned":        {oauthtest.IDTokenEdit{Signature: "none"}, "id_token{malformed}"},
		"alg none":        {oauthtest.IDTokenEdit{Signature: "none", Header: header("alg", `"none"`)}, "id_token{alg}"},
		"alg HS256":       {oauthtest.IDTokenEdit{Signature: "hs256", Header: header("alg", `"HS256"`)}, "id_token{alg}"},
		"an unknown key":  {oauthtest.IDTokenEdit{Header: header("kid", `"other"`)}, "id_token{key}"},
		"the key's own":   {oauthtest.IDTokenEdit{Signature: "flipped", Header: header("jwk", `{"kty":"OKP"}`)}, "id_token{signature}"},
		"an access token": {oauthtest.IDTokenEdit{Header: header("typ", `"at+jwt"`)}, "id_token{typ}"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newClient(t, "")
				err := tryToSignIn(t, c, &row.edit)
				require.Equal(t, row.want, reasonOf(t, err))
				require.False(t, err.(*oauth.Error).Retryable)
				synctest.Wait()
				require.Empty(t, c.types())
				require.Empty(t, c.do(t, `{"op":"state"}`))
				c.Close()
			})
		})
	}
}

func TestEveryAlgorithmSignsIn(t *testing.T) {
	for _, algorithm := range []string{"RS256", "PS256", "ES256", "EdDSA"} {
		synctest.Test(t, func(t *testing.T) {
			c := newClient(t, "")
			c.algorithm = algorithm
			signIn(t, c, "alice")
			require.Equal(t, 1, c.keyRequests())
			c.Close()
		})
	}
}

// A server may change its key just before it signs. Nobody can have it asked for
// keys more than once a minute by tokens that do not verify.
func TestKeysAreRenewedOnceAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClient(t, `,"refresh":{"auto":false}`)
		signIn(t, c, "alice")
		require.Equal(t, 1, c.keyRequests())
		c.rotations++
		require.NoError(t, tryToSignIn(t, c, nil))
		require.Equal(t, 2, c.keyRequests())
		for range 20 {
			require.Equal(t, "id_token{key}", reasonOf(t, tryToSignIn(t, c, &oauthtest.IDTokenEdit{Header: header("kid", `"other"`)})))
			time.Sleep(time.Second)
		}
		require.Equal(t, 2, c.keyRequests())
		time.Sleep(time.Minute)
		c.rotations++
		require.NoError(t, tryToSignIn(t, c, nil))
		require.Equal(t, 3, c.keyRequests())
		c.Close()
	})
}

// F-135: keys that never were right are no reason to refuse the next sign-in.
func TestKeysThatWereAMistakeAreNotKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClient(t, `,"refresh":{"auto":false}`)
		c.publish(func() (int, string) { return 200, `{"keys":[]}` })
		require.Equal(t, "id_token{key}", reasonOf(t, tryToSignIn(t, c, nil)))
		c.publish(nil)
		require.NoError(t, tryToSignIn(t, c, nil))
		c.Close()
	})
}

// Keys may be withdrawn.
func TestKeysAreUsedForADay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClient(t, `,"refresh":{"auto":false}`)
		p := signIn(t, c, "alice")
		time.Sleep(23 * time.Hour)
		c.do(t, `{"op":"refresh"}`)
		require.Equal(t, 1, c.keyRequests())
		time.Sleep(time.Hour)
		c.publish(func() (int, string) { return 200, `{"keys":[]}` })
		c.do(t, `{"op":"refresh"}`)
		require.Len(t, filter(c.types(), Refreshed), 2)
		require.Len(t, filter(c.types(), Degraded), 1)
		require.Equal(t, 3, c.keyRequests(), "anew, and once more because of the unknown key")
		require.Zero(t, p.reused)
		c.Close()
	})
}

// The keys are on their way while the code is exchanged.
func TestKeysCostASignInNoTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClient(t, "")
		c.latency = time.Second
		before := time.Now()
		signIn(t, c, "alice")
		require.Equal(t, time.Second, time.Since(before))
		c.Close()
	})
}

func TestKeysThatCannotBeFetched(t *testing.T) {
	good := func() (int, string) { return 200, string(oauthtest.KeySet(oauthtest.KeyFor("EdDSA", 0).JWK()).Bytes()) }
	answers := func(c *client, status ...int) {
		c.publish(func() (int, string) {
			next := status[0]
			if len(status) > 1 {
				status = status[1:]
			}
			if next == 200 {
				return good()
			}
			return next, ""
		})
	}
	for name, row := range map[string]struct {
		status []int
		want   string // "" if the sign-in works
		asked  int
	}{
		"a fault that passes": {[]int{503, 200}, "", 2},
		"faults that pass":    {[]int{0, 429, 200}, "", 3},
		"a fault that stays":  {[]int{503}, "id_token{keys}", 3},
		"no network":          {[]int{0}, "id_token{keys}", 3},
		"a wrong address":     {[]int{404}, "id_token{keys}", 1},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newClient(t, "")
				c.keyLatency = time.Millisecond // who verifies joins the request that the sign-in began
				answers(c, row.status...)
				err := tryToSignIn(t, c, nil)
				require.Equal(t, row.asked, c.keyRequests())
				if row.want == "" {
					require.NoError(t, err)
				} else {
					require.Equal(t, row.want, reasonOf(t, err))
					require.False(t, err.(*oauth.Error).Retryable, "the code is spent")
					require.Empty(t, c.types())
				}
				answers(c, 200)
				require.NoError(t, tryToSignIn(t, c, nil), "the next one works")
				c.Close()
			})
		})
	}
}

func TestSignInWaitsForKeysNoLongerThanTheDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClient(t, `,"timeoutMs":2000`)
		c.keyLatency = 1500 * time.Millisecond
		c.publish(func() (int, string) { return 503, "" })
		before := time.Now()
		err := tryToSignIn(t, c, nil)
		require.Equal(t, "id_token{keys}", reasonOf(t, err))
		require.ErrorContains(t, err, "spent")
		require.LessOrEqual(t, time.Since(before), 5*time.Second)
		c.Close()
	})
}

// F-95: only a genuine ID token of somebody else ends a session; what is not
// genuine says nothing.
func TestRefreshedIDTokensAreVerified(t *testing.T) {
	for name, row := range map[string]struct {
		subject string
		edit    *oauthtest.IDTokenEdit
		want    []string
	}{
		"genuine":                    {"alice", nil, []string{SignedIn, Refreshed}},
		"not genuine":                {"alice", &oauthtest.IDTokenEdit{Signature: "flipped"}, []string{SignedIn, Degraded, Refreshed}},
		"an unknown key":             {"alice", &oauthtest.IDTokenEdit{Header: header("kid", `"other"`)}, []string{SignedIn, Degraded, Refreshed}},
		"somebody else":              {"mallory", nil, []string{SignedIn, SignedOut}},
		"somebody else, not genuine": {"mallory", &oauthtest.IDTokenEdit{Signature: "flipped"}, []string{SignedIn, Degraded, Refreshed}},
		"somebody else, unsigned":    {"mallory", &oauthtest.IDTokenEdit{Signature: "none", Header: header("alg", `"none"`)}, []string{SignedIn, Degraded, Refreshed}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newClient(t, "")
				p := signIn(t, c, "alice")
				p.subject, p.edit = row.subject, row.edit
				answer, err := c.Do(`{"op":"refresh"}`)
				require.Equal(t, row.want, c.types())
				if err != nil {
					require.Equal(t, "id_token{sub}", reasonOf(t, err))
					c.Close()
					return
				}
				require.Contains(t, answer, `"subject":"alice"`)
				if row.edit != nil {
					require.Contains(t, c.events[1]["reason"], "the ID token of a refresh was dropped: the ")
				}
				require.Contains(t, answer, "AT:2")
				p.edit, p.subject = nil, "alice"
				require.Contains(t, c.do(t, `{"op":"refresh"}`)["token"], "accessToken")
				require.Zero(t, p.reused)
				c.Close()
			})
		})
	}
}

// What a session that was restored has not: keys. Its refreshes neither wait long
// for them nor ask for them often.
// forgetKeys makes the session ask for keys again.
func (c *client) forgetKeys() {
	c.Session.mu.Lock()
	defer c.Session.mu.Unlock()
	c.Session.keys = keys{}
}

func TestARefreshWithoutKeys(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClient(t, `,"refresh":{"auto":false}`)
		p := signIn(t, c, "alice")
		c.forgetKeys()
		c.keyLatency = 10 * time.Second
		before, asked := time.Now(), c.keyRequests()
		c.do(t, `{"op":"refresh"}`)
		require.Equal(t, 3*time.Second, time.Since(before))
		time.Sleep(7 * time.Second)
		c.do(t, `{"op":"refresh"}`)
		require.Len(t, filter(c.types(), Degraded), 1, "what came too late serves the next one")
		c.forgetKeys()
		c.keyLatency = 0
		c.publish(func() (int, string) { return 503, "" })
		for range 10 {
			time.Sleep(10 * time.Second)
			c.do(t, `{"op":"refresh"}`)
		}
		require.LessOrEqual(t, c.keyRequests()-asked, 3, "once a minute")
		require.Len(t, filter(c.types(), Degraded), 11)
		c.publish(nil)
		time.Sleep(time.Minute)
		c.do(t, `{"op":"refresh"}`)
		require.Len(t, filter(c.types(), Degraded), 11)
		require.Zero(t, p.reused)
		require.NotContains(t, c.types(), SignedOut)
		c.Close()
	})
}

// F-H14.
func TestClocksThatDiffer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for skew, want := range map[time.Duration]string{
			10 * time.Minute: "the server's clock is 600 seconds ahead of this device's",
			-2 * time.Hour:   "the server's clock is 7200 seconds behind this device's",
		} {
			c := newClient(t, "")
			shift := func(claims *oauthtest.Members) {
				now := time.Now().Add(skew).Unix()
				claims.SetNumber("iat", now)
				claims.SetNumber("exp", now+3600)
			}
			err := tryToSignIn(t, c, &oauthtest.IDTokenEdit{Claims: shift})
			require.Equal(t, "id_token{clock}", reasonOf(t, err))
			require.Equal(t, "clock: "+want, err.(*oauth.Error).Detail())
			require.ErrorContains(t, err, want)
			c.Close()
		}
	})
}

func TestClocksThatDifferWhenARefreshComes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClient(t, "")
		p := signIn(t, c, "alice")
		p.edit = &oauthtest.IDTokenEdit{Claims: func(claims *oauthtest.Members) { claims.SetNumber("iat", time.Now().Unix()+600) }}
		c.do(t, `{"op":"refresh"}`)
		require.Equal(t, []string{SignedIn, Degraded, Refreshed}, c.types())
		require.Contains(t, c.events[1]["reason"], "600 seconds ahead")
		c.Close()
	})
}

func TestAPlatformThatCannotVerifySignatures(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClient(t, "")
		c.mute = &oauth.Error{Code: oauth.CodeInsecureContext, Reason: "crypto.subtle"}
		require.Equal(t, "insecure_context{crypto.subtle}", reasonOf(t, tryToSignIn(t, c, nil)))
		require.Empty(t, c.types())
		c.Close()
	})
}

func withoutKeys(t *testing.T, scope string) *client {
	c := newClient(t, "")
	config, err := ParseConfig(`{"issuer":"` + issuer + `","clientId":"spa","redirectUri":"` + redirect + `","scope":"` + scope + `",
		"server":{"authorization_endpoint":"` + issuer + `/here","token_endpoint":"` + issuer + `/token"}}`)
	require.NoError(t, err)
	c.Session.config = config
	return c
}

// Endpoints may be configured without jwks_uri.
func TestTheAddressOfTheKeysIsDiscovered(t *testing.T) {
	const published = `{"issuer":"` + issuer + `","authorization_endpoint":"` + issuer + `/there","token_endpoint":"` + issuer + `/elsewhere"`
	synctest.Test(t, func(t *testing.T) {
		c := withoutKeys(t, "openid")
		c.described = published + `,"jwks_uri":"` + issuer + `/jwks"}`
		started := c.do(t, `{"op":"signIn"}`)
		require.True(t, strings.HasPrefix(started["url"].(string), issuer+"/here?"), "what is configured stays")
		signIn(t, c, "alice")
		require.Equal(t, 1, c.keyRequests())
		c.Close()

		for metadata, want := range map[string]string{"": "discovery{http}", published + "}": "discovery{jwks_uri}"} {
			c := withoutKeys(t, "openid")
			c.described = metadata
			_, err := c.Do(`{"op":"signIn"}`)
			require.Equal(t, want, reasonOf(t, err), "before the user leaves")
			require.ErrorContains(t, err, "server.jwks_uri")
			require.Zero(t, c.count())
			c.Close()
		}

		c = withoutKeys(t, "api")
		c.do(t, `{"op":"signIn"}`)
		c.Close()
	})
}

// A refresh and a sign-out need no keys, and do not wait for what tells where they are.
func TestRefreshesDoNotWaitForDiscovery(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := withoutKeys(t, "openid")
		c.described = `{"issuer":"` + issuer + `","token_endpoint":"` + issuer + `/token","jwks_uri":"` + issuer + `/jwks"}`
		signIn(t, c, "alice")
		c.Session.server, c.Session.keys, c.described = nil, keys{}, ""
		c.do(t, `{"op":"refresh"}`)
		require.Equal(t, []string{SignedIn, Degraded, Refreshed}, c.types())
		c.Close()
	})
}

// what was asked for at the sign-in decides, then and at a refresh.
func TestTheTimeOfAuthentication(t *testing.T) {
	authTime := func(ago time.Duration) *oauthtest.IDTokenEdit {
		return &oauthtest.IDTokenEdit{Claims: func(claims *oauthtest.Members) { claims.SetNumber("auth_time", time.Now().Add(-ago).Unix()) }}
	}
	synctest.Test(t, func(t *testing.T) {
		c := newClient(t, `,"refresh":{"auto":false}`)
		signIn := func(edit *oauthtest.IDTokenEdit) (*provider, error) {
			started := c.do(t, `{"op":"signIn","maxAge":600}`)
			authorize, err := url.Parse(started["url"].(string))
			require.NoError(t, err)
			require.Equal(t, "600", authorize.Query().Get("max_age"))
			p := &provider{bubble: c.bubble, subject: "alice", nonce: authorize.Query().Get("nonce"), lifetime: 300, edit: edit}
			c.script(p.token)
			_, err = c.Do(`{"op":"callback","url":"` + redirect + `?code=abc&state=` + started["state"].(string) + `"}`)
			return p, err
		}
		for _, edit := range []*oauthtest.IDTokenEdit{nil, authTime(661 * time.Second)} {
			_, err := signIn(edit)
			require.Equal(t, "id_token{auth_time}", reasonOf(t, err))
		}
		p, err := signIn(authTime(600 * time.Second))
		require.NoError(t, err)
		c.do(t, `{"op":"refresh"}`) // without auth_time, as it may be
		p.edit = authTime(time.Second)
		_, err = c.Do(`{"op":"refresh"}`)
		require.Equal(t, "id_token{auth_time}", reasonOf(t, err))
		require.Empty(t, c.do(t, `{"op":"state"}`), "it is about another sign-in")
		c.Close()
	})
}
