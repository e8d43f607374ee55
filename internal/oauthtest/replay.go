package oauthtest

import (
	"fmt"
	"io"
	"maps"
	"mime"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
)

// Replay is a server that knows the documented requests of one system and answers them as documented. It is strict: a
// path, a parameter or a form of a header that the documents do not have is a failure of the test, and so is a request
// that does not come.
type Replay struct {
	URL string // scheme, host and port

	steps    []*Step
	mu       sync.Mutex // guards all below and the steps' counts
	failures []string
}

// Step is one documented request and its answer.
type Step struct {
	Name   string // for messages
	Method string
	Path   string
	// Query and Form are all the parameters there are, each once. Values are regular expressions over the whole value.
	Query, Form map[string]string
	// Header are headers with such values. Authorization and Cookie are refused unless they are here.
	Header map[string]string
	// Times is how often the request must come; -1 is any number of times.
	Times  int
	Answer func(*http.Request) Reply

	came int
}

// Reply is an answer. Its status is 200 unless it has another one, and its body is JSON.
type Reply struct {
	Status int
	Header map[string]string
	Body   string
}

// NewReplay starts a server that ends with the test. Define is called with its URL.
func NewReplay(t testing.TB, define func(url string) []*Step) *Replay {
	t.Helper()
	r := &Replay{}
	server := httptest.NewServer(http.HandlerFunc(r.serve))
	t.Cleanup(server.Close)
	r.URL = server.URL
	r.mu.Lock() // requests of other programs come without an order that the race detector sees
	defer r.mu.Unlock()
	r.steps = define(server.URL)
	return r
}

// Check fails the test if anything came that should not have, or did not come that should have.
func (r *Replay) Check(t testing.TB) {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, failure := range r.failures {
		t.Error(failure)
	}
	for _, step := range r.steps {
		if step.Times >= 0 && step.came != step.Times {
			t.Errorf("%s: came %d times, want %d", step.Name, step.came, step.Times)
		}
	}
}

func (r *Replay) serve(w http.ResponseWriter, req *http.Request) {
	if origin := req.Header.Get("Origin"); origin != "" {
		w.Header().Set("Access-Control-Allow-Origin", origin)
		w.Header().Set("Access-Control-Expose-Headers", "WWW-Authenticate")
	}
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return
	}
	req.PostForm, _ = url.ParseQuery(string(body))
	if req.Method == http.MethodOptions {
		r.preflight(w, req)
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	step := r.find(req)
	if step == nil {
		r.failures = append(r.failures, fmt.Sprintf("%s %s (%s) is not a documented request", req.Method, req.URL.Path, req.PostForm.Get("grant_type")))
		http.NotFound(w, req)
		return
	}
	step.came++
	for _, problem := range step.problems(req, body) {
		r.failures = append(r.failures, step.Name+": "+problem)
	}
	reply := step.Answer(req)
	w.Header().Set("Content-Type", "application/json")
	for name, value := range reply.Header {
		w.Header().Set(name, value)
	}
	if reply.Status != 0 {
		w.WriteHeader(reply.Status)
	}
	_, _ = io.WriteString(w, reply.Body)
}

// preflight allows headers that a documented request of the path has.
func (r *Replay) preflight(w http.ResponseWriter, req *http.Request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	asked := strings.Split(req.Header.Get("Access-Control-Request-Headers"), ",")
	documented := slices.ContainsFunc(r.steps, func(s *Step) bool {
		return s.Path == req.URL.Path && !slices.ContainsFunc(asked, func(name string) bool {
			_, has := s.Header[http.CanonicalHeaderKey(name)]
			return !has
		})
	})
	if !documented {
		r.failures = append(r.failures, fmt.Sprintf("a preflight asks for %s at %s", asked, req.URL.Path))
	}
	w.Header().Set("Access-Control-Allow-Headers", strings.Join(asked, ", "))
	w.WriteHeader(http.StatusNoContent)
}

// find is the step of a request, told by method, path and grant.
func (r *Replay) find(req *http.Request) *Step {
	i := slices.IndexFunc(r.steps, func(s *Step) bool {
		grant := s.Form["grant_type"]
		return s.Method == req.Method && s.Path == req.URL.Path && (grant == "" || matches(grant, req.PostForm.Get("grant_type")))
	})
	if i < 0 {
		return nil
	}
	return r.steps[i]
}

func (s *Step) problems(req *http.Request, body []byte) []string {
	problems := append(differences("query", s.Query, req.URL.Query()), differences("form", s.Form, req.PostForm)...)
	if len(s.Form) > 0 {
		if contentType, _, _ := mime.ParseMediaType(req.Header.Get("Content-Type")); contentType != "application/x-www-form-urlencoded" {
			problems = append(problems, "the Content-Type is "+contentType)
		}
	} else if len(body) > 0 {
		problems = append(problems, "it has a body")
	}
	for name, pattern := range s.Header {
		if values := req.Header.Values(name); len(values) != 1 || !matches(pattern, values[0]) {
			problems = append(problems, fmt.Sprintf("the header %s is %q, want %s", name, values, pattern))
		}
	}
	for _, name := range []string{"Authorization", "Cookie"} {
		if _, documented := s.Header[name]; !documented && req.Header.Get(name) != "" {
			problems = append(problems, "it has the header "+name)
		}
	}
	return problems
}

// differences compares parameters, of which there must be exactly those wanted, each once.
func differences(where string, want map[string]string, got url.Values) (problems []string) {
	for _, name := range slices.Sorted(maps.Keys(want)) {
		if values := got[name]; len(values) != 1 || !matches(want[name], values[0]) {
			problems = append(problems, fmt.Sprintf("%s: %s is %q, want %s", where, name, values, want[name]))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(got)) {
		if _, wanted := want[name]; !wanted {
			problems = append(problems, fmt.Sprintf("%s: %s is not documented", where, name))
		}
	}
	return problems
}

func matches(pattern, value string) bool {
	return regexp.MustCompile(`^(?:` + pattern + `)$`).MatchString(value)
}
