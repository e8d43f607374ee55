package faults

import (
	"slices"
	"strings"
	"time"

	"github.com/pkcewasm/pkcewasm/internal/browsertest"
)

const (
	deadline     = 5 * time.Second // of a request
	resendWithin = 15 * time.Second
	// longestCall is how long a promise may take: the first request, the others of a refresh whose answer was lost, and the
	// deadline of the last.
	longestCall = resendWithin + deadline
)

// slack is how many more entries a worker may hold after a case than before it. The Go build lets references to JavaScript go
// when its garbage is collected, once in some dozens of requests.
var slack = map[browsertest.Build]int{browsertest.Slim: 16, browsertest.Go: 5000}

// spare is how many more timers: the Go runtime sets some for itself.
var spare = map[browsertest.Build]int{browsertest.Go: 1}

// end checks the invariants that hold after every case, and returns all that was wrong.
//
//	I1   every promise settles in time          lane.hear
//	I2   every error is an AuthError            lane.hear
//	I3   no secret in what is let out           here
//	I4   no token and no code is spent twice    here, and the number of requests in play.go
//	I5   the session is as listed               play.go: recover, over
//	I6   the worker answers                     here
//	I7   requests per minute, timers            here
//	I8   no lock is held                        here
//	I9   the worker holds what it held before   here
//	I10  events in order, none twice            play.go
func (l *lane) end(apart bool, reuse int) []string {
	l.settle()
	l.spentOnce(apart, reuse)
	l.answers()
	l.holdsNothing()
	l.observe()
	l.keepsSecrets()
	return l.problems
}

// spentOnce is invariant 4 and the form of the requests. A refresh token that was not spent is sent again after an answer
// that was lost, twice at most, and when the application asks for it.
func (l *lane) spentOnce(apart bool, reuse int) {
	report := l.server.Report()
	l.expect("I4: spent refresh tokens", reuse, report.Reuse)
	l.expect("I4: codes sent again", 0, report.CodeReuse)
	if apart { // a request that was given up may be under way at the server
		l.expect("I4: overlapping requests", 0, report.Overlapping)
		l.expect("preflights", 0, report.Preflights)
	}
	l.expect("requests that followed a redirect", 0, report.Thief)
	l.expect("faults not met", 0, report.PendingFaults)
	if report.MaxPerMinute > 10 {
		l.failf("I7: %d token requests in a minute", report.MaxPerMinute)
	}
	for _, e := range l.server.Ledger.Entries("token") {
		if e.Attempt > 3 {
			l.failf("I4: sent %d times", e.Attempt)
		}
		if e.Method != "POST" || e.URI != "/token" || e.Header.Get("Cookie") != "" {
			l.failf("%s %s with the cookies %q", e.Method, e.URI, e.Header.Get("Cookie"))
		}
		l.expect("content type", "application/x-www-form-urlencoded;charset=UTF-8", e.Header.Get("Content-Type"))
	}
}

// answers is invariant 6: the question cannot be answered from what the page has.
func (l *lane) answers() {
	a := l.call("getAccessToken", map[string]any{"minValiditySeconds": 1 << 20, "cacheOnly": true})
	if code := failureOf(a); code != "" && code != "login_required" {
		l.failf("I6: the worker answers %s", code)
	}
}

// holdsNothing is invariants 7 to 9: what is still on its way is given a moment.
func (l *lane) holdsNothing() {
	if l.baseline == nil {
		g := l.measure()
		l.baseline = &g
	}
	var now gauge
	var locks []string
	for begin := time.Now(); time.Since(begin) < 3*time.Second; time.Sleep(50 * time.Millisecond) {
		now, locks = l.measure(), nil
		l.do("locks", nil, &locks)
		locks = slices.DeleteFunc(locks, func(name string) bool { return !strings.Contains(name, l.server.Issuer) })
		if now.Held <= l.baseline.Held+slack[l.build] && now.Timers <= max(l.baseline.Timers, 1)+spare[l.build] && len(locks) == 0 {
			return
		}
	}
	l.failf("I7, I8, I9: the worker holds %d entries (before %d) and %d timers (before %d), locks %q",
		now.Held, l.baseline.Held, now.Timers, l.baseline.Timers, locks)
}

// keepsSecrets is invariant 3.
func (l *lane) keepsSecrets() {
	for _, secret := range l.server.Ledger.Secrets() {
		if len(secret) < 16 { // of a forged callback
			continue
		}
		for _, text := range l.loud {
			if strings.Contains(text, secret[:min(len(secret), 24)]) || strings.Contains(text, secret[len(secret)-16:]) {
				l.failf("I3: %q is in %q", secret, text)
			}
		}
	}
}
