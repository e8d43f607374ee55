package faults

import (
	"slices"
	"strings"
	"time"

	"github.com/pkcewasm/pkcewasm/internal/oauthtest"
)

// Scene is a row of the catalogue that takes more than one request and a faulty answer to it.
type Scene struct {
	ID, Title string
	Section   string // the letter of the catalogue's section
	Outcome   string // the one right one
	Plays     []Play
	// Elsewhere names the test that proves a row which these plays cannot: "file: name".
	Elsewhere string
	// Note says how the product differs on purpose from the catalogue, or what a play leaves to another test.
	Note string
}

// Play is one form of a row.
type Play struct {
	Name     string // beside the row's id, if there are several
	Alone    bool   // on a clock of the test's own, and with nobody else in the page
	Config   map[string]any
	Settings func(*oauthtest.Settings)
	Do       func(*lane)
	Loose    bool // preflights and requests that are given up belong to it
	Reuse    int  // spent refresh tokens that the row lets be sent again, after an answer was lost
}

// Scenes are the sections of the catalogue that are not made of answers alone, in its order.
func Scenes() []Scene {
	return slices.Concat(inSection("D", transportScenes()), inSection("E", refreshScenes()), inSection("F", proofScenes()), inSection("G", pageScenes()), inSection("H", timeScenes()),
		inSection("I", tabScenes()), inSection("J", lifeScenes()), inSection("K", platformScenes()), inSection("L", callbackScenes()),
		inSection("M", moduleScenes()), inSection("N", resourceScenes()))
}

func inSection(letter string, scenes []Scene) []Scene {
	for i := range scenes {
		scenes[i].Section = letter
	}
	return scenes
}

func scene(id, title, outcome string, plays ...Play) Scene {
	return Scene{ID: id, Title: title, Outcome: outcome, Plays: plays}
}

func elsewhere(id, title, outcome, test string) Scene {
	return Scene{ID: id, Title: title, Outcome: outcome, Elsewhere: test}
}

func (s Scene) noting(note string) Scene {
	s.Note = note
	return s
}

// perform plays a form of a row.
func (l *lane) perform(p Play) []string {
	l.begin(p.Config, p.Settings, true)
	p.Do(l)
	return l.end(!p.Loose, p.Reuse)
}

// signedIn wraps what begins with somebody signed in and nothing told yet.
func signedIn(do func(*lane)) func(*lane) {
	return func(l *lane) {
		if l.signIn() {
			l.observe()
			do(l)
		}
	}
}

// stored shares a session between clients that have different workers.
var stored = map[string]any{"isolation": "dedicated", "storage": "indexeddb"}

// inDatabase is a script that works on a store of the package's database, for the lane's argument.
func inDatabase(store, work string) string {
	return `const base = await new Promise((resolve, reject) => {
			const open = indexedDB.open('pkcewasm');
			open.onsuccess = () => resolve(open.result);
			open.onerror = () => reject(open.error);
		});
		const change = base.transaction('` + store + `', 'readwrite'), store = change.objectStore('` + store + `');
		` + work + `
		await new Promise((resolve) => { change.oncomplete = resolve; });
		base.close();`
}

// two opens another client on the same stored session.
func two(do func(first, second *lane)) func(*lane) {
	return signedIn(func(l *lane) {
		other := l.beside("b")
		other.open(withConfig(stored, "scope", "openid"))
		l.until("the other client has the session", func() bool { return other.user() != nil })
		other.observe()
		do(l, other)
		l.join(other)
	})
}

func withConfig(config map[string]any, name string, value any) map[string]any {
	changed := map[string]any{name: value}
	for key, old := range config {
		changed[key] = old
	}
	return changed
}

// until waits for what comes by itself.
func (l *lane) until(what string, condition func() bool) {
	for begin := time.Now(); time.Since(begin) < 20*time.Second; time.Sleep(20 * time.Millisecond) {
		if condition() {
			return
		}
	}
	l.failf("%s: not within 20 s", what)
}

// held makes the next token request wait at the server, begins a call that sends it, and returns when it is there.
func (l *lane) held(name string, args ...any) <-chan answer {
	l.server.Script("token", oauthtest.Fault{Wire: oauthtest.Wire{Hold: true}})
	before := l.server.Report().TokenRequests
	settled := l.soon(name, args...)
	l.until("the request", func() bool { return l.server.Report().TokenRequests > before })
	return settled
}

func (l *lane) refreshes(want int) {
	l.expect("refreshes", want, l.server.Report().Refreshes)
}

// token returns the current access token, "" if the call fails.
func (l *lane) token() string {
	a := l.call("getAccessToken")
	if a.Error != nil {
		l.failf("getAccessToken: %s", a.Error.Code)
	}
	return strings.Trim(string(a.Value), `"`)
}

// happened counts the events of a type since the last time.
func happened(events []event, kind, detail string) int {
	count := 0
	for _, e := range events {
		if e.Type == kind && (detail == "" || e.Reason == detail || e.Feature == detail) {
			count++
		}
	}
	return count
}

// traces counts the traces of a step since the last time.
func traces(events []event, step string) int {
	count := 0
	for _, e := range events {
		if e.Type == "trace" && e.Step == step && strings.Contains(e.Texts, step) {
			count++
		}
	}
	return count
}
