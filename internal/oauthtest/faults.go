package oauthtest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Fault is one scripted deviation from what the server would have answered.
// The zero value is none: the request is answered normally.
//
// A fault with a Body (or Bytes, or RedirectTo, or Refuse) answers in the
// server's place: the request is not processed, no code is spent and no token
// rotated, unless Commit says so. A fault without one processes the request
// and then edits or mistreats the real answer.
type Fault struct {
	ID    string `json:"id,omitempty"`    // for the ledger; rows set "F-70/null"
	Grant string `json:"grant,omitempty"` // only for this grant_type; "" is any
	Times int    `json:"times,omitempty"` // how many requests it meets; 0 is 1, -1 is every one

	Status     int         `json:"status,omitempty"`     // 0 keeps the normal one
	Header     http.Header `json:"header,omitempty"`     // replaces headers; an empty list removes one
	Body       *string     `json:"body,omitempty"`       // <<name>> is filled in from the request's parameters
	Bytes      []byte      `json:"bytes,omitempty"`      // a body that is not text; base64 in JSON
	RedirectTo string      `json:"redirectTo,omitempty"` // "thief", "same-origin", or a URL
	Refuse     bool        `json:"refuse,omitempty"`     // do not process, even though nothing replaces the answer
	Commit     bool        `json:"commit,omitempty"`     // process, even though something replaces the answer

	Set      map[string]json.RawMessage `json:"set,omitempty"`      // members of the real answer to set
	Drop     []string                   `json:"drop,omitempty"`     // members of the real answer to leave out
	IDToken  *IDTokenEdit               `json:"idToken,omitempty"`  // how to forge the ID token in it
	Callback string                     `json:"callback,omitempty"` // authorize and end_session: what follows the redirect URI; <<code>>, <<state>>, <<iss>> are filled in at the former
	// Rewrite makes the body from the real answer, and When the headers from
	// the server's time at that moment; for rows only.
	Rewrite func(Members) []byte            `json:"-"`
	When    func(now time.Time) http.Header `json:"-"`

	Wire
}

// processes tells whether the server does what the request asks.
func (f *Fault) processes() bool {
	replaced := f.Body != nil || f.Bytes != nil || f.RedirectTo != "" || f.Refuse
	return f.Commit || !replaced
}

// edit makes the answer to send from the real one.
func (f *Fault) edit(res response, form url.Values, s *Server) response {
	if res.header == nil {
		res = response{status: http.StatusOK, header: http.Header{"Content-Type": {"application/json"}}}
	}
	if f.Status != 0 {
		res.status = f.Status
	}
	for name, raw := range f.Set {
		res.members.Set(name, string(raw))
	}
	for _, name := range f.Drop {
		res.members.Drop(name)
	}
	switch {
	case f.Body != nil:
		res.body = []byte(fill(*f.Body, form))
	case f.Bytes != nil:
		res.body = f.Bytes
	case f.Rewrite != nil:
		res.body = f.Rewrite(res.members)
	case res.members != nil:
		res.body = res.members.Bytes()
	}
	if f.RedirectTo != "" {
		res.header.Set("Location", s.redirectTarget(f.RedirectTo))
	}
	replace(res.header, f.Header)
	if f.When != nil {
		replace(res.header, f.When(s.Now()))
	}
	return res
}

// fill puts parameters into a template.
func fill(template string, from url.Values) string {
	for name := range from {
		template = strings.ReplaceAll(template, "<<"+name+">>", from.Get(name))
	}
	return template
}

func replace(h, with http.Header) {
	for name, values := range with {
		h[http.CanonicalHeaderKey(name)] = values
	}
}

func (s *Server) redirectTarget(to string) string {
	switch to {
	case "thief":
		return s.Thief.URL + "/token"
	case "same-origin":
		return s.URL + sameOriginTrap
	}
	return to
}

// Script queues faults for an endpoint: the next requests meet them one after
// the other, then everything is normal again.
func (s *Server) Script(endpoint string, faults ...Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.queues[endpoint] = append(s.queues[endpoint], faults...)
}

// ScriptRows queues rows of the fault catalogue by their ids: "F-27x2,F-01,F-11"
// is two gateway errors, one normal answer, one invalid_grant. "F-70/null"
// names a case of a row, "F-27x-1" stays until Unscript. grant limits all of
// them to one grant type.
func (s *Server) ScriptRows(script, grant string) error {
	for item := range strings.SplitSeq(script, ",") {
		name, times := strings.TrimSpace(item), 1
		if at := strings.LastIndexByte(name, 'x'); at > 0 {
			if n, err := strconv.Atoi(name[at+1:]); err == nil {
				name, times = name[:at], n
			}
		}
		c, ok := FindCase(name)
		if !ok {
			return fmt.Errorf("no row %q in the fault catalogue", name)
		}
		for _, f := range c.Faults {
			f.Grant, f.Times = grant, times
			s.Script(c.Endpoint, f)
		}
		if c.Settings != nil {
			s.Configure(c.Settings)
		}
	}
	return nil
}

// Unscript forgets every fault that has not happened yet.
func (s *Server) Unscript() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.queues)
}

// takeFault returns the first fault that waits for such a request.
func (s *Server) takeFault(endpoint, grant string) Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	queue := s.queues[endpoint]
	for i, f := range queue {
		if f.Grant != "" && f.Grant != grant {
			continue
		}
		switch {
		case f.Times < 0: // stays
		case f.Times > 1:
			queue[i].Times--
		default:
			s.queues[endpoint] = slices.Delete(queue, i, i+1)
		}
		return f
	}
	return Fault{}
}
