package main

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"html/template"
	"log"
	"net/http"
	"path"
	"regexp"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/luikyv/go-oidc/pkg/goidc"
)

const (
	cookieName    = "pkcewasm_demo_provider"
	authTimeKey   = "auth_time" // in the store of a sign-in and of its grant
	maxNameLength = 64
)

//go:embed signin
var signInFiles embed.FS

var signInPages = template.Must(template.ParseFS(signInFiles, "signin/*.html"))

// signIn holds the provider's own pages and its session with the person.
type signIn struct {
	issuer  string
	policy  string // Content-Security-Policy
	auto    bool
	mu      sync.Mutex        // guards persons
	persons map[string]person // by session cookie
}

type person struct {
	subject string
	name    string
	at      int // when they signed in, seconds since the epoch
}

func newSignIn(cfg providerConfig) *signIn {
	// Chromium holds the redirect after a form to form-action, so the applications are listed.
	policy := "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'self' " + strings.Join(cfg.origins, " ")
	return &signIn{issuer: cfg.issuer, policy: policy, auto: cfg.auto, persons: map[string]person{}}
}

// authenticate is called when an authorization request arrives and again when its form is sent.
func (s *signIn) authenticate(w http.ResponseWriter, r *http.Request, session *goidc.AuthnSession, client *goidc.Client) (goidc.Status, error) {
	formSent := r.Method == http.MethodPost && r.PathValue("callback") == session.ID
	known, isKnown := s.person(r)
	switch {
	case s.auto:
		return accept(session, person{subject: "alice", name: "alice", at: int(time.Now().Unix())})
	case formSent && r.PostFormValue("action") == "cancel":
		return goidc.StatusFailure, goidc.NewError(goidc.ErrorCodeAccessDenied, "The sign-in was cancelled.")
	case formSent:
		name := strings.TrimSpace(r.PostFormValue("username"))
		if problem := checkName(name); problem != "" {
			return s.form(w, session, client, name, problem)
		}
		p := person{subject: subjectOf(name), name: name, at: int(time.Now().Unix())}
		s.remember(w, p)
		return accept(session, p)
	case isKnown && !wantsForm(session, known):
		return accept(session, known)
	case session.Prompt == goidc.PromptTypeNone:
		return goidc.StatusFailure, goidc.NewError(goidc.ErrorCodeLoginRequired, "Nobody is signed in at the provider.")
	}
	return s.form(w, session, client, session.LoginHint, "")
}

// wantsForm tells whether the application asked for more than an existing session (OIDC Core section 3.1.2.1).
func wantsForm(session *goidc.AuthnSession, p person) bool {
	if session.Prompt != "" && session.Prompt != goidc.PromptTypeNone {
		return true
	}
	return session.MaxAuthnAgeSecs != nil && int(time.Now().Unix())-p.at >= *session.MaxAuthnAgeSecs
}

func accept(session *goidc.AuthnSession, p person) (goidc.Status, error) {
	session.Subject, session.Username = p.subject, p.name
	session.Store = map[string]any{authTimeKey: p.at}
	session.GrantedScopes, session.GrantedResources = session.Scopes, session.Resources
	return goidc.StatusSuccess, nil
}

func checkName(name string) string {
	switch {
	case name == "":
		return "Type a name, any name."
	case !utf8.ValidString(name) || strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r == 0x7f }):
		return "That name has characters that cannot be shown."
	case utf8.RuneCountInString(name) > maxNameLength:
		return "That name is too long: 64 characters at most."
	}
	return ""
}

var plainName = regexp.MustCompile(`^[A-Za-z0-9._-]+$`)

// subjectOf keeps a plain name as it is; a `sub` must be ASCII (OIDC Core section 2).
func subjectOf(name string) string {
	if plainName.MatchString(name) {
		return strings.ToLower(name)
	}
	sum := sha256.Sum256([]byte(name))
	return "user-" + hex.EncodeToString(sum[:8])
}

func (s *signIn) person(r *http.Request) (person, bool) {
	cookie, err := r.Cookie(cookieName)
	if err != nil {
		return person{}, false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	p, ok := s.persons[cookie.Value]
	return p, ok
}

func (s *signIn) remember(w http.ResponseWriter, p person) {
	id := rand.Text()
	s.mu.Lock()
	s.persons[id] = p
	s.mu.Unlock()
	http.SetCookie(w, &http.Cookie{Name: cookieName, Value: id, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode})
}

// signOut ends the provider's own session (OpenID Connect RP-Initiated Logout 1.0).
func (s *signIn) signOut(w http.ResponseWriter, r *http.Request, _ *goidc.LogoutSession) (goidc.Status, error) {
	if cookie, err := r.Cookie(cookieName); err == nil {
		s.mu.Lock()
		delete(s.persons, cookie.Value)
		s.mu.Unlock()
	}
	http.SetCookie(w, &http.Cookie{Name: cookieName, Path: "/", MaxAge: -1, HttpOnly: true, SameSite: http.SameSiteLaxMode})
	return goidc.StatusSuccess, nil
}

func (s *signIn) form(w http.ResponseWriter, session *goidc.AuthnSession, client *goidc.Client, name, problem string) (goidc.Status, error) {
	status := http.StatusOK
	if problem != "" {
		status = http.StatusUnprocessableEntity
	}
	s.render(w, status, "form.html", struct{ Action, Client, Name, Problem string }{
		Action: "/authorize/" + session.ID, Client: client.Name, Name: name, Problem: problem,
	})
	return goidc.StatusPending, nil
}

func (s *signIn) signedOut(w http.ResponseWriter, _ *http.Request, _ *goidc.LogoutSession) error {
	s.render(w, http.StatusOK, "notice.html", notice{"Signed out", "The provider has forgotten you. You can close this page."})
	return nil
}

func (s *signIn) refused(w http.ResponseWriter, _ *http.Request, err error) error {
	text := "The application sent a request that the provider does not accept. Go back to the application and start again."
	var refusal goidc.Error
	if errors.As(err, &refusal) && refusal.Description != "" {
		text = "The provider said: " + refusal.Description + ". Go back to the application and start again."
	}
	s.render(w, http.StatusBadRequest, "notice.html", notice{"This request cannot continue", text})
	return nil
}

func (s *signIn) welcome(w http.ResponseWriter, _ *http.Request) {
	s.render(w, http.StatusOK, "notice.html", notice{"The demo's OpenID provider", "It runs in memory, on this machine, for the demo alone. Its description is at /.well-known/openid-configuration."})
}

type notice struct{ Title, Text string }

func (s *signIn) render(w http.ResponseWriter, status int, page string, data any) {
	var body bytes.Buffer
	if err := signInPages.ExecuteTemplate(&body, page, data); err != nil {
		log.Println("provider: page:", err)
		http.Error(w, "the page could not be made", http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", s.policy)
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = body.WriteTo(w)
}

// asset serves a file that the pages need.
func (s *signIn) asset(name string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", contentTypes[path.Ext(name)])
		w.Header().Set("X-Content-Type-Options", "nosniff")
		http.ServeFileFS(w, r, signInFiles, "signin/"+name)
	}
}
