package faults

import (
	"net/url"
	"strings"
	"time"

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
	proofs := func(o *oauthtest.Settings) { o.DPoP.Mode = oauthtest.ProofsRequired }
	return []Scene{
		scene("F-P7", "the key is gone", "`dpop{key_lost}` ends the session",
			Play{Alone: true, Loose: true, Config: withConfig(stored, "dpop", "required"), Settings: proofs, Do: signedIn(func(l *lane) {
				l.script(inDatabase("keys", `store.clear();`), nil)
				l.restart()
				l.until("the session", func() bool { return l.user() != nil })
				l.observe()
				l.refused(l.call("refresh"), oauthtest.Outcome{Code: "dpop", Reason: "key_lost"})
				l.refreshes(0)
				events := l.observe()
				l.expect("events", "signedOut", types(events))
				l.expect("reason", 1, happened(events, "signedOut", "key_lost"))
				l.over()
			})}),
		elsewhere("F-P8", "an API wants a nonce", "one retry with it; an API's nonces are apart from the server's",
			"internal/browsertest/pages/scenarios/dpop.js: every attempt of a request has a proof of its own"),
		scene("F-P9", "signing is refused, or never ends", "`dpop`, or `timeout` at the request's deadline; nothing sent, session kept",
			Play{Name: "refused", Loose: true, Config: map[string]any{"dpop": "required"}, Settings: proofs, Do: signedIn(unsigned("refuse", "dpop"))},
			Play{Name: "endless", Loose: true, Config: map[string]any{"dpop": "required"}, Settings: proofs, Do: signedIn(unsigned("hang", "timeout"))}),
	}
}

func parsed(text string) *url.URL {
	if address, err := url.Parse(text); err == nil {
		return address
	}
	return new(url.URL)
}

// unsigned proves that a request whose proof cannot be made is not sent.
func unsigned(how, code string) func(*lane) {
	return func(l *lane) {
		l.lab("break", how)
		l.refused(l.call("refresh"), oauthtest.Outcome{Code: code})
		l.refreshes(0)
		l.observe()
		l.lab("mend", how)
		l.recover()
	}
}

// callbackScenes are those of section L.
func callbackScenes() []Scene {
	state := func(reason string) oauthtest.Outcome { return oauthtest.Outcome{Code: "state", Reason: reason} }
	kept := func(do func(*lane)) Play {
		return Play{Alone: true, Config: map[string]any{"transaction": "session"}, Do: do}
	}
	tooLate := func(l *lane) {
		url := l.redirect(nil)
		l.pass(0, 0, 11*time.Minute)
		l.refused(l.call("handleRedirectCallback", url), state("expired"))
		l.expect("token requests", 0, l.server.Report().TokenRequests)
		l.signIn()
		l.observe()
	}
	// eleven sign-ins are begun: the first is forgotten, the others may come back.
	eleven := func(l *lane) {
		var urls []string
		for range 11 {
			urls = append(urls, l.redirect(nil))
			l.advance(time.Second)
		}
		l.refused(l.call("handleRedirectCallback", urls[0]), state("unknown"))
		l.expect("token requests", 0, l.server.Report().TokenRequests)
		l.expect("the second", "", failureOf(l.call("handleRedirectCallback", urls[1])))
		l.expect("the last", "", failureOf(l.call("handleRedirectCallback", urls[10])))
		l.observe()
		l.recover()
	}
	return []Scene{
		scene("T-05", "the code of another sign-in in this one's answer", "`oauth{invalid_grant}` by its verifier, nobody signed in",
			Play{Do: func(l *lane) {
				other := l.beside("b")
				other.open(map[string]any{"isolation": "dedicated"})
				theirs, ours := parsed(other.redirect(map[string]any{"loginHint": "bob"})), parsed(l.redirect(nil))
				forged := ours.Query()
				forged.Set("code", theirs.Query().Get("code"))
				ours.RawQuery = forged.Encode()
				l.refused(l.call("handleRedirectCallback", ours.String()), oauthtest.Outcome{Code: "oauth", OAuthError: "invalid_grant"})
				if l.user() != nil {
					l.failf("somebody is signed in")
				}
				l.join(other)
				l.observe()
				l.signIn()
			}}),
		scene("F-142", "replayed state", "the live session, or state{consumed}; elsewhere state{unknown}; no token request",
			Play{Do: func(l *lane) {
				url := l.redirect(nil)
				l.expect("the first time", "", failureOf(l.call("handleRedirectCallback", url)))
				other := l.beside("b")
				other.open(map[string]any{"isolation": "dedicated"})
				other.refused(other.call("handleRedirectCallback", url), state(""))
				l.call("signOut", map[string]any{"local": true, "revoke": false})
				l.refused(l.call("handleRedirectCallback", url), state("consumed"))
				l.expect("token requests", 1, l.server.Report().TokenRequests)
				l.join(other)
				l.observe()
				l.signIn()
			}}),
		scene("F-144", "state older than 10 minutes", "state{expired}; no token request", kept(tooLate)),
		scene("F-161", "parallel sign-ins in one tab", "both are live: the state that comes back decides",
			Play{Do: func(l *lane) {
				first, second := l.redirect(map[string]any{"loginHint": "alice"}), l.redirect(map[string]any{"loginHint": "bob"})
				for _, url := range []string{second, first} {
					l.expect("error", "", failureOf(l.call("handleRedirectCallback", url)))
				}
				if u := l.user(); u == nil || u.Subject != "alice" {
					l.failf("signed in is %+v", u)
				}
				l.expect("code exchanges", 2, l.server.Report().CodeExchanges)
				l.observe()
				l.recover()
			}}),
		scene("F-162", "users who never return", "ten sign-ins are live; swept after 10 minutes (F-144)", kept(eleven)),
		scene("F-166", "the exchange fails after the transaction is spent", "a clear error; the same callback again is state{consumed}",
			Play{Do: func(l *lane) {
				url, body := l.redirect(nil), "unavailable"
				l.server.Script("token", oauthtest.Fault{Status: 503, Body: &body})
				l.refused(l.call("handleRedirectCallback", url), oauthtest.Outcome{Code: "http", Status: 503})
				l.refused(l.call("handleRedirectCallback", url), state("consumed"))
				l.expect("code exchanges", 1, l.server.Report().CodeExchanges)
				l.signIn()
				l.observe()
				l.recover()
			}}),
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
