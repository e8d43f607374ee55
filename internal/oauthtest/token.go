package oauthtest

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// accessToken is an issued access token.
type accessToken struct {
	family  *family
	kind    string // "Bearer", or "DPoP" if it is bound to the family's key
	expires time.Time
	revoked bool
}

// token answers a token request (RFC 6749 section 3.2).
func (s *Server) token(r *request) response {
	contentType, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if r.Method != http.MethodPost || contentType != "application/x-www-form-urlencoded" {
		return oauthError(http.StatusBadRequest, "invalid_request")
	}
	for name, values := range r.form {
		if len(values) > 1 && name != "resource" {
			return oauthError(http.StatusBadRequest, "invalid_request")
		}
	}
	client, ok := s.authenticate(r)
	if !ok {
		return oauthError(http.StatusUnauthorized, "invalid_client")
	}
	if refusal := s.takeProof(r, "as", ""); refusal != nil {
		return *refusal
	}
	switch r.form.Get("grant_type") {
	case "authorization_code":
		return s.tellNonce("as", s.exchangeCode(r, client))
	case "refresh_token":
		return s.tellNonce("as", s.refreshTokens(r, client))
	}
	return oauthError(http.StatusBadRequest, "unsupported_grant_type")
}

// authenticate identifies the client (RFC 6749 section 2.3).
func (s *Server) authenticate(r *request) (Client, bool) {
	id, secret := r.form.Get("client_id"), r.form.Get("client_secret")
	if user, password, basic := r.BasicAuth(); basic {
		id, _ = url.QueryUnescape(user)
		secret, _ = url.QueryUnescape(password)
	}
	s.Ledger.secret(secret)
	c, known := s.client(id)
	return c, known && subtle.ConstantTimeCompare([]byte(secret), []byte(c.Secret)) == 1
}

// exchangeCode takes an authorization code (RFC 6749 section 4.1.3, RFC 7636
// section 4.6). A code that is presented twice ends what it was exchanged for.
func (s *Server) exchangeCode(r *request, client Client) response {
	now := s.Now()
	s.mu.Lock()
	code := s.codes[r.form.Get("code")]
	switch {
	case code == nil, code.clientID != client.ID:
		s.mu.Unlock()
		return oauthError(http.StatusBadRequest, "invalid_grant")
	case code.spent != nil:
		code.spent.revoked = true
		s.mu.Unlock()
		s.Ledger.update(func() { r.entry.Reuse = true })
		return oauthError(http.StatusBadRequest, "invalid_grant")
	case now.After(code.expires), r.form.Get("redirect_uri") != code.redirectURI,
		s256(r.form.Get("code_verifier")) != code.challenge, !s.bound(r, code.grant.thumbprint):
		s.mu.Unlock()
		return oauthError(http.StatusBadRequest, "invalid_grant")
	}
	f := s.newFamily(code.grant, now)
	if r.entry.Proof != nil && s.settings.DPoP.Mode != "" {
		f.grant.thumbprint = r.entry.Proof.Print
	}
	code.spent = f
	next := s.newRefreshToken(f)
	s.mu.Unlock()
	return s.issue(r, f, next, f.grant.scope, true)
}

// bound reports whether a request proves possession of the key that a code or a
// refresh token is bound to. It needs s.mu.
func (s *Server) bound(r *request, thumbprint string) bool {
	return thumbprint == "" || s.settings.DPoP.Mode == "" || r.entry.Proof != nil && r.entry.Proof.Print == thumbprint
}

// s256 is the challenge of RFC 7636 section 4.2.
func s256(verifier string) string {
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// refreshTokens takes a refresh token (RFC 6749 section 6).
func (s *Server) refreshTokens(r *request, client Client) response {
	f, next, problem := s.redeem(r, client)
	if problem != "" {
		return oauthError(http.StatusBadRequest, problem)
	}
	scope := r.form.Get("scope")
	if scope == "" {
		scope = f.grant.scope
	}
	return s.issue(r, f, next, scope, false)
}

// issue makes the answer of RFC 6749 section 5.1 and OpenID Connect Core
// section 3.1.3.3. next is the refresh token in it, if any.
func (s *Server) issue(r *request, f *family, next *refreshToken, scope string, first bool) response {
	settings, now := s.Settings(), s.Now()
	access := "AT-" + random()
	var m Members
	m.SetText("access_token", access)
	kind := "Bearer"
	if settings.DPoP.Mode != "" && r.entry.Proof != nil && !settings.DPoP.Bearer {
		kind = "DPoP"
	}
	m.SetText("token_type", kind)
	m.SetNumber("expires_in", settings.AccessTokenSeconds)

	s.mu.Lock()
	s.access[access] = &accessToken{family: f, kind: kind, expires: now.Add(time.Duration(settings.AccessTokenSeconds) * time.Second)}
	s.mu.Unlock()
	if next != nil {
		m.SetText("refresh_token", next.value)
		s.Ledger.secret(next.value)
		s.Ledger.update(func() { r.entry.Issued = next.generation })
	}
	m.SetText("scope", scope)
	if slices.Contains(strings.Fields(scope), "openid") && (first || !settings.NoIDTokenOnRefresh) {
		edit := r.fault.IDToken
		if edit == nil {
			edit = &IDTokenEdit{}
		}
		about := access
		if _, replaced := r.fault.Set["access_token"]; replaced {
			// The at_hash is of the access token that is sent.
			_ = json.Unmarshal(r.fault.Set["access_token"], &about)
		}
		idToken := s.sign(s.claims(f.grant, about, first || edit.SameNonce), edit)
		m.SetText("id_token", idToken)
		s.Ledger.secret(idToken)
	}
	s.Ledger.secret(access)
	s.Ledger.update(func() { r.entry.Family = f.id })
	return object(http.StatusOK, "issued", m)
}
