package faults

import (
	"encoding/json"
	"math"
	"strings"
	"time"

	"github.com/pkcewasm/pkcewasm/internal/browsertest"
	"github.com/pkcewasm/pkcewasm/internal/oauthtest"
)

// A case of the catalogue is met by a sign-in (the authorization response, the code exchange) or by a refresh.
type part string

const (
	callback part = "callback"
	exchange part = "exchange"
	refresh  part = "refresh"
)

// browserPace stretches the deadlines of the catalogue, which are those of a native client.
const browserPace = 3

// play plays one part of a case and returns what was wrong.
func (l *lane) play(c oauthtest.Case, p part) []string {
	changes := map[string]any{}
	if c.DeadlineMS > 0 {
		changes["timeoutMs"] = c.DeadlineMS * browserPace
	}
	l.begin(changes, c.Settings, ownClient(c))
	switch p {
	case callback:
		l.playCallback(c)
	case exchange:
		l.playExchange(c)
	case refresh:
		l.playRefresh(c)
	}
	return l.end(c.DeadlineMS == 0, 0)
}

// begin puts the server into its first state, with a grace window, so that a refresh token whose successor got lost can be
// sent again, and opens a client in which nobody is signed in.
func (l *lane) begin(changes map[string]any, settings func(*oauthtest.Settings), fresh bool) {
	l.problems, l.loud, l.events = nil, nil, nil
	if l.lost { // another client goes on
		l.name, l.config, l.lost = l.name+"'", nil, false
	}
	l.server.Reset()
	l.server.Configure(func(o *oauthtest.Settings) { o.Rotation = oauthtest.Grace(60) })
	if settings != nil {
		l.server.Configure(settings)
	}
	if l.config != nil && (fresh || l.stale) {
		l.close()
	}
	l.observe()
	l.problems = nil // of the case before
	l.fresh = fresh || l.clock
	l.open(changes)
	l.stale = fresh // what this client learns of the server holds for no other case
	if l.user() != nil {
		l.call("signOut", map[string]any{"local": true, "revoke": false})
	}
	l.settle()
	l.observe()
	l.server.Ledger.Reset()
}

// settle waits until the server has nothing under way. A client that gave up may have left something.
func (l *lane) settle() {
	l.server.Ledger.Wait("", 20*time.Second, func([]oauthtest.Entry) bool { return l.server.Report().UnderWay == 0 })
}

// playCallback meets a forged authorization response while somebody is signed in: whatever it is, that session is kept.
func (l *lane) playCallback(c oauthtest.Case) {
	want := *c.Callback
	if !l.signIn() {
		return
	}
	l.observe()
	l.server.Ledger.Reset()
	l.server.Script(c.Endpoint, c.Faults...)
	url := l.redirect(nil)
	a := l.call("handleRedirectCallback", url)
	events := types(l.observe())
	switch {
	case want.Code == "" && want.Value != "": // a code that the server never issued, sent as it came
		l.refused(a, oauthtest.Outcome{Code: "oauth", OAuthError: "invalid_grant"})
		l.expect("code as sent", want.Value, l.sentCode())
	case want.Code == "":
		l.expect("error", "", failureOf(a))
		l.expect("events", "signedIn", events)
	default:
		l.refused(a, want)
		l.expect("events", "", events)
		l.expect("token requests", 0, l.server.Report().TokenRequests)
	}
	if l.user() == nil {
		l.failf("I5: the session before is gone")
	}
	l.recover()
}

// sentCode is the code of the last exchange.
func (l *lane) sentCode() string {
	entries := l.server.Ledger.Entries("token")
	if len(entries) == 0 {
		return ""
	}
	return entries[len(entries)-1].Parameter("code")
}

func (l *lane) playExchange(c oauthtest.Case) {
	want := *c.Exchange
	url := l.redirect(nil)
	l.server.Script(c.Endpoint, c.Faults...)
	a := l.call("handleRedirectCallback", url)
	events := types(l.observe())
	if want.Code == "" {
		l.succeeded(a, want)
		l.expect("events", "signedIn", events)
	} else {
		l.refused(a, want)
		l.expect("events", "", events)
		if l.user() != nil {
			l.failf("I5: somebody is signed in")
		}
		l.expect("the same callback again", "state", failureOf(l.call("handleRedirectCallback", url)))
	}
	l.expect("code exchanges", 1, l.server.Report().CodeExchanges)
	l.server.Unscript() // a fault of the keys stays
	if want.Code != "" {
		l.signIn()
	}
	l.observe()
	l.recover()
}

func (l *lane) playRefresh(c oauthtest.Case) {
	want := *c.Refresh
	if !l.signIn() {
		return
	}
	l.observe()
	l.server.Script(c.Endpoint, c.Faults...)
	began := time.Now()
	a := l.call("refresh")
	events := l.observe()
	told := types(events)
	l.expect("traces of requests", l.server.Report().Refreshes, traces(events, "send")) // so that I3 has seen them
	switch {
	case want.Code == "", want.Code == "id_token" && want.Session == "kept":
		l.expect("error", "", failureOf(a))
		l.expect("events", "refreshed", told)
		if want.Code != "" {
			l.degraded(events, "id_token")
		} else {
			l.lifetime(want, began)
		}
	case want.Session == "ended":
		if want.Code == "oauth" {
			want.Code = "session_expired"
		}
		l.refused(a, want)
		l.expect("events", "signedOut", told)
		l.over()
		return
	case want.Retry == oauthtest.Resend:
		failed := strings.Repeat("refreshFailed ", len(c.Faults))
		l.expect("error", "", failureOf(a))
		l.expect("events", failed+"refreshed", told)
		l.expect("refreshes", len(c.Faults)+1, l.server.Report().Refreshes)
		l.failures(events, want, true)
	default:
		l.refused(a, want)
		l.expect("events", "refreshFailed", told)
		l.expect("refreshes", 1, l.server.Report().Refreshes)
		l.failures(events, want, want.Retry != oauthtest.Never || want.Code == "http")
		l.waited(want)
	}
	l.recover()
}

// waited proves that the pause which the server asked for is kept, and ended by itself.
func (l *lane) waited(want oauthtest.Outcome) {
	if want.Retry != oauthtest.AfterPause {
		return
	}
	l.refused(l.call("refresh"), want)
	l.advance(time.Duration(want.RetryAfter)*time.Second - 2*time.Second)
	l.expect("refreshes within the pause", 1, l.server.Report().Refreshes)
	l.advance(4 * time.Second)
	l.expect("refreshes after the pause", 2, l.server.Report().Refreshes)
	l.expect("events", "refreshed", types(l.observe()))
}

// over proves that the session has ended, and that the next sign-in works.
func (l *lane) over() {
	if l.user() != nil {
		l.failf("I5: somebody is signed in")
	}
	l.expect("getAccessToken", "login_required", failureOf(l.call("getAccessToken")))
	l.signIn()
	l.observe()
	l.recover()
}

// recover proves that a session goes on with a healthy server, without a reload: now, or after the least time between two
// requests.
func (l *lane) recover() {
	l.server.Unscript()
	l.settle()
	before := l.server.Report().Refreshes
	var a answer
	for begin := time.Now(); time.Since(begin) < 8*time.Second; time.Sleep(100 * time.Millisecond) {
		if a = l.call("refresh"); a.Error == nil || l.server.Report().Refreshes > before {
			break
		}
		if l.clock {
			l.advance(time.Second)
		}
	}
	l.expect("I5: a healthy server afterwards", "", failureOf(a))
	l.expect("I5: events of a healthy server", "refreshed", types(l.observe()))
}

func (l *lane) refused(a answer, want oauthtest.Outcome) {
	if a.Error == nil {
		l.failf("succeeded, want %s", want.Code)
		return
	}
	l.matches(*a.Error, want)
}

// matches compares an error with its outcome.
func (l *lane) matches(got failure, want oauthtest.Outcome) {
	if l.engine == browsertest.WebKit && want.Code == "network" && got.Code == "response" && (got.Description == "truncated" || got.Description == "empty") {
		want.Code = "response" // WebKit takes a body that was cut for whole
	}
	l.expect("code", want.Code, got.Code)
	if want.Reason != "" && !strings.HasPrefix(got.Description, want.Reason) {
		l.failf("reason: got %q, want %q", got.Description, want.Reason)
	}
	l.expect("oauthError", want.OAuthError, got.OAuthError)
	if want.Status != 0 {
		l.expect("status", want.Status, got.Status)
	}
	if math.Abs(float64(want.RetryAfter-got.RetryAfterSeconds)) > 1 { // a date has whole seconds
		l.failf("retryAfterSeconds: got %d, want %d", got.RetryAfterSeconds, want.RetryAfter)
	}
	if len(got.Description) > 256 || strings.Contains(got.Description, "\u202e") {
		l.failf("description is not filtered")
	}
}

// failures checks what the events of failed refreshes say.
func (l *lane) failures(events []event, want oauthtest.Outcome, willRetry bool) {
	attempt := 0
	for _, e := range events {
		if e.Type != "refreshFailed" {
			continue
		}
		attempt++
		if e.Error == nil {
			l.failf("refreshFailed without an error")
			continue
		}
		l.matches(*e.Error, want)
		l.expect("attempt", attempt, e.Attempt)
		l.expect("willRetry", willRetry, e.WillRetry)
		if want.RetryAfter > 0 && math.Abs(e.In-float64(want.RetryAfter*1000)) > 1500 {
			l.failf("nextAt is in %.0f ms, want %d s", e.In, want.RetryAfter)
		}
	}
}

func (l *lane) succeeded(a answer, want oauthtest.Outcome) {
	l.expect("error", "", failureOf(a))
	var result struct{ User user }
	if json.Unmarshal(a.Value, &result) == nil {
		l.expect("subject", "alice", result.User.Subject)
	}
	l.lifetime(want, time.Now())
}

// lifetime checks what the client says of the current access token.
func (l *lane) lifetime(want oauthtest.Outcome, received time.Time) {
	u := l.user()
	if u == nil {
		l.failf("nobody is signed in")
		return
	}
	if want.Scope != nil {
		l.expect("scope", *want.Scope, u.Scope)
	}
	if want.ExpiresIn != nil && !l.clock {
		lifetime := *want.ExpiresIn
		if lifetime < 0 {
			lifetime = 300 // the default of refresh.defaultLifetimeSeconds
		}
		if off := time.UnixMilli(u.ExpiresAt).Sub(received) - time.Duration(lifetime)*time.Second; off.Abs() > 10*time.Second {
			l.failf("expiresAt is %s off", off)
		}
	}
}

func (l *lane) degraded(events []event, feature string) {
	for _, e := range events {
		if e.Type == "degraded" && e.Feature == feature {
			return
		}
	}
	l.failf("no event degraded{%s}", feature)
}

func (l *lane) expect(what string, want, got any) {
	if want != got {
		l.failf("%s: got %v, want %v", what, got, want)
	}
}

func failureOf(a answer) string {
	if a.Error == nil {
		return ""
	}
	return a.Error.Code
}
