package oauthtest

import (
	"context"
	"net"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Entry is one request as the server received it, and what became of it.
type Entry struct {
	Sequence   int         `json:"sequence"`
	Time       time.Time   `json:"time"`     // when its body had been read
	Finished   time.Time   `json:"finished"` // when the answer was written or dropped; zero before that
	Endpoint   string      `json:"endpoint"` // "token", "discovery", "preflight", ...
	Method     string      `json:"method"`
	URI        string      `json:"uri"` // path and query
	Header     http.Header `json:"header"`
	Body       string      `json:"body"`
	Origin     string      `json:"origin"`
	Connection int64       `json:"connection"`

	Grant      string `json:"grant"`
	ClientID   string `json:"clientId"`
	Proof      *Proof `json:"proof,omitempty"` // of possession
	Family     string `json:"family"`          // of the refresh token presented or issued
	Generation int    `json:"generation"`      // of the refresh token presented, 0 is the first; -1 is none or an unknown one
	Issued     int    `json:"issued"`          // generation of the refresh token in the answer; -1 is none
	Attempt    int    `json:"attempt"`         // how often this refresh token or code had been presented, this time included
	Overlaps   bool   `json:"overlaps"`        // another request with this refresh token was under way, or given up by its client just before
	Reuse      bool   `json:"reuse"`           // a spent refresh token or code
	GraceReuse bool   `json:"graceReuse"`      // a spent refresh token within the grace window

	Fault     string `json:"fault"`     // id of the scripted fault
	Processed bool   `json:"processed"` // false: a fault answered in the server's place
	Outcome   string `json:"outcome"`   // what the server decided: "issued", an OAuth error, "" when not processed
	Status    int    `json:"status"`    // of the answer as sent; 0 while it is under way

	credential string
}

// Parameter returns a parameter of the body.
func (e Entry) Parameter(name string) string {
	form, _ := url.ParseQuery(e.Body)
	return form.Get(name)
}

// Ledger is everything that the server received, in order.
type Ledger struct {
	connections atomic.Int64

	mu       sync.Mutex // guards all below, and every entry
	entries  []*Entry
	secrets  []string
	known    map[string]bool // the secrets again
	attempts map[string]int
	underWay map[string]int
	changed  chan struct{} // closed and replaced at every change
}

func newLedger() *Ledger {
	return &Ledger{
		known: map[string]bool{}, attempts: map[string]int{}, underWay: map[string]int{}, changed: make(chan struct{}),
	}
}

// Entries returns copies of the entries of one endpoint, of all if "".
func (l *Ledger) Entries(endpoint string) []Entry {
	l.mu.Lock()
	defer l.mu.Unlock()
	list := []Entry{}
	for _, e := range l.entries {
		if endpoint == "" || e.Endpoint == endpoint {
			copied := *e
			if e.Proof != nil {
				proof := *e.Proof
				copied.Proof = &proof
			}
			list = append(list, copied)
		}
	}
	return list
}

// Secrets returns every secret issued or received so far: tokens, codes,
// verifiers, states, nonces. None of them may turn up in an error or a log.
func (l *Ledger) Secrets() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.secrets)
}

// Reset forgets the entries. Secrets are kept: they stay secret.
func (l *Ledger) Reset() {
	l.update(func() { l.entries = nil })
}

// Wait returns true as soon as the entries of an endpoint satisfy a condition,
// false when that took too long.
func (l *Ledger) Wait(endpoint string, limit time.Duration, condition func([]Entry) bool) bool {
	deadline := time.NewTimer(limit)
	defer deadline.Stop()
	for {
		l.mu.Lock()
		changed := l.changed
		l.mu.Unlock()
		if condition(l.Entries(endpoint)) {
			return true
		}
		select {
		case <-changed:
		case <-deadline.C:
			return false
		}
	}
}

func (l *Ledger) secret(values ...string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, v := range values {
		if v != "" && !l.known[v] {
			l.known[v] = true
			l.secrets = append(l.secrets, v)
		}
	}
}

// update changes entries under the ledger's lock.
func (l *Ledger) update(change func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	change()
	close(l.changed)
	l.changed = make(chan struct{})
}

func (s *Server) newEntry(endpoint string, r *request, body []byte) *Entry {
	e := &Entry{
		Time: time.Now(), Endpoint: endpoint, Method: r.Method, URI: r.URL.RequestURI(), Header: r.Header.Clone(),
		Body: string(body), Origin: r.Header.Get("Origin"), Connection: connection(r.Context()),
		Generation: -1, Issued: -1,
	}
	if endpoint == "token" {
		e.Grant, e.ClientID = r.form.Get("grant_type"), r.form.Get("client_id")
		if e.credential = r.form.Get("refresh_token"); e.credential != "" {
			e.Family, e.Generation = s.lookUp(e.credential)
		} else {
			e.credential = r.form.Get("code")
		}
		s.Ledger.secret(e.credential, r.form.Get("code_verifier"))
	}
	s.Ledger.add(e)
	return e
}

func (l *Ledger) add(e *Entry) {
	l.update(func() {
		e.Sequence = len(l.entries) + 1
		l.entries = append(l.entries, e)
		if e.credential == "" {
			return
		}
		l.attempts[e.credential]++
		e.Attempt = l.attempts[e.credential]
		e.Overlaps = l.underWay[e.credential] > 0
		l.underWay[e.credential]++
	})
}

// finish may be called twice: before the last bytes of an answer leave, and
// when its handler ends. A client that has the whole answer, or saw the
// connection close, is free to send the next request.
func (l *Ledger) finish(e *Entry) {
	l.update(func() {
		if !e.Finished.IsZero() {
			return
		}
		e.Finished = time.Now()
		if e.credential != "" {
			l.underWay[e.credential]--
		}
	})
}

func (l *Ledger) numberConnection(ctx context.Context, _ net.Conn) context.Context {
	return context.WithValue(ctx, contextKey{}, l.connections.Add(1))
}

// Report is what most tests assert on.
type Report struct {
	TokenRequests int   `json:"tokenRequests"`
	CodeExchanges int   `json:"codeExchanges"`
	Refreshes     int   `json:"refreshes"`
	Issued        int   `json:"issued"`     // token requests that were answered with tokens, whether or not they arrived
	Reuse         int   `json:"reuse"`      // spent refresh tokens presented again
	GraceReuse    int   `json:"graceReuse"` // the same within a grace window
	Overlapping   int   `json:"overlapping"`
	CodeReuse     int   `json:"codeReuse"` // codes presented again, spent or not
	Preflights    int   `json:"preflights"`
	Thief         int   `json:"thief"` // requests that followed a redirect
	MaxPerSecond  int   `json:"maxPerSecond"`
	MaxPerMinute  int   `json:"maxPerMinute"`
	PerSecond     []int `json:"perSecond"` // token requests in each second since the first
	LiveFamilies  int   `json:"liveFamilies"`
	Requests      int   `json:"requests"`      // to any endpoint
	UnderWay      int   `json:"underWay"`      // requests without a finished answer
	PendingFaults int   `json:"pendingFaults"` // scripted, not yet met
}

// Report sums up the ledger.
func (s *Server) Report() Report {
	r := Report{Thief: len(s.Thief.Requests()), PerSecond: []int{}}
	s.mu.Lock()
	for _, f := range s.families {
		if !f.revoked {
			r.LiveFamilies++
		}
	}
	for _, q := range s.queues {
		r.PendingFaults += len(q)
	}
	s.mu.Unlock()

	var times []time.Time
	for _, e := range s.Ledger.Entries("") {
		r.Requests++
		if e.Finished.IsZero() {
			r.UnderWay++
		}
		if e.Endpoint == "preflight" {
			r.Preflights++
		}
		if e.Endpoint == "token" {
			r.count(e)
			times = append(times, e.Time)
		}
	}
	r.MaxPerSecond, r.MaxPerMinute = busiest(times, time.Second), busiest(times, time.Minute)
	for _, t := range times {
		second := int(t.Sub(times[0]) / time.Second)
		for len(r.PerSecond) <= second {
			r.PerSecond = append(r.PerSecond, 0)
		}
		r.PerSecond[second]++
	}
	return r
}

func (r *Report) count(e Entry) {
	r.TokenRequests++
	switch {
	case e.Grant == "authorization_code":
		r.CodeExchanges++
		if e.Attempt > 1 {
			r.CodeReuse++
		}
	case e.Grant == "refresh_token":
		r.Refreshes++
		if e.Reuse {
			r.Reuse++
		}
	}
	if e.Outcome == "issued" {
		r.Issued++
	}
	if e.GraceReuse {
		r.GraceReuse++
	}
	if e.Overlaps {
		r.Overlapping++
	}
}

// busiest is the largest number of times within any window of that length.
func busiest(times []time.Time, window time.Duration) int {
	most, first := 0, 0
	for i, t := range times {
		for t.Sub(times[first]) >= window {
			first++
		}
		most = max(most, i-first+1)
	}
	return most
}
