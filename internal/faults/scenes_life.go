package faults

import (
	"time"

	"github.com/pkcewasm/pkcewasm/internal/oauthtest"
)

// lifeScenes are section J: what happens to a page.
func lifeScenes() []Scene {
	const (
		leave  = `dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }))`
		comeBy = `dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))`
	)
	// gone is a page that lost its worker: by a reload, or by being discarded.
	gone := Play{Config: map[string]any{"isolation": "dedicated"}, Do: signedIn(func(l *lane) {
		l.restart()
		if l.user() != nil {
			l.failf("somebody is signed in")
		}
		l.expect("getAccessToken", "login_required", failureOf(l.call("getAccessToken")))
		l.signIn()
		l.observe()
		l.recover()
	})}
	return []Scene{
		scene("F-J1", "back from the back/forward cache, the token has expired", "one refresh, before anybody is given a token",
			Play{Alone: true, Do: signedIn(func(l *lane) {
				before := l.token()
				l.script(leave, nil)
				l.pass(0, 0, time.Hour)
				l.script(comeBy, nil)
				if l.token() == before {
					l.failf("the expired token")
				}
				l.refreshes(1)
				l.expect("events", "refreshed", types(l.observe()))
			})}),
		scene("F-J3", "a refresh under way when the page enters the cache", "settled when it comes back",
			Play{Alone: true, Do: signedIn(func(l *lane) {
				pending := l.held("refresh")
				l.script(leave, nil)
				l.server.Release()
				l.settle()
				l.script(comeBy, nil)
				l.expect("error", "", failureOf(<-pending))
				l.observe()
				l.recover()
			})}),
		elsewhere("F-J4", "a reload during a refresh", "as F-I5", "leaving_test.go: TestReload"),
		scene("F-J5", "a reload with isolation 'dedicated' and storage 'memory'", "the session is gone by design: login_required", gone),
		scene("F-J6", "the back button to the callback URL", "the live session, or state{consumed}; no token request",
			Play{Do: func(l *lane) {
				url := l.redirect(nil)
				l.call("handleRedirectCallback", url)
				l.expect("again", "", failureOf(l.call("handleRedirectCallback", url)))
				l.expect("token requests", 1, l.server.Report().TokenRequests)
				l.call("signOut", map[string]any{"local": true, "revoke": false})
				l.refused(l.call("handleRedirectCallback", url), oauthtest.Outcome{Code: "state", Reason: "consumed"})
				l.expect("token requests", 1, l.server.Report().TokenRequests)
				l.expect("events", "signedIn signedOut", types(l.observe()))
				l.signIn()
			}}),
		elsewhere("F-J7", "the application is prerendered", "nothing is done until it is shown",
			"opened_test.go: it does nothing until it is shown"),
		scene("F-J8", "a discarded page is loaded again", "as a reload", gone),
		scene("F-J9", "in a frame without storage", "the session lives in memory, degraded{storage}",
			Play{Config: stored, Do: func(l *lane) {
				l.restart("indexedDB")
				l.degraded(l.observe(), "storage")
				l.signIn()
				l.observe()
				l.recover()
			}}),
		elsewhere("F-J10", "mounted and unmounted 100 times", "nothing is held",
			"tabs_test.go: shared: mounted and unmounted, again and again"),
	}
}
