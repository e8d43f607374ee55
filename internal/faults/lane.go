package faults

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/pkcewasm/pkcewasm/internal/browsertest"
	"github.com/pkcewasm/pkcewasm/internal/oauthtest"
)

// lane is a client in the page with an authorization server of its own. It plays one case after the other.
type lane struct {
	name   string
	remote *browsertest.Remote
	server *oauthtest.Server
	origin string // of the page

	clock bool // page and worker are on a clock of the test's own

	config   map[string]any // of the client that is open, nil if none is
	stale    bool           // it knows a server that is no more
	workers  int            // started so far
	baseline *gauge         // of the client that is open, once it had a session
	problems []string       // of the case that is being played
	loud     []string       // everything that was let out during it
	events   []event
}

// answer is how a call of a client's function ended.
type answer struct {
	Value json.RawMessage
	Error *failure
	MS    float64
}

// failure is the error that a call rejected with.
type failure struct {
	Code              string
	Retryable         bool
	OAuthError        string
	Description       string
	Status            int
	RetryAfterSeconds int64
	Typed             bool // it is an AuthError
	Texts             string
}

// event is what a listener was told.
type event struct {
	Type, Reason, Feature string
	Attempt               int
	WillRetry             bool
	NextAt                int64
	In                    float64 // ms until NextAt, when it was told
	Error                 *failure
	Texts                 string
}

// user is what the client says of who is signed in.
type user struct {
	Subject, Scope string
	ExpiresAt      int64
}

// gauge is what a client's worker holds: entries in maps and sets, timers.
type gauge struct{ Held, Timers int }

// failf adds a problem to the case.
func (l *lane) failf(format string, args ...any) {
	l.problems = append(l.problems, fmt.Sprintf(format, args...))
}

// do lets the page do something for the lane's client.
func (l *lane) do(action string, argument, into any) {
	if !l.remote.Do(l.name, action, argument, into) {
		l.failf("I1: the page did not answer to %s", action)
	}
}

// open opens a client with the lane's configuration and the given changes, in a new worker, unless the one that is open is
// like that.
func (l *lane) open(changes map[string]any, fresh bool) {
	config := map[string]any{
		"issuer": l.server.Issuer, "clientId": oauthtest.DefaultClient, "redirectUri": l.origin + "/callback.html",
		"scope": "openid profile", "allowLoopbackHttp": true, "timeoutMs": deadline.Milliseconds(),
	}
	maps.Copy(config, changes)
	if l.config != nil && !fresh && fmt.Sprint(config) == fmt.Sprint(l.config) {
		return
	}
	l.close()
	l.config = config
	l.workers++
	worker := "/workers/lab-worker.js"
	if l.clock {
		worker = "/workers/lab-clock-worker.js"
	}
	started := maps.Clone(config)
	started["workerUrl"] = fmt.Sprintf("%s?%s.%d", worker, l.name, l.workers)
	var a answer
	l.do("open", started, &a)
	l.hear(a)
	if a.Error != nil {
		l.failf("open: %s", a.Error.Texts)
	}
}

func (l *lane) close() {
	if l.config == nil {
		return
	}
	l.config, l.baseline = nil, nil
	var a answer
	l.do("close", nil, &a)
	l.hear(a)
}

// call calls a function of the client and waits until it has settled.
func (l *lane) call(name string, args ...any) answer {
	all := l.calls(name, 1, args...)
	if len(all) != 1 {
		return answer{Error: &failure{}}
	}
	return all[0]
}

// calls calls it so many times at the same moment.
func (l *lane) calls(name string, times int, args ...any) []answer {
	var all []answer
	l.do("call", map[string]any{"name": name, "args": append([]any{}, args...), "times": times}, &all)
	for _, a := range all {
		l.hear(a)
	}
	return all
}

// hear keeps what an error says, and holds it to invariants 1 and 2.
func (l *lane) hear(a answer) {
	if a.MS > float64((longestCall + time.Second).Milliseconds()) {
		l.failf("I1: a call took %.0f ms", a.MS)
	}
	if a.Error == nil {
		return
	}
	l.loud = append(l.loud, a.Error.Texts)
	if !a.Error.Typed {
		l.failf("I2: not an AuthError: %s", a.Error.Texts)
	}
}

// redirect begins a sign-in and plays the user at the server. It returns the callback URL.
func (l *lane) redirect(options map[string]any) string {
	var a answer
	l.do("url", options, &a)
	l.hear(a)
	var url string
	if a.Error != nil || json.Unmarshal(a.Value, &url) != nil {
		l.failf("no authorization URL: %+v", a.Error)
		return ""
	}
	callback, err := l.server.Authorize(url)
	if err != nil {
		l.failf("authorize: %v", err)
	}
	return callback
}

// signIn signs alice in, or fails the case.
func (l *lane) signIn() bool {
	a := l.call("handleRedirectCallback", l.redirect(nil))
	if a.Error != nil {
		l.failf("sign-in: %s %s", a.Error.Code, a.Error.Description)
	}
	return a.Error == nil
}

// user returns who is signed in, nil for nobody.
func (l *lane) user() *user {
	var u *user
	l.do("user", nil, &u)
	return u
}

// observe returns the events since the last time.
func (l *lane) observe() []event {
	var seen struct {
		Events []event
		Said   []string
	}
	l.do("observed", nil, &seen)
	l.loud = append(l.loud, seen.Said...)
	for _, e := range seen.Events {
		l.loud = append(l.loud, e.Texts)
	}
	for _, text := range seen.Said {
		l.failf("I3: %s", text)
	}
	l.events = append(l.events, seen.Events...)
	return seen.Events
}

// measure returns what the client's worker holds.
func (l *lane) measure() gauge {
	var g gauge
	l.do("lab", map[string]any{}, &g)
	return g
}

// advance lets time pass on the test's clock.
func (l *lane) advance(by time.Duration) { l.pass(by, 0) }

// pass lets time pass, after the wall clocks alone have jumped.
func (l *lane) pass(by, jump time.Duration) {
	l.do("advance", map[string]any{"advance": by.Milliseconds(), "jump": jump.Milliseconds()}, nil)
}

// types names the events that a case is about, in order. What is told beside them, whenever it comes, is left out.
func types(events []event) string {
	var names []string
	for _, e := range events {
		switch e.Type {
		case "degraded", "trace", "expiring", "expired":
		default:
			names = append(names, e.Type)
		}
	}
	return strings.Join(names, " ")
}
