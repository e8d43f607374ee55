package oauthtest

import (
	"net/http"
	"strings"
	"time"
)

// accessOf finds the live access token of a request (RFC 6750 section 2.1, RFC 9449
// section 7.1). refusal is nil if it is good.
func (s *Server) accessOf(r *request) (t *accessToken, refusal *response) {
	scheme, value, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	now, challenge := s.Now(), unauthorized()
	s.mu.Lock()
	t = s.access[value]
	good := t != nil && strings.EqualFold(scheme, t.kind) && !t.revoked && !t.family.revoked && now.Before(t.expires)
	isBound := good && (t.kind == "Bearer" || s.bound(r, t.family.grant.thumbprint))
	s.mu.Unlock()
	if !good || !isBound {
		return nil, &challenge
	}
	if t.kind == "DPoP" {
		return t, s.takeProof(r, "rs", value)
	}
	return t, nil
}

// unauthorized is the challenge of RFC 6750 section 3.
func unauthorized() response {
	res := oauthError(http.StatusUnauthorized, "invalid_token")
	res.header.Set("WWW-Authenticate", `Bearer error="invalid_token"`)
	return res
}

// userInfo answers OpenID Connect Core section 5.3.
func (s *Server) userInfo(r *request) response {
	t, refusal := s.accessOf(r)
	if refusal != nil {
		return *refusal
	}
	var m Members
	profile(&m, t.family.grant.user)
	return s.tellNonce("rs", object(http.StatusOK, "ok", m))
}

// profile are the claims about a user.
func profile(m *Members, user string) {
	m.SetText("sub", user)
	m.SetText("name", strings.ToUpper(user[:1])+user[1:])
	m.SetText("email", user+"@example.test")
}

// hello is a protected API.
func (s *Server) hello(r *request) response {
	t, refusal := s.accessOf(r)
	if refusal != nil {
		return *refusal
	}
	var m Members
	m.SetText("hello", t.family.grant.user)
	m.SetText("at", s.Now().UTC().Format(time.RFC3339))
	m.SetText("method", r.Method)
	return s.tellNonce("rs", object(http.StatusOK, "ok", m))
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
