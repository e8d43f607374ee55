package faults

import (
	"encoding/json"
	"net/http"
	"strings"

	"github.com/pkcewasm/pkcewasm/internal/oauthtest"
)

// resourceScenes are section N: sign-out, calls of an API, discovery.
func resourceScenes() []Scene {
	local := map[string]any{"local": true}
	page := "<!doctype html><title>Bad gateway</title>"
	empty := ""
	revoking := func(name string, f oauthtest.Fault) Play {
		return Play{Name: name, Loose: true, Do: signedIn(func(l *lane) {
			l.server.Script("revocation", f)
			a := l.call("signOut", local)
			l.expect("error", "", failureOf(a))
			if a.MS > 4000 {
				l.failf("signOut took %.0f ms", a.MS)
			}
			if l.user() != nil {
				l.failf("somebody is signed in")
			}
			l.server.Release()
			l.expect("events", "signedOut", types(l.observe()))
			l.signIn()
		})}
	}
	// undiscovered is a server whose metadata is not usable, until it is.
	undiscovered := func(name string, f oauthtest.Fault, want oauthtest.Outcome) Play {
		f.Times = -1
		return Play{Name: name, Loose: true, Config: map[string]any{"timeoutMs": 2000}, Do: func(l *lane) {
			l.server.Script("discovery", f)
			var a answer
			l.do("url", nil, &a)
			l.hear(a)
			l.refused(a, want)
			l.expect("events", "", types(l.observe()))
			l.server.Unscript()
			l.server.Release()
			l.signIn()
			l.observe()
			l.recover()
		}}
	}
	edited := func(name, value string) oauthtest.Fault {
		return oauthtest.Fault{Set: map[string]json.RawMessage{name: json.RawMessage(value)}}
	}
	failed := oauthtest.Outcome{Code: "discovery"}
	api := func(do func(*lane)) Play {
		return Play{Loose: true, Do: func(l *lane) {
			l.open(map[string]any{"fetchOrigins": []string{l.server.URL}})
			signedIn(do)(l)
		}}
	}
	unauthorized := oauthtest.Fault{Status: 401, Body: &empty, Header: http.Header{"WWW-Authenticate": {`Bearer error="invalid_token"`}}}
	status := func(l *lane, url string) int {
		a := l.call("fetch", url)
		var answered struct{ Status int }
		_ = json.Unmarshal(a.Value, &answered)
		return answered.Status
	}
	return []Scene{
		scene("F-180", "signOut() during a refresh", "its answer is dropped, the new token revoked, signedOut{logout} once",
			Play{Do: signedIn(func(l *lane) {
				pending := l.held("refresh")
				l.expect("error", "", failureOf(l.call("signOut", local)))
				l.server.Release()
				l.refused(<-pending, oauthtest.Outcome{Code: "signed_out"})
				events := l.observe()
				l.expect("events", "signedOut", types(events))
				l.expect("reason", 1, happened(events, "signedOut", "logout"))
				l.until("the revocation of both tokens", func() bool {
					revoked := 0
					for _, e := range l.server.Ledger.Entries("revocation") {
						if e.Outcome == "revoked" {
							revoked++
						}
					}
					return revoked == 2
				})
				l.signIn()
				l.observe()
				l.recover()
			})}),
		scene("F-181", "signOut() twice, or without a session", "nothing more happens",
			Play{Do: func(l *lane) {
				l.expect("without", "", failureOf(l.call("signOut", local)))
				l.signIn()
				for _, a := range l.calls("signOut", 2, local) {
					l.expect("error", "", failureOf(a))
				}
				l.expect("again", "", failureOf(l.call("signOut", local)))
				l.expect("events", "signedIn signedOut", types(l.observe()))
				l.signIn()
			}}),
		scene("F-182", "the revocation fails", "signed out all the same, within 3 s",
			revoking("503", oauthtest.Fault{Status: 503, Body: &page}), revoking("network", oauthtest.Fault{Refuse: true, Wire: oauthtest.Wire{KillAfter: new(-1)}}),
			revoking("no-cors", oauthtest.Fault{Wire: oauthtest.Wire{NoCORS: true}}), revoking("hang", oauthtest.Fault{Wire: oauthtest.Wire{Hold: true}})),
		scene("F-183", "the revocation is answered 400 or 200", "signed out",
			revoking("400", oauthtest.Fault{Status: 400, Body: new(`{"error":"unsupported_token_type"}`)}), revoking("200", oauthtest.Fault{})),
		scene("F-184", "no end_session_endpoint", "signed out here; degraded{end_session}",
			Play{Do: func(l *lane) {
				l.server.Script("discovery", oauthtest.Fault{Drop: []string{"end_session_endpoint"}})
				l.signIn()
				l.observe()
				l.expect("error", "", failureOf(l.call("signOut")))
				events := l.observe()
				l.expect("events", "signedOut", types(events))
				l.degraded(events, "end_session")
				l.signIn()
			}}),
		scene("F-186", "getAccessToken() races with signOut()", "no token after the call of signOut()",
			Play{Do: signedIn(func(l *lane) {
				given := l.script(`const leaving = client.signOut({ local: true });
					const calls = await Promise.allSettled(Array.from({ length: 100 }, (_, i) => client.getAccessToken({ forceRefresh: i % 2 === 1 })));
					await leaving;
					return calls.filter(({ status }) => status === 'fulfilled').length`, nil)
				l.expect("tokens", "0", given)
				l.observe()
				l.signIn()
			})}),
		scene("F-170", "an API says 401 invalid_token", "one refresh, one retry, then the application gets the 401",
			api(func(l *lane) {
				url := l.server.URL + "/api/hello"
				l.server.Script("api", unauthorized)
				l.expect("status", 200, status(l, url))
				l.refreshes(1)
				l.server.Script("api", unauthorized, unauthorized)
				l.expect("status", 401, status(l, url))
				if n := l.server.Report().Refreshes; n > 2 {
					l.failf("%d refreshes", n)
				}
				l.server.Unscript() // a token that was just renewed is not renewed again
				l.observe()
			})),
		scene("F-173", "an API redirects to another origin", "not followed; the token stays",
			api(func(l *lane) {
				l.server.Script("api", oauthtest.Fault{Status: 307, RedirectTo: "thief"})
				if s := status(l, l.server.URL+"/api/hello"); s == 200 {
					l.failf("followed")
				}
			})),
		scene("F-130", "no metadata", "discovery; the next call asks again; not needed if the endpoints are configured",
			undiscovered("404", oauthtest.Fault{Status: 404, Body: &page}, failed), undiscovered("500", oauthtest.Fault{Status: 500, Body: &page}, failed),
			undiscovered("html", oauthtest.Fault{Status: 200, Body: &page}, failed), undiscovered("hang", oauthtest.Fault{Wire: oauthtest.Wire{Hold: true}}, failed),
			undiscovered("1-GiB", oauthtest.Fault{Wire: oauthtest.Wire{Filler: 1 << 30}}, failed),
			Play{Name: "configured", Do: func(l *lane) {
				l.server.Script("discovery", oauthtest.Fault{Status: 500, Body: &page, Times: -1})
				url := l.server.URL
				l.config = withConfig(l.config, "server", map[string]any{
					"issuer": url, "authorization_endpoint": url + "/authorize", "token_endpoint": url + "/token", "jwks_uri": url + "/jwks",
				})
				l.restart()
				l.server.Unscript()
				l.signIn()
				l.expect("discovery requests", 0, len(l.server.Ledger.Entries("discovery")))
				l.observe()
				l.recover()
			}}),
		scene("F-131", "metadata of another issuer", "issuer",
			undiscovered("slash", oauthtest.Fault{Rewrite: issued(func(issuer string) string { return issuer + "/" })}, oauthtest.Outcome{Code: "issuer"}),
			undiscovered("case", oauthtest.Fault{Rewrite: issued(strings.ToUpper)}, oauthtest.Outcome{Code: "issuer"}),
			undiscovered("other", edited("issuer", `"https://evil.example"`), oauthtest.Outcome{Code: "issuer"})),
		scene("F-132", "an endpoint that is none", "discovery",
			undiscovered("missing", oauthtest.Fault{Drop: []string{"token_endpoint"}}, failed), undiscovered("http", edited("token_endpoint", `"http://evil.example/token"`), failed),
			undiscovered("relative", edited("token_endpoint", `"/token"`), failed), undiscovered("number", edited("token_endpoint", "1"), failed)),
		scene("F-133", "the server knows PKCE by plain alone", "config{pkce}",
			undiscovered("", edited("code_challenge_methods_supported", `["plain"]`), oauthtest.Outcome{Code: "config"})),
	}
}

// issued edits the issuer of the metadata.
func issued(edit func(string) string) func(oauthtest.Members) []byte {
	return func(m oauthtest.Members) []byte {
		m.SetText("issuer", edit(m.Text("issuer")))
		return m.Bytes()
	}
}
