package faults

import (
	"net/url"
	"strings"

	"github.com/pkcewasm/pkcewasm/internal/oauthtest"
)

// transportScenes are the rows of section D that the client's side makes.
func transportScenes() []Scene {
	manual := map[string]any{"refresh": map[string]any{"auto": false}}
	return []Scene{
		scene("F-T2", "offline before sending", "network{offline}, nothing sent, session kept",
			Play{Name: "exchange", Do: func(l *lane) {
				url := l.redirect(nil)
				l.lab("online", false)
				l.refused(l.call("handleRedirectCallback", url), oauthtest.Outcome{Code: "network", Reason: "offline"})
				l.expect("token requests", 0, l.server.Report().TokenRequests)
				l.lab("online", true)
				l.expect("the same callback, online", "", failureOf(l.call("handleRedirectCallback", url)))
				l.observe()
			}},
			Play{Name: "refresh", Config: manual, Do: signedIn(func(l *lane) {
				l.lab("online", false)
				l.refused(l.call("refresh"), oauthtest.Outcome{Code: "network", Reason: "offline"})
				l.refreshes(0)
				l.lab("online", true)
				l.recover()
			})}),
		scene("F-T13", "one of several waiters aborts", "that one gets aborted, the others the token; the request goes on",
			Play{Do: signedIn(func(l *lane) {
				held := l.held("refresh")
				waiting := l.soon("getAccessToken", map[string]any{"forceRefresh": true})
				var aborted []answer
				l.do("call", map[string]any{"name": "refresh", "args": []any{map[string]any{}}, "times": 3, "abortAfter": 50}, &aborted)
				for _, a := range aborted {
					l.refused(a, oauthtest.Outcome{Code: "aborted"})
				}
				l.server.Release()
				l.expect("the others", "", failureOf(<-held)+failureOf(<-waiting))
				l.refreshes(1)
			})}),
	}
}

// callbackScenes are those of section L.
func callbackScenes() []Scene {
	return []Scene{
		scene("F-165", "an authorization URL of more than 8 KiB", "nothing is cut",
			Play{Do: func(l *lane) {
				long := strings.Repeat("urn:a", 2000)
				callback := l.redirect(map[string]any{"acrValues": long})
				if sent := l.server.Ledger.Entries("authorize"); len(sent) != 1 || !strings.Contains(sent[0].URI, url.QueryEscape(long)) {
					l.failf("it was cut")
				}
				l.expect("error", "", failureOf(l.call("handleRedirectCallback", callback)))
				l.observe()
				l.recover()
			}}),
	}
}
