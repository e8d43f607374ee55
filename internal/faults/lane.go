package faults

import (
	"cmp"
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
	engine *browsertest.Engine
	build  browsertest.Build
	origin string // of the page

	clock bool // page and worker are on a clock of the test's own

	config   map[string]any // of the client that is open, nil if none is
	fresh    bool           // for this play alone
	lost     bool           // the page does not answer
	stale    bool           // it knows a server that is no more
	workers  int            // started so far
	baseline *gauge         // of the client that is open, once it had a session
	shares   string         // the lane whose worker it has, "" for its own
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
	Type, Reason, Feature, Step string
	Attempt                     int
	WillRetry                   bool
	NextAt                      int64
	In                          float64 // ms until NextAt, when it was told
	Error                       *failure
	Texts                       string
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
	if l.lost || !l.remote.Do(l.name, action, argument, into) {
		l.lost = true // nothing that follows would be answered
		l.failf("I1: the page did not answer to %s", action)
	}
}

// open opens a client with the lane's configuration and the given changes, unless the one that is open is
// like that.
func (l *lane) open(changes map[string]any) {
	config := map[string]any{
		"issuer": l.server.Issuer, "clientId": oauthtest.DefaultClient, "redirectUri": l.origin + "/callback.html",
		"scope": "openid profile", "allowLoopbackHttp": true, "timeoutMs": deadline.Milliseconds(),
	}
	maps.Copy(config, changes)
	if l.config != nil && fmt.Sprint(config) == fmt.Sprint(l.config) {
		return
	}
	l.close()
	l.config = config
	l.workers++
	if a := l.start(); a.Error != nil {
		l.failf("open: %s", a.Error.Texts)
	}
}

// start opens a client with the lane's configuration in a worker without some of the platform's parts.
func (l *lane) start(without ...string) answer {
	worker := "/workers/lab-worker.js"
	if l.clock {
		worker = "/workers/lab-clock-worker.js"
	}
	started := map[string]any{"workerUrl": fmt.Sprintf("%s?%s.%d", worker, cmp.Or(l.shares, l.name), l.workers)}
	for _, part := range without {
		started["workerUrl"] = started["workerUrl"].(string) + "&without=" + part
	}
	if l.fresh {
		started["isolation"] = "dedicated" // shared workers outlive their clients: a hundred of them are more than a browser has room for
	}
	maps.Copy(started, l.config)
	var a answer
	l.do("open", started, &a)
	l.hear(a)
	return a
}

// restart closes the client and opens another in a new worker.
func (l *lane) restart(without ...string) answer {
	l.quit()
	l.workers++
	return l.start(without...)
}

// quit closes the client.
func (l *lane) quit() {
	l.baseline = nil
	var a answer
	l.do("close", nil, &a)
	l.hear(a)
}

func (l *lane) close() {
	if l.config == nil {
		return
	}
	if l.config["storage"] == nil && l.shares == "" && l.user() != nil { // a shared worker outlives the client, and would refresh
		l.call("signOut", map[string]any{"local": true, "revoke": false})
	}
	l.quit()
	l.config = nil
}

// call calls a function of the client and waits until it has settled.
func (l *lane) call(name string, args ...any) answer {
	all := l.calls(name, 1, args...)
	if len(all) != 1 {
		return answer{Error: &failure{}}
	}
	return all[0]
}

// soon begins a call that settles later.
func (l *lane) soon(name string, args ...any) <-chan answer {
	settled := make(chan answer, 1)
	go func() {
		var all []answer
		l.do("call", map[string]any{"name": name, "args": append([]any{}, args...), "times": 1}, &all)
		settled <- append(all, answer{Error: &failure{}})[0]
	}()
	return settled
}

// script runs a text in the page (pages/remote.js) and returns what it returns, as JSON text.
func (l *lane) script(text string, argument any) string {
	var a answer
	l.do("script", map[string]any{"text": text, "argument": argument}, &a)
	if a.Error != nil {
		l.failf("script: %s", a.Error.Texts)
	}
	return string(a.Value)
}

// lab tells the worker something (pages/workers/lab.js).
func (l *lane) lab(order string, value any) { l.do("lab", map[string]any{order: value}, nil) }

// beside returns another client of the page that has the same server and takes part in the same case.
func (l *lane) beside(name string) *lane {
	return &lane{name: l.name + name, remote: l.remote, server: l.server, engine: l.engine, build: l.build, fresh: true, origin: l.origin, clock: l.clock}
}

// join adds what was wrong with another client.
func (l *lane) join(other *lane) {
	other.observe()
	other.close()
	l.problems = append(l.problems, other.problems...)
	l.loud = append(l.loud, other.loud...)
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
func (l *lane) advance(by time.Duration) { l.pass(by, 0, 0) }

// pass lets time pass, after a jump of the wall clocks alone and a sleep of the device.
func (l *lane) pass(by, jump, sleep time.Duration) {
	l.do("advance", map[string]any{"advance": by.Milliseconds(), "jump": jump.Milliseconds(), "sleep": sleep.Milliseconds()}, nil)
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
