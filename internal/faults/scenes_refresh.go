package faults

import (
	"time"

	"github.com/pkcewasm/pkcewasm/internal/oauthtest"
)

// refreshScenes are section E: the refresh token and its rotation.
func refreshScenes() []Scene {
	manual := map[string]any{"refresh": map[string]any{"auto": false}}
	return []Scene{
		scene("F-100", "invalid_grant", "re-read first; then session_expired, ended once, in every tab",
			Play{Name: "memory", Do: signedIn(func(l *lane) {
				l.server.EndSessions("alice")
				l.refused(l.call("refresh"), oauthtest.Outcome{Code: "session_expired", OAuthError: "invalid_grant"})
				events := l.observe()
				l.expect("events", "signedOut", types(events))
				l.expect("reason", 1, happened(events, "signedOut", "invalid_grant"))
				l.over()
			})},
			Play{Name: "every-tab", Config: stored, Do: two(func(l, other *lane) {
				l.server.EndSessions("alice")
				l.refused(l.call("refresh"), oauthtest.Outcome{Code: "session_expired", OAuthError: "invalid_grant"})
				l.expect("events", "signedOut", types(l.observe()))
				l.until("the other tab", func() bool { return other.user() == nil })
				l.expect("events of the other tab", "signedOut", types(other.observe()))
			})}).noting("that a renewal of another tab is adopted instead is internal/session's TestInvalidGrantReadsTheRecordAgain"),
		scene("F-101", "no refresh_token in the answer", "the old one is kept", rotation(oauthtest.NoRotation, 0, 0, 0)),
		scene("F-102", "a new refresh_token in the answer", "it replaces the old one", rotation(oauthtest.Strict, 0, 1, 2)),
		scene("F-103", "the new token cannot be stored", "the session goes on in memory, degraded{storage}",
			Play{Config: stored, Do: two(func(l, other *lane) {
				l.lab("break", "put")
				l.expect("error", "", failureOf(l.call("refresh")))
				events := l.observe()
				l.expect("events", "refreshed", types(events))
				l.degraded(events, "storage")
				l.recover()
				l.lab("mend", "put")
				if code := failureOf(other.call("refresh")); code != "" { // it may have neither the new token nor the old one
					l.expect("the other tab", "signed_out", code)
				}
			})}),
		scene("F-104", "a new refresh_token now and then", "both of the above", rotation(oauthtest.Alternate, 0, 0, 1)),
		scene("F-105", "the refresh token's absolute life is over", "as F-100",
			Play{Settings: func(o *oauthtest.Settings) { o.RefreshTokenSeconds = 3600 }, Do: signedIn(func(l *lane) {
				l.server.Configure(func(o *oauthtest.Settings) { o.ClockOffsetSeconds = 4000 })
				l.refused(l.call("refresh"), oauthtest.Outcome{Code: "session_expired", OAuthError: "invalid_grant"})
				l.expect("events", "signedOut", types(l.observe()))
				l.server.Configure(func(o *oauthtest.Settings) { o.ClockOffsetSeconds = 0 })
				l.over()
			})}),
		scene("F-106", "the server ends the session", "as F-100, by the next call that needs a token",
			Play{Alone: true, Config: manual, Do: signedIn(func(l *lane) {
				l.server.EndSessions("")
				l.pass(0, 0, 400*time.Second)
				for _, a := range l.calls("getAccessToken", 5) {
					l.refused(a, oauthtest.Outcome{Code: "session_expired", OAuthError: "invalid_grant"})
				}
				l.expect("events", "signedOut", types(l.observe()))
				l.refreshes(1)
				l.over()
			})}),
		scene("F-107", "invalid_grant after a jump of the clock", "as F-100",
			Play{Alone: true, Do: signedIn(func(l *lane) {
				l.server.EndSessions("alice")
				l.pass(31*time.Second, 8*time.Hour, 0)
				events := l.observe()
				l.expect("events", "signedOut", types(events))
				l.expect("reason", 1, happened(events, "signedOut", "invalid_grant"))
				l.pass(0, -8*time.Hour, 0)
				l.over()
			})}),
		scene("F-109", "no refresh token at all", "no request; expiring, expired; then login_required",
			Play{Alone: true, Settings: func(o *oauthtest.Settings) { o.NoRefreshToken = true }, Do: signedIn(func(l *lane) {
				l.advance(250 * time.Second)
				l.expect("expiring", 1, happened(l.observe(), "expiring", ""))
				l.advance(60 * time.Second)
				l.expect("expired", 1, happened(l.observe(), "expired", ""))
				l.refused(l.call("getAccessToken"), oauthtest.Outcome{Code: "login_required"})
				l.refreshes(0)
				l.server.Configure(func(o *oauthtest.Settings) { o.NoRefreshToken = false })
				l.signIn()
				l.observe()
				l.recover()
			})}),
	}
}

// rotation presents, in three refreshes, tokens of the given generations.
func rotation(mode oauthtest.Rotation, generations ...int) Play {
	return Play{Settings: func(o *oauthtest.Settings) { o.Rotation = mode }, Do: signedIn(func(l *lane) {
		for range generations {
			l.recover()
		}
		var presented []int
		for _, e := range l.server.Ledger.Entries("token") {
			if e.Grant == "refresh_token" {
				presented = append(presented, e.Generation)
			}
		}
		if len(presented) != len(generations) {
			l.failf("refreshes: %v", presented)
			return
		}
		for i, want := range generations {
			l.expect("generation", want, presented[i])
		}
	})}
}
