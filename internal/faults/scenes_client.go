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
		scene("F-T5", "the preflight of a request with a proof is refused", "`network`, nothing processed; tried again later, session kept",
			Play{Loose: true, Config: map[string]any{"dpop": "required"}, Do: signedIn(func(l *lane) {
				l.server.Configure(func(o *oauthtest.Settings) { o.CORS.RejectPreflight = true })
				l.refused(l.call("refresh"), oauthtest.Outcome{Code: "network"})
				l.refreshes(0)
				l.observe()
				l.server.Configure(func(o *oauthtest.Settings) { o.CORS.RejectPreflight = false })
				l.recover()
			}), Settings: func(o *oauthtest.Settings) { o.DPoP.Mode = oauthtest.ProofsRequired }}),
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

// proofScenes are those of section F that no answer makes.
func proofScenes() []Scene {
	return []Scene{
		elsewhere("F-P7", "the key is gone", "`dpop{key_lost}` ends the session", "internal/session/dpop_test.go: the key is lost at a refresh"),
		elsewhere("F-P8", "an API wants a nonce", "one retry with it; an API's nonces are apart from the server's",
			"internal/browsertest/pages/scenarios/dpop.js: every attempt of a request has a proof of its own"),
		elsewhere("F-P9", "signing is refused, or never ends", "`dpop`, within the request's deadline", "internal/session/dpop_test.go: signing never ends"),
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
