package oauthtest

import (
	"net/http"
	"net/url"
	"strings"
	"time"
)

// authorizationCode is what an authorization request leaves behind until the
// code exchange takes it.
type authorizationCode struct {
	clientID, redirectURI, challenge string
	grant                            grant
	expires                          time.Time
	spent                            *family // the family it was exchanged for
}

// grant is who allowed what to whom.
type grant struct {
	clientID, user, scope, nonce string
	thumbprint                   string // of the key that proofs must be made with, "" before there is one
	authTime                     time.Time
}

// authorize answers an authorization request at once: the user is taken to be
// signed in and to agree. login_hint picks the user.
func (s *Server) authorize(r *request) response {
	f := s.pull(r.form)
	client, known := s.client(f.Get("client_id"))
	redirectURI := f.Get("redirect_uri")
	if !known || !client.allows(redirectURI) {
		// RFC 6749 section 4.1.2.1: never redirect to an unverified URI.
		return text(http.StatusBadRequest, "text/html", "<!doctype html><title>error</title>unknown client or redirect URI")
	}
	s.Ledger.secret(f.Get("state"), f.Get("nonce"))

	answer := url.Values{}
	if problem := authorizationProblem(f); problem != "" {
		answer.Set("error", problem)
	} else {
		answer.Set("code", s.newCode(client.ID, f))
	}
	if state := f.Get("state"); state != "" {
		answer.Set("state", state)
	}
	if r.fault.Callback != "" || *s.Settings().IssParameter {
		answer.Set("iss", s.Issuer)
	}
	outcome := "issued"
	if answer.Has("error") {
		outcome = answer.Get("error")
	}
	location := redirectURI + separator(redirectURI) + answer.Encode()
	if f.Get("response_mode") == "fragment" {
		location = redirectURI + "#" + answer.Encode()
	}
	if r.fault.Callback != "" {
		location = redirectURI + r.fault.callback(answer)
	}
	return response{status: http.StatusFound, header: http.Header{"Location": {location}}, outcome: outcome}
}

func authorizationProblem(f url.Values) string {
	for _, values := range f {
		if len(values) > 1 {
			return "invalid_request"
		}
	}
	switch {
	case f.Get("response_type") != "code":
		return "unsupported_response_type"
	case f.Get("code_challenge") == "", f.Get("code_challenge_method") != "S256":
		return "invalid_request"
	}
	return ""
}

func (s *Server) newCode(clientID string, f url.Values) string {
	settings, now, code := s.Settings(), s.Now(), "AC-"+random()
	user := f.Get("login_hint")
	if user == "" {
		user = settings.User
	}
	s.Ledger.secret(code)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.codes[code] = &authorizationCode{
		clientID: clientID, redirectURI: f.Get("redirect_uri"), challenge: f.Get("code_challenge"),
		grant: grant{
			clientID: clientID, user: user, scope: f.Get("scope"), nonce: f.Get("nonce"), authTime: now,
			thumbprint: f.Get("dpop_jkt"),
		},
		expires: now.Add(time.Duration(settings.CodeSeconds) * time.Second),
	}
	return code
}

func separator(uri string) string {
	if strings.Contains(uri, "?") {
		return "&"
	}
	return "?"
}

// callback fills the template of a forged authorization response: <<code>>,
// <<state>>, <<iss>>, and <<ISS>> for the issuer in capital letters.
func (f *Fault) callback(answer url.Values) string {
	encoded := url.Values{"ISS": {url.QueryEscape(strings.ToUpper(answer.Get("iss")))}}
	for _, name := range []string{"code", "state", "iss"} {
		encoded.Set(name, url.QueryEscape(answer.Get(name)))
	}
	return fill(f.Callback, encoded)
}

// endSession answers OpenID Connect RP-Initiated Logout section 2.
func (s *Server) endSession(r *request) response {
	to := r.form.Get("post_logout_redirect_uri")
	if to == "" {
		return text(http.StatusOK, "text/html", "<!doctype html><title>signed out</title>signed out")
	}
	if state := r.form.Get("state"); r.fault.Callback != "" {
		to += r.fault.Callback
	} else if state != "" {
		to += separator(to) + url.Values{"state": {state}}.Encode()
	}
	return response{status: http.StatusFound, header: http.Header{"Location": {to}}, outcome: "ok"}
}

// Authorize sends an authorization request as a browser would and returns the
// URL it is redirected to.
func (s *Server) Authorize(authorizationURL string) (string, error) {
	res, err := noRedirects.Get(authorizationURL)
	if err != nil {
		return "", err
	}
	defer res.Body.Close() //nolint:errcheck // nothing is read from it
	return res.Header.Get("Location"), nil
}
