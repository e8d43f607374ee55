package faults

import (
	"time"

	"github.com/pkcewasm/pkcewasm/internal/oauthtest"
)

// timeScenes are section H: clocks and sleep. Page and worker are on a clock of the test's own.
func timeScenes() []Scene {
	lives := func(seconds int64) func(*oauthtest.Settings) {
		return func(o *oauthtest.Settings) { o.AccessTokenSeconds, o.NoIDTokenOnRefresh = seconds, true } // its clock is not the server's
	}
	// woken proves that nobody is given the token of before the sleep.
	woken := func(jump, sleep time.Duration) func(*lane) {
		return signedIn(func(l *lane) {
			before := l.token()
			l.pass(0, jump, sleep)
			for _, a := range l.calls("getAccessToken", 100) {
				if a.Error != nil || string(a.Value) == `"`+before+`"` {
					l.failf("an expired token, or %q", failureOf(a))
				}
			}
			l.refreshes(1)
			l.expect("events", "refreshed", types(l.observe()))
			l.pass(0, -jump, 0)
		})
	}
	// noticed proves that the heartbeat notices a sleep by itself.
	noticed := func(jump, sleep time.Duration) func(*lane) {
		return signedIn(func(l *lane) {
			l.pass(31*time.Second, jump, sleep)
			l.refreshes(1)
			l.expect("events", "refreshed", types(l.observe()))
			l.pass(0, -jump, 0)
		})
	}
	skewed := func(offset int64) Play {
		return Play{Settings: func(o *oauthtest.Settings) { o.ClockOffsetSeconds = offset }, Do: func(l *lane) {
			l.refused(l.call("handleRedirectCallback", l.redirect(nil)), oauthtest.Outcome{Code: "id_token", Reason: "clock"})
			l.expect("events", "", types(l.observe()))
			l.server.Configure(func(o *oauthtest.Settings) { o.ClockOffsetSeconds = 0 })
			l.signIn()
			l.observe()
			l.recover()
		}}
	}
	named := func(name string, p Play) Play { p.Name = name; return p }
	settings := lives(300)
	return []Scene{
		scene("F-H3", "the wall clock oscillates by 2 h every second, for a minute", "at most one extra request",
			Play{Alone: true, Settings: settings, Do: signedIn(func(l *lane) {
				for i := range 60 {
					jump := 2 * time.Hour
					if i%2 == 1 {
						jump = -jump
					}
					l.pass(time.Second, jump, 0)
				}
				if n := l.server.Report().Refreshes; n > 2 {
					l.failf("%d refreshes", n)
				}
				l.pass(0, 0, time.Minute)
				l.observe()
				l.recover()
			})}),
		scene("F-H4", "8 h of sleep, the monotonic clock stands still", "one refresh, no expired token",
			Play{Name: "call", Alone: true, Settings: settings, Do: woken(8*time.Hour, 0)},
			Play{Name: "heartbeat", Alone: true, Settings: settings, Do: noticed(8*time.Hour, 0)}),
		scene("F-H5", "8 h of sleep, both clocks go on", "one refresh, no expired token",
			Play{Name: "call", Alone: true, Settings: settings, Do: woken(0, 8*time.Hour)},
			Play{Name: "heartbeat", Alone: true, Settings: settings, Do: noticed(0, 8*time.Hour)}),
		scene("F-H6", "awake again, no network for 20 s", "nothing sent, then refreshed at the event online; session kept",
			Play{Alone: true, Settings: settings, Do: signedIn(func(l *lane) {
				l.lab("online", false)
				l.pass(20*time.Second, 0, 8*time.Hour)
				l.refused(l.call("getAccessToken"), oauthtest.Outcome{Code: "network", Reason: "offline"})
				l.refreshes(0)
				l.lab("online", true)
				l.script(`dispatchEvent(new Event('online'))`, nil)
				l.until("the refresh", func() bool { return happened(l.observe(), "refreshed", "") == 1 })
				l.refreshes(1)
			})}),
		elsewhere("F-H7", "a hidden tab, its timers throttled", "the worker refreshes on time", "lifecycle_test.go: TestHiddenTab"),
		elsewhere("F-H8", "a tab that was frozen for long", "one refresh when it resumes; the lock is not held meanwhile", "frozen_test.go: TestFrozenTab"),
		scene("F-H9", "a token of 30 days", "no request in the first hour, one at its time",
			Play{Alone: true, Settings: lives(30 * 24 * 3600), Config: map[string]any{"refresh": map[string]any{"jitterSeconds": 0}}, Do: signedIn(func(l *lane) {
				l.advance(time.Hour)
				l.refreshes(0)
				l.pass(0, 0, 30*24*time.Hour-time.Hour-90*time.Second)
				l.advance(10 * time.Second)
				l.refreshes(0)
				l.advance(30 * time.Second)
				l.refreshes(1)
				l.observe()
			})}),
		scene("F-H10", "expires_in below the leeway", "refreshed at its half, no loop",
			Play{Alone: true, Settings: lives(40), Config: map[string]any{"refresh": map[string]any{"jitterSeconds": 0}}, Do: signedIn(func(l *lane) {
				l.advance(19 * time.Second)
				l.refreshes(0)
				l.advance(2 * time.Second)
				l.refreshes(1)
				l.advance(60 * time.Second)
				l.refreshes(4)
				l.observe()
			})}),
		scene("F-H12", "Date.now and performance.now are patched in the page", "the worker refreshes all the same",
			Play{Alone: true, Do: signedIn(func(l *lane) {
				l.script(`globalThis.genuine = [Date.now, performance.now]; Date.now = () => 0; performance.now = () => 0`, nil)
				l.expect("error", "", failureOf(l.call("refresh")))
				l.script(`[Date.now, performance.now] = globalThis.genuine; delete globalThis.genuine`, nil)
				l.observe()
				l.recover()
			})}),
		scene("F-H13", "performance.now is coarse", "no effect",
			Play{Alone: true, Do: signedIn(func(l *lane) {
				l.script(`const { now } = performance; globalThis.genuine = now; performance.now = () => Math.floor(now.call(performance) / 100) * 100`, nil)
				l.recover()
				l.script(`performance.now = globalThis.genuine; delete globalThis.genuine`, nil)
			})}),
		scene("F-H14", "the server's clock is 10 minutes off", "id_token{clock}, nobody signed in", named("ahead", skewed(600)), named("behind", skewed(-4200))),
		scene("F-H15", "a timer that is 20 minutes late", "one refresh, at once",
			Play{Alone: true, Settings: settings, Do: signedIn(func(l *lane) {
				l.pass(0, 0, 25*time.Minute)
				l.advance(time.Second)
				l.refreshes(1)
				l.expect("events", "refreshed", types(l.observe()))
			})}),
		scene("F-H16", "the year 2040", "nothing unusual",
			Play{Alone: true, Settings: func(o *oauthtest.Settings) { o.ClockOffsetSeconds = fourteenYears }, Do: func(l *lane) {
				l.pass(0, fourteenYears*time.Second, 0)
				if l.signIn() {
					l.observe()
					l.recover()
					if u := l.user(); u == nil || u.ExpiresAt < 1<<41 {
						l.failf("expiresAt is %+v", u)
					}
				}
				l.pass(0, -fourteenYears*time.Second, 0)
			}}),
	}
}

const fourteenYears = 14 * 365 * 86400
