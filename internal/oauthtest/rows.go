package oauthtest

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Row is a line of the fault catalogue: what can go wrong, and in Cases every
// form of it that a server can produce.
type Row struct {
	ID string `json:"id"`
	// Section is the letter of the catalogue's section.
	Section string `json:"section"`
	Title   string `json:"title"`
	Cases   []Case `json:"cases,omitempty"`
	// Elsewhere names the test of a row that no server can produce: "file: name".
	Elsewhere string `json:"elsewhere,omitempty"`
}

// Case is one form of a row: how the server misbehaves, and the one right
// outcome.
type Case struct {
	Name     string          `json:"name"` // "F-70/null", or the row's id if it has one case
	Endpoint string          `json:"endpoint"`
	Faults   []Fault         `json:"-"` // met one after the other
	Settings func(*Settings) `json:"-"` // what the server must be like, besides
	// DPoP is the client's option, "" for off.
	DPoP string `json:"dpop,omitempty"`
	// DeadlineMS is the deadline a client needs for the case to end soon.
	DeadlineMS int `json:"deadlineMs,omitempty"`

	Exchange *Outcome `json:"exchange,omitempty"` // nil: the case is not about an exchange
	Refresh  *Outcome `json:"refresh,omitempty"`
	Callback *Outcome `json:"callback,omitempty"`
}

// Outcome is what the client must make of a case. An empty Code is success.
type Outcome struct {
	Code       string `json:"code"`
	Reason     string `json:"reason,omitempty"`
	OAuthError string `json:"oauthError,omitempty"`
	Status     int    `json:"status,omitempty"`
	RetryAfter int64  `json:"retryAfter,omitempty"` // seconds; 0 says that none may be reported
	Retry      Retry  `json:"retry"`
	Session    string `json:"session"` // "kept", "ended", "none"

	ExpiresIn  *int64  `json:"expiresIn,omitempty"` // of the tokens; -1 is missing or unusable
	Scope      *string `json:"scope,omitempty"`
	Diagnostic string  `json:"diagnostic,omitempty"` // one that must be among the tokens' diagnostics
	Value      string  `json:"value,omitempty"`      // of the code in a callback
	Requests   int     `json:"requests,omitempty"`   // to the token endpoint; ProofRows only
}

// Retry is what may be done after a failure.
type Retry string

// The retry classes. Only Never means that the same call cannot succeed later.
const (
	Never      Retry = "never"
	Resend     Retry = "resend"      // ambiguous: the same refresh token again, at once, under the lock
	Backoff    Retry = "backoff"     // in the background
	AfterPause Retry = "after_pause" // after Retry-After
)

// Rows is the catalogue: sections A to D (token endpoint) and L (callback).
// Nobody may change what it returns.
func Rows() []Row { return catalogue() }

// catalogue is made once: some of its answers are megabytes long.
var catalogue = sync.OnceValue(func() []Row {
	return slices.Concat(inSection("A", statusRows()), inSection("B", bodyRows()), inSection("C", fieldRows()), inSection("C", idTokenRows()),
		inSection("D", transportRows()), inSection("L", callbackRows()))
})

func inSection(letter string, rows []Row) []Row {
	for i := range rows {
		rows[i].Section = letter
	}
	return rows
}

// FindCase finds a case by its name, or the first case of a row by its id.
func FindCase(name string) (Case, bool) {
	id, _, _ := strings.Cut(name, "/")
	for _, row := range slices.Concat(Rows(), ProofRows()) {
		if row.ID != id {
			continue
		}
		for _, c := range row.Cases {
			if c.Name == name || name == id {
				return c, true
			}
		}
	}
	return Case{}, false
}

// row names the cases after the row.
func row(id, title string, cases ...Case) Row {
	for i := range cases {
		c := &cases[i]
		if c.Name == "" {
			c.Name = id
		} else {
			c.Name = id + "/" + c.Name
		}
		if c.Endpoint == "" {
			c.Endpoint = "token"
		}
		for j := range c.Faults {
			c.Faults[j].ID = c.Name
		}
	}
	return Row{ID: id, Title: title, Cases: cases}
}

func elsewhere(id, title, where string) Row { return Row{ID: id, Title: title, Elsewhere: where} }

// fails is a case in which exchange and refresh fail alike. Only the refresh
// may be retried: an authorization code is never sent twice (RFC 6749 section
// 4.1.2).
func fails(name string, f Fault, o Outcome) Case {
	exchange, refresh := o, o
	exchange.Retry, exchange.Session = Never, "none"
	if refresh.Session == "" {
		refresh.Session = "kept"
	}
	if o.Status == 0 && slices.Contains([]string{"http", "oauth", "rate_limited"}, o.Code) {
		exchange.Status, refresh.Status = f.Status, f.Status
	}
	return Case{Name: name, Faults: []Fault{f}, Exchange: &exchange, Refresh: &refresh}
}

// works is a case in which both succeed.
func works(name string, f Fault, want ...Outcome) Case {
	o := Outcome{}
	if len(want) > 0 {
		o = want[0]
	}
	o.Session = "kept"
	return Case{Name: name, Faults: []Fault{f}, Exchange: &o, Refresh: &o}
}

func refused(reason string) Outcome {
	return Outcome{Code: "response", Reason: reason, Retry: Resend}
}

// answer replaces the server by a status and a body.
func answer(status int, contentType, body string) Fault {
	return Fault{Status: status, Body: &body, Header: http.Header{"Content-Type": {contentType}}}
}

func jsonAnswer(status int, body string) Fault { return answer(status, "application/json", body) }

func errorAnswer(status int, code string) Fault {
	return jsonAnswer(status, `{"error":`+quote(code)+`,"error_description":"scripted"}`)
}

const page = "<!doctype html><html><title>Bad gateway</title><h1>Something went wrong</h1>"

func htmlAnswer(status int) Fault { return answer(status, "text/html; charset=utf-8", page) }

// set changes one member of the real answer.
func set(name, jsonText string) Fault {
	return Fault{Set: raw(name, jsonText)}
}

func drop(name string) Fault { return Fault{Drop: []string{name}} }

// rewrite makes the body from the real answer.
func rewrite(body func(Members) []byte) Fault { return Fault{Rewrite: body} }

// also adds JSON text for further members behind the real ones.
func also(members string) Fault {
	return rewrite(func(m Members) []byte { return []byte("{" + m.Inner() + "," + members + "}") })
}

func committed(f Fault) Fault {
	f.Commit = true
	return f
}

func number(n int) string { return strconv.Itoa(n) }

func raw(name, jsonText string) map[string]json.RawMessage {
	return map[string]json.RawMessage{name: json.RawMessage(jsonText)}
}
