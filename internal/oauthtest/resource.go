package oauthtest

import (
	"net/http"
	"strings"
	"time"
)

// bearer finds the live access token of a request (RFC 6750 section 2.1).
func (s *Server) bearer(r *request) (*accessToken, bool) {
	scheme, value, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return nil, false
	}
	now := s.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.access[value]
	return t, t != nil && !t.revoked && !t.family.revoked && now.Before(t.expires)
}

// unauthorized is the challenge of RFC 6750 section 3.
func unauthorized() response {
	res := oauthError(http.StatusUnauthorized, "invalid_token")
	res.header.Set("WWW-Authenticate", `Bearer error="invalid_token"`)
	return res
}

// userInfo answers OpenID Connect Core section 5.3.
func (s *Server) userInfo(r *request) response {
	t, ok := s.bearer(r)
	if !ok {
		return unauthorized()
	}
	var m Members
	profile(&m, t.family.grant.user)
	return object(http.StatusOK, "ok", m)
}

// profile are the claims about a user.
func profile(m *Members, user string) {
	m.SetText("sub", user)
	m.SetText("name", strings.ToUpper(user[:1])+user[1:])
	m.SetText("email", user+"@example.test")
}

// hello is a protected API.
func (s *Server) hello(r *request) response {
	t, ok := s.bearer(r)
	if !ok {
		return unauthorized()
	}
	var m Members
	m.SetText("hello", t.family.grant.user)
	m.SetText("at", s.Now().UTC().Format(time.RFC3339))
	m.SetText("method", r.Method)
	return object(http.StatusOK, "ok", m)
}

// revoke answers RFC 7009: 200 even for a token it never saw.
func (s *Server) revoke(r *request) response {
	if _, ok := s.authenticate(r); !ok {
		return oauthError(http.StatusUnauthorized, "invalid_client")
	}
	value, outcome := r.form.Get("token"), "unknown"
	s.mu.Lock()
	defer s.mu.Unlock()
	if t := s.refresh[value]; t != nil {
		t.family.revoked, outcome = true, "revoked"
	} else if t := s.access[value]; t != nil {
		t.revoked, outcome = true, "revoked"
	}
	return response{status: http.StatusOK, header: http.Header{}, outcome: outcome}
}
