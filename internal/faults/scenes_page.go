package faults

import (
	"time"

	"github.com/pkcewasm/pkcewasm/internal/oauthtest"
)

// pageScenes are section G: many callers in one page.
func pageScenes() []Scene {
	manual := map[string]any{"refresh": map[string]any{"auto": false}}
	return []Scene{
		scene("F-G1", "50 calls on an expired token", "one request, 50 equal tokens",
			Play{Alone: true, Config: manual, Do: signedIn(func(l *lane) {
				l.pass(0, 0, 301*time.Second)
				tokens := map[string]bool{}
				for _, a := range l.calls("getAccessToken", 50) {
					l.expect("error", "", failureOf(a))
					tokens[string(a.Value)] = true
				}
				l.expect("tokens", 1, len(tokens))
				l.refreshes(1)
			})}),
		scene("F-G2", "50 calls, and the server says invalid_grant", "one request, 50 times session_expired, signedOut once",
			Play{Alone: true, Config: manual, Do: signedIn(func(l *lane) {
				l.server.EndSessions("alice")
				l.pass(0, 0, 301*time.Second)
				for _, a := range l.calls("getAccessToken", 50) {
					l.refused(a, oauthtest.Outcome{Code: "session_expired", OAuthError: "invalid_grant"})
				}
				l.refreshes(1)
				l.expect("events", "signedOut", types(l.observe()))
				l.over()
			})}),
		scene("F-G3", "50 forced calls at once, and one after them", "two requests",
			Play{Do: signedIn(func(l *lane) {
				force := map[string]any{"forceRefresh": true}
				l.calls("getAccessToken", 50, force)
				l.refreshes(1)
				l.expect("error", "", failureOf(l.call("getAccessToken", force)))
				l.refreshes(2)
			})}),
		scene("F-G5", "signInRedirect twice in one tick", "one navigation; the second call joins, another one is callback{pending}",
			Play{Do: func(l *lane) {
				l.expect("calls", `"callback pending, 1 navigation"`, l.script(`const visited = [];
					const first = { loginHint: 'alice', navigate: (to) => { visited.push(to); } };
					client.signInRedirect(first).catch(() => {});
					client.signInRedirect(first).catch(() => {});
					const told = await client.signInRedirect({ loginHint: 'bob' }).catch(({ code, description }) => code + ' ' + description);
					while (visited.length === 0) await new Promise((resolve) => { setTimeout(resolve, 10); });
					await client.fetchUserInfo().catch(() => {}); // answered after all of the above
					return told + ', ' + visited.length + ' navigation'`, nil))
				l.signIn()
				l.observe()
				l.recover()
			}}),
		scene("F-G6", "handleRedirectCallback twice", "one code exchange, the same result",
			Play{Do: func(l *lane) {
				for _, a := range l.calls("handleRedirectCallback", 2, l.redirect(nil)) {
					l.expect("error", "", failureOf(a))
				}
				l.expect("code exchanges", 1, l.server.Report().CodeExchanges)
				l.expect("events", "signedIn", types(l.observe()))
			}}),
		scene("F-G7", "two clients with one configuration", "one session, one request",
			Play{Config: map[string]any{"isolation": "shared"}, Do: signedIn(func(l *lane) {
				other := l.beside("b")
				other.config, other.workers = l.config, l.workers
				other.shares = l.name
				other.start()
				if other.user() == nil {
					l.failf("the other client has no session")
				}
				first := l.held("refresh")
				other.script(`globalThis.joined = client.refresh().then(() => '', ({ code }) => code)`, nil)
				l.server.Release()
				l.expect("error", "", failureOf(<-first))
				l.expect("error of the other", `""`, other.script(`const { joined } = globalThis; delete globalThis.joined; return joined`, nil))
				l.refreshes(1)
				l.join(other)
				l.observe()
				l.recover()
			})}),
		scene("F-G9", "close() during a refresh", "closed; a stored session has the token that came later",
			Play{Name: "memory", Loose: true, Config: map[string]any{"isolation": "dedicated"}, Do: signedIn(func(l *lane) {
				pending := l.held("refresh")
				l.quit()
				l.expect("error", "closed", failureOf(<-pending))
				l.server.Release()
				l.restart()
				if l.user() != nil {
					l.failf("somebody is signed in")
				}
				l.signIn()
			})},
			Play{Name: "stored", Config: stored, Do: signedIn(func(l *lane) {
				pending := l.held("refresh")
				l.quit()
				l.expect("error", "closed", failureOf(<-pending))
				l.server.Configure(func(o *oauthtest.Settings) { o.Rotation = oauthtest.Strict })
				l.server.Release()
				l.settle()
				l.workers++
				l.start()
				l.until("the session", func() bool { return l.user() != nil })
				l.observe()
				l.recover()
			})}),
		scene("F-G12", "10 000 calls with a valid token", "no request",
			Play{Do: signedIn(func(l *lane) {
				for _, a := range l.calls("getAccessToken", 10_000) {
					if a.Error != nil {
						l.failf("getAccessToken: %s", a.Error.Code)
						return
					}
				}
				l.refreshes(0)
			})}),
	}
}
