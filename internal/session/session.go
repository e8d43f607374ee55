package session

import (
	"sync"

	"github.com/pkcewasm/pkcewasm/internal/oauth"
)

// Session is one client's session: who is signed in, with which tokens. Its
// methods are safe for concurrent use.
type Session struct {
	config     *Config
	platform   Platform
	signatures oauth.Verifier
	emit       func(event string)
	refresher  *Refresher

	proofs proofs

	mu           sync.Mutex // guards what follows; never held across a request
	epoch        int        // counts sign-outs: what began before one is void after it
	transactions transactions
	server       *oauth.Server
	serverUntil  int64 // ms of the monotonic clock at which the metadata is asked for anew
	discovering  *discovery
	keys         keys
	renewed      int64 // ms of the monotonic clock at which a refused token was last renewed
}

// New returns a session in which nobody is signed in. emit hears the events, as
// JSON text.
//
// vault shares the session with the other tabs of the origin; nil keeps it in
// memory.
func New(config *Config, platform Platform, signatures oauth.Verifier, vault Vault, emit func(event string)) *Session {
	s := &Session{config: config, platform: platform, signatures: signatures, emit: emit}
	s.refresher = NewRefresher(platform, config.Policy, s.refresh, s.notice, s.discard)
	if vault != nil {
		s.refresher.Share(vault, config.Issuer, config.ClientID, config.DPoP)
	}
	return s
}

// Close ends all that is pending with the code closed. No event follows.
func (s *Session) Close() { s.refresher.Close() }

// start makes the tokens of a sign-in the session, replacing a previous one. It
// does nothing if the user signed out since the sign-in's epoch.
func (s *Session) start(fresh *Held, epoch int) error {
	s.mu.Lock()
	outdated := s.epoch != epoch
	s.mu.Unlock()
	previous := s.refresher.Held()
	if !outdated && fresh.Key != "" && s.refresher.sharing() && s.proofs.keychain.Store(fresh.Key) != nil {
		s.notice(&Notice{Type: Degraded, Feature: "storage", Reason: "the key could not be stored: the session ends with this worker or page"})
	}
	if outdated || !s.refresher.Begin(fresh) {
		s.discard(fresh)
		s.eraseKey(fresh.Key)
		return &oauth.Error{Code: oauth.CodeSignedOut, Message: "the user signed out while the sign-in was under way"}
	}
	if previous != nil && previous.Key != fresh.Key {
		s.eraseKey(previous.Key)
	}
	if previous != nil && previous.Subject() != fresh.Subject() {
		s.discard(previous)
		s.notice(&Notice{Type: SignedOut, Reason: "replaced"})
	}
	s.notice(&Notice{Type: SignedIn})
	return nil
}

// refresh sends one refresh request and returns the new tokens, completed by
// what the answer left out (RFC 6749 section 6).
func (s *Session) refresh(old *Held) (*Held, error) {
	server, err := s.metadata()
	if err != nil {
		return nil, err
	}
	tokens, err := oauth.Refresh(s.transport(old.Key, oauth.Secret{}, false), server, &oauth.RefreshRequest{
		ClientID:     s.config.ClientID,
		RefreshToken: old.RefreshToken,
		Params:       s.config.TokenParams,
		Bound:        old.Key != "",
	})
	if err != nil {
		s.distrust(err)
		return nil, err
	}
	return s.renew(old, tokens)
}

// renew completes the tokens of a refresh by what the answer left out, and checks
// that they still belong to the same user.
func (s *Session) renew(old *Held, tokens *oauth.Tokens) (*Held, error) {
	if tokens.RefreshToken.IsZero() {
		tokens.RefreshToken = old.RefreshToken
	}
	if tokens.AuthorizationDetails == "" {
		tokens.AuthorizationDetails = old.AuthorizationDetails
	}
	fresh := &Held{Tokens: *tokens, Claims: old.Claims, Granted: grantedScope(tokens, old.Granted), Key: old.Key}
	if err := s.bind(fresh, old.TokenType); err != nil {
		s.discard(fresh)
		return nil, err
	}
	if old.Claims == nil { // a session that began without a user gets none later
		fresh.IDToken = old.IDToken
		return fresh, nil
	}
	claims, err := s.renewedClaims(&fresh.Tokens, old.Claims)
	if err != nil {
		s.discard(fresh)
		return nil, err
	}
	if claims == nil {
		fresh.IDToken = old.IDToken
		return fresh, nil
	}
	fresh.Claims = claims
	return fresh, nil
}

// renewedClaims returns the claims of the ID token of a refresh, nil if it has
// none that is valid: the old refresh token is spent, so that the new one is kept
// whatever is wrong. Only a genuine ID token of somebody else is an error.
func (s *Session) renewedClaims(tokens *oauth.Tokens, old *oauth.Claims) (*oauth.Claims, error) {
	if tokens.IDToken.IsZero() {
		return nil, nil
	}
	err := s.verifyRefreshed(tokens)
	if err == nil {
		var claims *oauth.Claims
		claims, err = refreshedClaims(tokens, oauth.IDTokenExpectation{
			Issuer: s.config.Issuer, ClientID: s.config.ClientID, NowMS: s.platform.Now().Wall,
			Subject: old.Subject, Nonce: old.Nonce, AuthTime: old.AuthTime,
		})
		if err == nil || foreign(err) {
			return claims, err
		}
	}
	s.notice(&Notice{Type: Degraded, Feature: "id_token", Reason: "the ID token of a refresh was dropped: " + ownError(err).Message})
	return nil, nil
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
func (s *Session) notice(n *Notice) {
	if n.ended != nil {
		s.eraseKey(n.ended.Key)
	}
	var e encoder
	e.String("type", n.Type)
	switch n.Type {
	case SignedIn, Refreshed:
		s.describe(&e)
	case RefreshFailed:
		e.Raw("error", errorJSON(n.Err))
		e.Bool("willRetry", n.WillRetry)
	}
	if n.Attempt > 0 {
		e.Number("attempt", int64(n.Attempt))
	}
	if n.NextAt != 0 {
		e.Number("nextAt", n.NextAt)
	}
	what := "feature"
	if n.Type == Trace {
		what = "step"
	}
	e.String(what, n.Feature)
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
		user.Raw("subject", `""`)
		user.Raw("claims", "{}")
	}
	user.String("scope", held.Granted)
	user.Number("expiresAt", held.ExpiresAt)
	user.Raw("authorizationDetails", held.AuthorizationDetails)
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
