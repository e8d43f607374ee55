package oauthtest

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// Module is a module of the OpenID Foundation's conformance suite that tests
// relying parties: how the provider answers, what the client is led to do, and
// what must come of it. The suite itself is not run; these are its answers.
type Module struct {
	Name  string   `json:"name"` // as in the suite
	Asks  string   `json:"-"`    // what the suite asks of the client
	Steps []string `json:"steps"`
	DPoP  bool     `json:"dpop"` // the client binds its tokens to a key
	// Code and Reason are those of the error that the last step ends in. With one,
	// nothing may be sent after the request to the endpoint Stop.
	Code   string `json:"code"`
	Reason string `json:"-"`
	Stop   string `json:"-"`

	Settings func(*Settings)    `json:"-"`
	Faults   map[string][]Fault `json:"-"` // by endpoint
	// Sent finds what is wrong about the requests of a client that got this far, ""
	// if nothing is.
	Sent func([]Entry) string `json:"-"`
}

// The steps a client is led through.
const (
	SignIn     = "signIn"   // an authorization request, the callback and what follows
	UserInfo   = "userInfo" // the claims of the signed-in user
	Refresh    = "refresh"
	SignOut    = "signOut"    // at the provider, with a state, and back to the application
	RotateKeys = "rotateKeys" // the provider changes its signing key; nothing the client does
)

// Plan is a plan of the suite, with the modules of it that are not in a plan before.
type Plan struct {
	Name    string
	Modules []Module
}

// Plans are what a public client that uses the code flow can run of the suite's
// plans.
func Plans() []Plan {
	return []Plan{
		{"oidcc-client-basic-certification-test-plan", basicModules()},
		{"oidcc-client-config-certification-test-plan", configModules()},
		{"oidcc-client-refreshtoken-test-plan", refreshModules()},
		{"oidcc-client-rp-initiated-logout-rp-basic", signOutModules()},
		{"oidcc-client-test-plan", comprehensiveModules()},
		{"fapi2-security-profile-final-client-test-plan", fapiModules()},
	}
}

// Modules are those of all plans.
func Modules() []Module {
	var modules []Module
	for _, plan := range Plans() {
		modules = append(modules, plan.Modules...)
	}
	return modules
}

// FindModule finds a module by its name.
func FindModule(name string) (Module, bool) {
	modules := Modules()
	i := slices.IndexFunc(modules, func(m Module) bool { return m.Name == name })
	if i < 0 {
		return Module{}, false
	}
	return modules[i], true
}

// Begin resets the server and makes it answer as the module does.
func (s *Server) Begin(m Module) {
	s.Reset()
	if m.Settings != nil {
		s.Configure(m.Settings)
	}
	for endpoint, faults := range m.Faults {
		for _, f := range faults {
			f.ID = m.Name
			s.Script(endpoint, f)
		}
	}
}

// Problems are what is wrong about the requests since Begin.
func (s *Server) Problems(m Module) []string {
	problems := []string{}
	entries := s.Ledger.Entries("")
	if m.Stop != "" {
		problems = append(problems, afterwards(entries, m.Stop)...)
	}
	if m.Sent != nil {
		if problem := m.Sent(entries); problem != "" {
			problems = append(problems, problem)
		}
	}
	for _, e := range entries {
		if asked := e.authorization(); asked != nil && (asked.Get("code_challenge_method") != "S256" || asked.Get("nonce") == "") {
			problems = append(problems, "an authorization request without S256 or a nonce")
		}
		if e.Fault != "" && e.Fault != m.Name {
			problems = append(problems, "an answer of another module: "+e.Fault)
		}
	}
	if m.DPoP {
		problems = append(problems, unproven(entries)...)
	}
	for endpoint := range m.Faults {
		if !slices.ContainsFunc(entries, func(e Entry) bool { return e.Endpoint == endpoint && e.Fault == m.Name }) {
			problems = append(problems, "the answer of the module at the "+endpoint+" endpoint was not met")
		}
	}
	return problems
}

// unproven are the requests without a proof of possession, or with one that is no
// good. That it has no nonce yet is no fault.
func unproven(entries []Entry) []string {
	var problems []string
	for _, e := range entries {
		if e.Endpoint != "token" && e.Endpoint != "userinfo" {
			continue
		}
		if e.Proof == nil {
			problems = append(problems, "no proof in a request to the "+e.Endpoint+" endpoint")
		} else if problem := e.Proof.Problem; problem != "" && problem != "nonce" {
			problems = append(problems, "a proof to the "+e.Endpoint+" endpoint is wrong: "+problem)
		}
	}
	return problems
}

// afterwards are the requests that a client sent after the one it had to stop at.
// It may give back what it was given.
func afterwards(entries []Entry, stop string) []string {
	var problems []string
	last := -1
	for i, e := range entries {
		if e.Endpoint == stop {
			last = i
		}
	}
	if last < 0 {
		return []string{"no request to the " + stop + " endpoint"}
	}
	for _, e := range entries[last+1:] {
		if !slices.Contains([]string{stop, "jwks", "revocation", "preflight"}, e.Endpoint) {
			problems = append(problems, fmt.Sprintf("a request to the %s endpoint after the one to %s", e.Endpoint, stop))
		}
	}
	return problems
}

// authorization are the parameters of an authorization request, nil if the entry is
// none, or refers to one that was pushed.
func (e *Entry) authorization() url.Values {
	if e.Endpoint == "par" {
		form, _ := url.ParseQuery(e.Body)
		return form
	}
	if query := e.query(); e.Endpoint == "authorize" && !query.Has("request_uri") {
		return query
	}
	return nil
}

func (e *Entry) query() url.Values {
	uri, err := url.ParseRequestURI(e.URI)
	if err != nil {
		return nil
	}
	return uri.Query()
}

// requests says that an endpoint got at least so many.
func requests(endpoint string, least int) func([]Entry) string {
	return func(entries []Entry) string {
		count := 0
		for _, e := range entries {
			if e.Endpoint == endpoint {
				count++
			}
		}
		if count < least {
			return fmt.Sprintf("%d requests to the %s endpoint, want %d", count, endpoint, least)
		}
		return ""
	}
}

// bearerHeader says that the access token came in a header and nowhere else.
func bearerHeader(entries []Entry) string {
	for _, e := range entries {
		if e.Endpoint != "userinfo" {
			continue
		}
		header := e.Header.Get("Authorization")
		if strings.HasPrefix(header, "Bearer ") && e.query().Get("access_token") == "" && e.Body == "" {
			return ""
		}
		return "the access token is not in a header alone"
	}
	return "no request to the userinfo endpoint"
}

// asksFor says that every authorization request has a scope.
func asksFor(scope string) func([]Entry) string {
	return func(entries []Entry) string {
		for _, e := range entries {
			if asked := e.authorization(); asked != nil && !slices.Contains(strings.Fields(asked.Get("scope")), scope) {
				return "the scope " + scope + " was not asked for"
			}
		}
		return ""
	}
}
