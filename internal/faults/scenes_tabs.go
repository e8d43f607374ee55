package faults

import (
	"time"

	"github.com/pkcewasm/pkcewasm/internal/oauthtest"
)

// tabScenes are section I, as far as clients of one page with workers of their own show it; the other rows need real tabs.
func tabScenes() []Scene {
	// taking proves that two clients can renew in turn without spending a token twice.
	taking := func(without ...string) func(*lane) {
		return signedIn(func(l *lane) {
			l.restart(without...)
			other := l.beside("b")
			other.config = withConfig(stored, "scope", "openid")
			for name, value := range l.config {
				if _, has := other.config[name]; !has {
					other.config[name] = value
				}
			}
			other.start(without...)
			l.until("both have the session", func() bool { return l.user() != nil && other.user() != nil })
			l.server.Configure(func(o *oauthtest.Settings) { o.Rotation = oauthtest.Strict })
			for range 5 {
				first, second := l.soon("refresh"), other.soon("refresh")
				l.expect("errors", "", failureOf(<-first)+failureOf(<-second))
			}
			l.observe()
			l.join(other)
			l.recover()
		})
	}
	// killed ends the holder of the lock after its request was sent, and has the other tab go on.
	killed := func(mode oauthtest.Rotation, then func(l, other *lane)) func(*lane) {
		return two(func(l, other *lane) {
			l.server.Configure(func(o *oauthtest.Settings) { o.Rotation = mode })
			lost := other.held("refresh")
			other.do("kill", nil, nil)
			l.server.Release()
			l.settle()
			then(l, other)
			other.expect("the killed tab's call", "crashed", failureOf(<-lost))
			l.server.Configure(func(o *oauthtest.Settings) { o.Rotation = oauthtest.Grace(60) })
		})
	}
	lock := `const name = 'pkcewasm:' + argument + ' test-spa';`
	return []Scene{
		elsewhere("F-I1", "20 tabs, strict reuse detection, all timers at once", "one request for each rotation, no token twice",
			"tabs_test.go: one request for each rotation, and no token twice"),
		scene("F-I2", "no BroadcastChannel", "the record is read again under the lock; no token twice", Play{Config: stored, Do: taking("BroadcastChannel")}),
		scene("F-I3", "no Web Locks", "a lease in the database; degraded{locks}; no token twice",
			Play{Config: stored, Do: taking("navigator.locks")},
			Play{Name: "degraded", Config: stored, Do: func(l *lane) {
				l.restart("navigator.locks")
				l.degraded(l.observe(), "locks")
				l.signIn()
			}}),
		elsewhere("F-I4", "the holder is killed before sending", "the next one goes on, no token twice", "kills_test.go: TestKills"),
		scene("F-I5", "the holder dies after sending, before the answer", "sent again: refreshed within the server's grace, else signedOut once in every tab",
			Play{Name: "grace", Config: stored, Loose: true, Do: killed(oauthtest.Grace(60), func(l, _ *lane) {
				l.expect("error", "", failureOf(l.call("refresh")))
				l.expect("events", "refreshed", types(l.observe()))
			})},
			Play{Name: "strict", Config: stored, Loose: true, Reuse: 1, Do: killed(oauthtest.Strict, func(l, _ *lane) {
				l.refused(l.call("refresh"), oauthtest.Outcome{Code: "session_expired", OAuthError: "invalid_grant"})
				l.expect("events", "signedOut", types(l.observe()))
				l.signIn()
				l.observe()
			})}),
		elsewhere("F-I6", "the holder is killed after the answer, before it is stored", "as F-I5", "kills_test.go: TestKills"),
		elsewhere("F-I8", "the holder is frozen during a refresh", "the lock is stolen after 20 s; what the holder brings later is dropped",
			"frozen_test.go: TestFrozenHolder"),
		elsewhere("F-I9", "the holder is in the back/forward cache", "it lets the lock go; as F-I5", "leaving_test.go: TestHolderInTheCache"),
		elsewhere("F-I10", "the renderer crashes while the worker holds the lock", "as F-I5", "kills_test.go: TestKills"),
		elsewhere("F-I11", "a duplicated tab has a copy of sessionStorage", "the copy is deleted, the original goes on",
			"opened_test.go: the copy is deleted, and the original goes on"),
		elsewhere("F-I12", "two users in two tabs, storage 'session'", "a record and a lock for each tab",
			"opened_test.go: two users in two tabs"),
		scene("F-I13", "a sign-out in one tab", "signedOut{logout_other_tab} in the others, no token any more",
			Play{Config: stored, Do: two(func(l, other *lane) {
				l.call("signOut", map[string]any{"local": true})
				l.until("the other tab", func() bool { return other.user() == nil })
				l.expect("reason", 1, happened(other.observe(), "signedOut", "logout_other_tab"))
				l.expect("the other tab's token", "login_required", failureOf(other.call("getAccessToken")))
				l.observe()
			})}),
		scene("F-I14", "another user signs in in one tab", "signedOut{replaced} and signedIn in the others",
			Play{Config: stored, Do: two(func(l, other *lane) {
				l.expect("error", "", failureOf(l.call("handleRedirectCallback", l.redirect(map[string]any{"loginHint": "bob"}))))
				l.until("the other tab", func() bool { u := other.user(); return u != nil && u.Subject == "bob" })
				l.expect("events of the other tab", "signedOut signedIn", types(other.observe()))
				l.expect("token", l.token(), other.token())
				l.observe()
			})}),
		scene("F-I15", "another version of the package in another tab", "a record that it does not know is left alone until a sign-in",
			Play{Config: stored, Do: func(l *lane) {
				l.signIn()
				l.script(inDatabase("sessions", `const entry = await new Promise((resolve) => { store.get(argument + ' test-spa').onsuccess = ({ target }) => resolve(target.result); });
					store.put({ ...entry, generation: entry.generation + 1, record: entry.record.replace(/"v":\d+/, '"v":999') });`), l.server.Issuer)
				l.restart()
				if l.user() != nil {
					l.failf("somebody is signed in")
				}
				l.expect("getAccessToken", "login_required", failureOf(l.call("getAccessToken")))
				l.refreshes(0)
				l.signIn()
				l.observe()
				l.recover()
			}}).noting("every other record that is none is internal/session's TestARecordThatIsNotOurs"),
		scene("F-I17", "a private window beside a normal one", "independent sessions", Play{Do: apart}),
		scene("F-I18", "two devices", "independent sessions", Play{Do: apart}),
		scene("F-I19", "the lock's name is taken by a hostile script", "taken back after 20 s, never a hang",
			Play{Name: "held", Alone: true, Config: stored, Do: signedIn(func(l *lane) {
				l.script(lock+`navigator.locks.request(name, () => new Promise((end) => { globalThis.letGo = end; })).catch(() => {});`, l.server.Issuer)
				pending := l.soon("refresh")
				l.until("the refresh", func() bool {
					l.advance(time.Second)
					return l.server.Report().Refreshes == 1
				})
				l.script(`globalThis.letGo()`, nil)
				l.expect("error", "", failureOf(<-pending))
				l.observe()
			})},
			Play{Name: "stolen", Config: stored, Do: signedIn(func(l *lane) {
				l.script(lock+`for (let i = 0; i < 20; i++) navigator.locks.request(name, { steal: true }, () => new Promise((r) => setTimeout(r, 100))).catch(() => {});`, l.server.Issuer)
				l.expect("error", "", failureOf(l.call("refresh")))
				l.observe()
				l.recover()
			})}),
	}
}

// apart proves that two grants of one server do not know of each other.
func apart(l *lane) {
	if !l.signIn() {
		return
	}
	other := l.beside("b")
	other.open(map[string]any{"isolation": "dedicated"})
	if other.user() != nil {
		l.failf("the other client has the session")
	}
	other.signIn()
	l.expect("errors", "", failureOf(l.call("refresh"))+failureOf(other.call("refresh")))
	other.call("signOut", map[string]any{"local": true})
	l.observe()
	l.join(other)
	l.recover()
}
