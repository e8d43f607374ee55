package oauthtest

import (
	"net/http"
	"net/url"
)

const requestURI = "urn:ietf:params:oauth:request_uri:"

// push answers a pushed authorization request (RFC 9126 section 2) with a
// reference that is good once.
func (s *Server) push(r *request) response {
	client, ok := s.authenticate(r)
	if !ok {
		return oauthError(http.StatusUnauthorized, "invalid_client")
	}
	problem := authorizationProblem(r.form)
	if problem == "" && (r.form.Has("request_uri") || !client.allows(r.form.Get("redirect_uri"))) {
		problem = "invalid_request"
	}
	if problem != "" {
		return oauthError(http.StatusBadRequest, problem)
	}
	s.Ledger.secret(r.form.Get("state"), r.form.Get("nonce"))
	reference := requestURI + random()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pushed[reference] = r.form
	var m Members
	m.SetText("request_uri", reference)
	m.SetNumber("expires_in", 60)
	return object(http.StatusCreated, "issued", m)
}

// pull returns the parameters of an authorization request: those that were pushed,
// if it refers to any.
func (s *Server) pull(sent url.Values) url.Values {
	if !sent.Has("request_uri") {
		return sent
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	form := s.pushed[sent.Get("request_uri")]
	delete(s.pushed, sent.Get("request_uri"))
	if form.Get("client_id") != sent.Get("client_id") {
		return url.Values{}
	}
	return form
}
