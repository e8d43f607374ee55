// Package oauthtest is a small OAuth 2.0 and OpenID Connect authorization
// server for tests: it misbehaves on demand and writes down everything it is
// sent.
//
// In between faults it is a real server: PKCE is checked, authorization codes
// are spent once, refresh tokens rotate, ID tokens are signed. Everything a
// test can ask of it from Go it can also be asked over HTTP below /control/, so
// that pages in a browser drive it too.
//
// File map, in the order of a sign-in:
//
//	server.go      options, start, routes, life of one request
//	settings.go    what can be changed while it runs
//	cors.go        CORS and its switches
//	metadata.go    discovery document and JWKS
//	authorize.go   authorization endpoint, end-session endpoint
//	par.go         pushed authorization requests
//	token.go       token endpoint and its grants
//	rotation.go    refresh token families: none, rotate, strict, grace=N
//	keys.go        signing keys, JWKs and signatures
//	vectors.go     signatures of the RFCs
//	idtoken.go     ID tokens, honest and forged
//	dpop.go        proofs of possession
//	resource.go    userinfo, revocation, the protected API
//	members.go     JSON objects whose member order is kept
//	ledger.go      what was received, and the report over it
//	faults.go      scripted faults, the queue per endpoint
//	wire.go        answers written byte by byte
//	thief.go       the origin that redirects lead to
//	control.go     the control API for pages
//	fetch.go       a browser's fetch for native tests
//	rows*.go       the fault catalogue as data
//	conformance.go the conformance suite's modules for relying parties
//	modules.go     its modules as data
//	replay.go      servers that know documented requests and nothing else
//	systems.go     the systems whose documents this project came from
//	serve/         the same server as a program, for scripts that are not Go
package oauthtest

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"sync"
	"testing"
	"time"
)

// Options are the choices made before a server starts. The zero value is a
// server on 127.0.0.1 with strict rotation and the client "test-spa".
type Options struct {
	Host       string // host of the listener and of the issuer; "" is 127.0.0.1
	IssuerPath string // path of the issuer, "/tenant"; "" is none
	Clients    []Client
	Settings   Settings // zero fields take the defaults of DefaultSettings
	// FreshConnections ends every connection with its answer. On one that is kept, a browser sends a request again by
	// itself when the server closes it before the status line, or answers 408: the server sees twice what was sent once.
	FreshConnections bool
}

// Server is a running authorization server. All methods may be called at any
// time, from any goroutine.
type Server struct {
	URL    string // scheme, host and port
	Issuer string // URL and Options.IssuerPath
	Thief  *Thief
	Ledger *Ledger

	path     string
	clients  map[string]Client
	http     *http.Server
	stopped  chan struct{}
	handlers sync.WaitGroup

	mu       sync.Mutex // guards all below
	closed   bool
	initial  Settings
	settings Settings
	queues   map[string][]Fault
	release  chan struct{} // closed to let held answers go
	codes    map[string]*authorizationCode
	pushed   map[string]url.Values // authorization requests by their reference
	refresh  map[string]*refreshToken
	access   map[string]*accessToken
	families []*family
	proofs   map[string]bool // jti
	nonces   map[string]int  // of "as" and "rs", the number of the one in force
}

// New starts a server that ends with the test.
func New(t testing.TB, o Options) *Server {
	t.Helper()
	s, err := Start(o)
	if err != nil {
		t.Fatalf("authorization server: %v", err)
	}
	t.Cleanup(s.Close)
	return s
}

// Start starts a server. The caller ends it with Close.
func Start(o Options) (*Server, error) {
	o.Host = cmp.Or(o.Host, "127.0.0.1")
	if len(o.Clients) == 0 {
		o.Clients = []Client{{ID: DefaultClient}}
	}
	listener, err := net.Listen("tcp", net.JoinHostPort(o.Host, "0"))
	if err != nil {
		return nil, err
	}
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	s := &Server{
		URL:      "http://" + net.JoinHostPort(o.Host, port),
		path:     o.IssuerPath,
		clients:  map[string]Client{},
		stopped:  make(chan struct{}),
		initial:  o.Settings.withDefaults(),
		settings: o.Settings.withDefaults(),
		queues:   map[string][]Fault{},
		release:  make(chan struct{}),
		codes:    map[string]*authorizationCode{},
		pushed:   map[string]url.Values{},
		refresh:  map[string]*refreshToken{},
		access:   map[string]*accessToken{},
		proofs:   map[string]bool{},
		nonces:   map[string]int{},
		Ledger:   newLedger(),
	}
	s.Issuer = s.URL + s.path
	for _, c := range o.Clients {
		s.clients[c.ID] = c
	}
	if s.Thief, err = startThief(o.Host); err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	s.http = &http.Server{
		Handler:           s.routes(),
		ConnContext:       s.Ledger.numberConnection,
		ReadHeaderTimeout: 10 * time.Second,
	}
	s.http.SetKeepAlivesEnabled(!o.FreshConnections)
	s.handlers.Go(func() { _ = s.http.Serve(listener) })
	return s, nil
}

// Close ends the server and every answer it still holds, and waits for them.
func (s *Server) Close() {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return
	}
	s.closed = true
	close(s.stopped)
	s.mu.Unlock()
	_ = s.http.Close()
	s.Thief.close()
	s.handlers.Wait()
}

func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	for path, e := range map[string]endpoint{
		"/authorize":   {"authorize", s.authorize},
		"/par":         {"par", s.push},
		"/token":       {"token", s.token},
		"/jwks":        {"jwks", s.jwks},
		"/userinfo":    {"userinfo", s.userInfo},
		"/revoke":      {"revocation", s.revoke},
		"/end_session": {"end_session", s.endSession},
	} {
		mux.Handle(s.path+path, s.handle(e))
	}
	discovery := s.handle(endpoint{"discovery", s.discovery})
	mux.Handle(s.path+"/.well-known/openid-configuration", discovery)
	mux.Handle("/.well-known/oauth-authorization-server"+s.path, discovery)
	mux.Handle("/api/hello", s.handle(endpoint{"api", s.hello}))
	mux.Handle(sameOriginTrap, s.Thief.handler())
	mux.Handle("/control/", s.control())
	mux.Handle("/", s.handle(endpoint{"unknown", func(*request) response {
		return text(http.StatusNotFound, "text/plain", "not found")
	}}))
	return mux
}

// endpoint is a step of the protocol: its name in the ledger and in fault
// scripts, and the function that answers when no fault replaces it.
type endpoint struct {
	name   string
	answer func(*request) response
}

// request is what an endpoint works on.
type request struct {
	*http.Request
	form  url.Values // of the query for GET, of the body for POST
	entry *Entry
	fault Fault // the zero value when none was scripted
	// release is closed to let its answer go on: taken before the ledger has the request, so that who sees it there can
	// release it.
	release chan struct{}
}

// response is what an endpoint answers. members, when set, is the body.
type response struct {
	status  int
	header  http.Header
	members Members
	body    []byte
	outcome string // for the ledger: "issued", "ok", or the OAuth error
}

func text(status int, contentType, body string) response {
	return response{
		status: status, header: http.Header{"Content-Type": {contentType}}, body: []byte(body),
		outcome: http.StatusText(status),
	}
}

func object(status int, outcome string, m Members) response {
	return response{
		status: status, members: m, outcome: outcome,
		header: http.Header{"Content-Type": {"application/json"}, "Cache-Control": {"no-store"}},
	}
}

// oauthError is the error answer of RFC 6749 section 5.2.
func oauthError(status int, code string) response {
	var m Members
	m.SetText("error", code)
	return object(status, code, m)
}

// handle runs the life of one request: read, write into the ledger, let a
// scripted fault replace or edit the answer, add CORS headers, deliver.
func (s *Server) handle(e endpoint) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !s.enter() {
			return
		}
		defer s.handlers.Done()
		body, err := io.ReadAll(io.LimitReader(r.Body, 4<<20))
		if err != nil {
			return
		}
		if r.Method == http.MethodOptions && r.Header.Get("Access-Control-Request-Method") != "" {
			s.preflight(w, r)
			return
		}
		req := &request{Request: r, form: r.URL.Query()}
		if r.Method == http.MethodPost {
			req.form, _ = url.ParseQuery(string(body))
		}
		s.mu.Lock()
		req.release = s.release
		s.mu.Unlock()
		req.entry = s.newEntry(e.name, req, body)
		defer s.Ledger.finish(req.entry)
		proof := s.readProof(req)
		s.Ledger.update(func() { req.entry.Proof = proof })
		req.fault = s.takeFault(e.name, req.form.Get("grant_type"))
		s.Ledger.update(func() { req.entry.Fault = req.fault.ID })

		res := response{}
		if req.fault.processes() {
			res = e.answer(req)
		}
		res = req.fault.edit(res, req.form, s)
		s.Ledger.update(func() {
			req.entry.Processed, req.entry.Outcome, req.entry.Status = req.fault.processes(), res.outcome, res.status
		})
		s.addCORS(res.header, r, res.status, req.fault.NoCORS)
		s.deliver(w, req, req.fault.Wire, res)
	})
}

// enter counts a handler that Close has to wait for.
func (s *Server) enter() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed {
		s.handlers.Add(1)
	}
	return !s.closed
}

// Now is the time this server believes it is.
func (s *Server) Now() time.Time {
	return time.Now().Add(time.Duration(s.Settings().ClockOffsetSeconds) * time.Second)
}

// random returns 40 unguessable characters.
func random() string { return rand.Text() + rand.Text()[:14] }

// contextKey keys the connection number in a request's context.
type contextKey struct{}

func connection(ctx context.Context) int64 {
	n, _ := ctx.Value(contextKey{}).(int64)
	return n
}
