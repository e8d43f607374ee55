package session

import (
	"sync"

	"github.com/pkcewasm/pkcewasm/internal/oauth"
)

// Session is one client's session: who is signed in, with which tokens. Its
// methods are safe for concurrent use.
type Session struct {
	config    *Config
	platform  Platform
	emit      func(event string)
	refresher *Refresher

	mu           sync.Mutex // guards what follows; never held across a request
	transactions transactions
	server       *oauth.Server
	serverUntil  int64 // ms of the monotonic clock at which the metadata is asked for anew
	discovering  *discovery
}

// New returns a session in which nobody is signed in. emit hears the events, as
// JSON text.
//
// vault shares the session with the other tabs of the origin; nil keeps it in
// memory.
func New(config *Config, platform Platform, vault Vault, emit func(event string)) *Session {
	s := &Session{config: config, platform: platform, emit: emit}
	s.refresher = NewRefresher(platform, config.Policy, s.refresh, s.notice)
	if vault != nil {
		s.refresher.Share(vault, config.Issuer, config.ClientID)
	}
	return s
}

// Close ends all that is pending with the code closed. No event follows.
func (s *Session) Close() { s.refresher.Close() }

// start makes the tokens of a sign-in the session, replacing a previous one.
func (s *Session) start(fresh *Held) {
	previous := s.refresher.Held()
	s.refresher.Begin(fresh)
	if previous != nil && previous.Subject() != fresh.Subject() {
		s.notice(Notice{Type: SignedOut, Reason: "replaced"})
	}
	s.notice(Notice{Type: SignedIn})
}

// refresh sends one refresh request and returns the new tokens, completed by
// what the answer left out (RFC 6749 section 6).
func (s *Session) refresh(old *Held) (*Held, error) {
	server, err := s.metadata()
	if err != nil {
		return nil, err
	}
	tokens, err := oauth.Refresh(s.platform.Transport(s.config.Timeout), server, &oauth.RefreshRequest{
		ClientID:     s.config.ClientID,
		RefreshToken: old.RefreshToken,
	})
	if err != nil {
		return nil, err
	}
	if tokens.RefreshToken.IsZero() {
		tokens.RefreshToken = old.RefreshToken
	}
	fresh := &Held{Tokens: *tokens, Claims: old.Claims, Granted: grantedScope(tokens, old.Granted)}
	return fresh, s.renewClaims(old, fresh)
}

// renewClaims checks the ID token of a refresh response against the session
// (OpenID Connect Core section 12.2). A malformed one is dropped, because the old
// refresh token is spent already; one of somebody else ends the session.
func (s *Session) renewClaims(old, fresh *Held) error {
	if fresh.IDToken.IsZero() {
		fresh.IDToken = old.IDToken
		return nil
	}
	want := oauth.IDTokenExpectation{
		Issuer: s.config.Issuer, ClientID: s.config.ClientID, NowMS: s.platform.Now().Wall,
		ToleranceSeconds: clockTolerance, MaxAge: -1, AccessToken: fresh.AccessToken, Refresh: true,
	}
	if old.Claims != nil {
		want.Subject, want.Nonce, want.AuthTime = old.Claims.Subject, old.Claims.Nonce, old.Claims.AuthTime
	}
	claims, err := oauth.ParseIDToken(fresh.IDToken, want)
	if err == nil {
		fresh.Claims = claims
		return nil
	}
	if typed, ok := err.(*oauth.Error); ok && foreign(typed) {
		return typed
	}
	fresh.IDToken = old.IDToken
	s.notice(Notice{Type: Degraded, Feature: "id_token", Reason: "the ID token of a refresh was not valid and was dropped"})
	return nil
}

// grantedScope is the scope of a token response; when it names none, it is the
// requested one (RFC 6749 section 5.1).
func grantedScope(tokens *oauth.Tokens, requested string) string {
	if tokens.HasScope {
		return tokens.Scope
	}
	return requested
}

// notice turns a notice of the refresher into an event.
func (s *Session) notice(n Notice) {
	var e encoder
	e.String("type", n.Type)
	switch n.Type {
	case SignedIn, Refreshed:
		s.describe(&e)
	case RefreshFailed:
		e.Raw("error", errorJSON(n.Err))
		e.Number("attempt", int64(n.Attempt))
		e.Bool("willRetry", n.WillRetry)
		if n.WillRetry {
			e.Number("nextAt", n.NextAt)
		}
	}
	e.String("feature", n.Feature)
	e.String("reason", n.Reason)
	s.emit(e.Object())
}

// describe adds the members user and, where the page may have it, token.
func (s *Session) describe(e *encoder) {
	held := s.refresher.Held()
	if held == nil {
		return
	}
	var user encoder
	if held.Claims != nil {
		user.String("subject", held.Claims.Subject)
		user.Raw("claims", held.Claims.Raw)
	} else {
		user.Raw("claims", "{}")
	}
	user.String("scope", held.Granted)
	user.Number("expiresAt", held.ExpiresAt)
	e.Raw("user", user.Object())
	e.Raw("token", s.tokenJSON(held))
}

// tokenJSON is what the page keeps of the tokens, "" if it may keep nothing.
func (s *Session) tokenJSON(held *Held) string {
	if !s.config.ExposeAccessToken {
		return ""
	}
	var e encoder
	e.String("accessToken", held.AccessToken.Reveal())
	e.String("tokenType", held.TokenType)
	e.Number("validForMs", max(held.Expiry.Until(s.platform.Now()), 0))
	return e.Object()
}
