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
	claims       *oauth.Claims
	scope        string
	transactions transactions
	server       *oauth.Server
	serverUntil  int64 // ms of the monotonic clock at which the metadata is asked for anew
	discovering  *discovery
}

// New returns a session in which nobody is signed in. emit hears the events, as
// JSON text.
func New(config *Config, platform Platform, emit func(event string)) *Session {
	s := &Session{config: config, platform: platform, emit: emit}
	s.refresher = NewRefresher(platform, config.Policy, s.refresh, s.notice)
	return s
}

// Close ends all that is pending with the code closed. No event follows.
func (s *Session) Close() { s.refresher.Close() }

// start makes the tokens of a sign-in the session, replacing a previous one.
func (s *Session) start(tokens *oauth.Tokens, claims *oauth.Claims, received Instant) {
	if previous := s.subject(); previous != "" && (claims == nil || claims.Subject != previous) {
		s.end("replaced")
	}
	s.mu.Lock()
	s.claims, s.scope = claims, grantedScope(tokens, s.config.Scope)
	s.mu.Unlock()
	s.refresher.Begin(tokens, received)
	s.notice(Notice{Type: SignedIn})
}

// grantedScope is the scope of a token response; when it names none, it is the
// requested one (RFC 6749 section 5.1).
func grantedScope(tokens *oauth.Tokens, requested string) string {
	if tokens.HasScope {
		return tokens.Scope
	}
	return requested
}

// refresh sends one refresh request and returns the new tokens, completed by
// what the answer left out (RFC 6749 section 6).
func (s *Session) refresh(old *oauth.Tokens) (*oauth.Tokens, error) {
	server, err := s.metadata()
	if err != nil {
		return nil, err
	}
	transport := s.platform.Transport(s.config.Timeout)
	fresh, err := oauth.Refresh(transport, server, &oauth.RefreshRequest{
		ClientID:     s.config.ClientID,
		RefreshToken: old.RefreshToken,
	})
	if err != nil {
		return nil, err
	}
	if fresh.RefreshToken.IsZero() {
		fresh.RefreshToken = old.RefreshToken
	}
	return fresh, s.renewClaims(old, fresh)
}

// renewClaims checks the ID token of a refresh response against the session
// (OpenID Connect Core section 12.2). A malformed one is dropped, because the old
// refresh token is spent already; one of somebody else ends the session.
func (s *Session) renewClaims(old, fresh *oauth.Tokens) error {
	if fresh.IDToken.IsZero() {
		fresh.IDToken = old.IDToken
		return nil
	}
	s.mu.Lock()
	current := s.claims
	s.mu.Unlock()
	want := oauth.IDTokenExpectation{
		Issuer: s.config.Issuer, ClientID: s.config.ClientID, NowMS: s.platform.Now().Wall,
		ToleranceSeconds: clockTolerance, MaxAge: -1, AccessToken: fresh.AccessToken, Refresh: true,
	}
	if current != nil {
		want.Subject, want.Nonce, want.AuthTime = current.Subject, current.Nonce, current.AuthTime
	}
	claims, err := oauth.ParseIDToken(fresh.IDToken, want)
	if err != nil {
		if typed, ok := err.(*oauth.Error); ok && foreign(typed) {
			return typed
		}
		fresh.IDToken = old.IDToken
		s.notice(Notice{Type: Degraded, Feature: "id_token", Reason: "the ID token of a refresh was not valid and was dropped"})
		return nil
	}
	s.mu.Lock()
	s.claims = claims
	s.mu.Unlock()
	return nil
}

// end forgets the user and returns the tokens of the session, nil if there was none.
func (s *Session) end(reason string) *Held { return s.refresher.SignOut(reason) }

// subject returns who is signed in, "" if nobody is.
func (s *Session) subject() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.claims == nil {
		return ""
	}
	return s.claims.Subject
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
	case SignedOut:
		s.mu.Lock()
		s.claims, s.scope = nil, ""
		s.mu.Unlock()
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
	s.mu.Lock()
	claims, scope := s.claims, s.scope
	s.mu.Unlock()
	var user encoder
	if claims != nil {
		user.String("subject", claims.Subject)
		user.Raw("claims", claims.Raw)
	} else {
		user.Raw("claims", "{}")
	}
	user.String("scope", scope)
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
