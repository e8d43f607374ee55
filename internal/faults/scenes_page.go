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
		elsewhere("F-G5", "signInRedirect twice in one tick", "one navigation; the second call joins, or is callback{pending}",
			"jsglue/test/redirect.test.js: a second sign-in in one tick: the same one joins, another one is told to wait"),
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
				first, second := l.held("refresh"), other.soon("refresh")
				other.user() // answered after the call above was sent
				l.server.Release()
				l.expect("errors", "", failureOf(<-first)+failureOf(<-second))
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
