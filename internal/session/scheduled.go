package session

import "github.com/pkcewasm/pkcewasm/internal/oauth"

// TokenSet is a token response that a caller kept.
type TokenSet struct {
	AccessToken  oauth.Secret
	TokenType    string
	RefreshToken oauth.Secret
	Scope        string
	ExpiresAt    int64 // ms since the epoch, 0 if unknown
	IDToken      oauth.Secret
	Claims       string // JSON text of the ID token's claims, "" if unknown
	Subject      string // of the ID token, "" if unknown: refreshed ID tokens must have the same
}

// Listener hears what becomes of a schedule.
type Listener struct {
	Tokens func(tokens string) // every new token response, as JSON text
	Error  func(error)         // every failed request and the end of the grant
}

// Schedule refreshes tokens by timer until it is cancelled or the server
// refuses. It keeps one grant apart from any Session.
type Schedule struct {
	platform  Platform
	refresher *Refresher
}

// NewSchedule returns a schedule for tokens of the client at the server.
func NewSchedule(p Platform, policy Policy, server *oauth.Server, clientID string, transport oauth.Transport, listener Listener) *Schedule {
	s := &Schedule{platform: p}
	policy.Jitter = 0 // the caller counts on NextAt
	send := func(old *Held) (*Held, error) {
		fresh, err := oauth.Refresh(transport, server, &oauth.RefreshRequest{ClientID: clientID, RefreshToken: old.RefreshToken})
		if err != nil {
			return nil, err
		}
		if fresh.RefreshToken.IsZero() {
			fresh.RefreshToken = old.RefreshToken
		}
		if !fresh.HasScope {
			fresh.Scope, fresh.HasScope = old.Scope, old.HasScope
		}
		claims, err := RefreshedClaims(fresh, oauth.IDTokenExpectation{
			Issuer: server.Issuer, ClientID: clientID, NowMS: p.Now().Wall, Subject: old.Subject(),
		})
		if claims == nil {
			claims, fresh.IDToken = old.Claims, old.IDToken
		}
		return &Held{Tokens: *fresh, Claims: claims}, err
	}
	s.refresher = NewRefresher(p, policy, send, func(n *Notice) {
		switch n.Type {
		case Refreshed:
			listener.Tokens(s.tokens())
		case RefreshFailed:
			listener.Error(n.Err)
		case SignedOut:
			listener.Error(&oauth.Error{Code: oauth.CodeSessionExpired, OAuthError: n.Reason,
				Message: "the server no longer accepts the refresh token; sign in again"})
		}
	}, func(*Held) {})
	return s
}

// Begin starts the schedule with the tokens of the caller.
func (s *Schedule) Begin(set TokenSet) {
	now := s.platform.Now()
	lifetime := int64(-1)
	if set.ExpiresAt > 0 {
		lifetime = max(set.ExpiresAt-now.Wall, 0) / second
	}
	held := &Held{Received: now, Tokens: oauth.Tokens{
		AccessToken: set.AccessToken, RefreshToken: set.RefreshToken, TokenType: set.TokenType, ExpiresIn: lifetime,
		Scope: set.Scope, HasScope: set.Scope != "", IDToken: set.IDToken,
	}}
	if set.Subject != "" {
		held.Claims = &oauth.Claims{Subject: set.Subject, Raw: set.Claims}
	}
	s.refresher.Begin(held)
}

// RefreshNow refreshes at once, or joins the request under way, and returns the
// new token response as JSON text.
func (s *Schedule) RefreshNow() (string, error) {
	if _, err := s.refresher.Token(Demand{Force: true}); err != nil {
		return "", err
	}
	return s.tokens(), nil
}

// Cancel ends the schedule; nothing is heard of it afterwards.
func (s *Schedule) Cancel() { s.refresher.Close() }

// NextAt returns when the next request is planned, ms since the epoch.
func (s *Schedule) NextAt() (at int64, planned bool) { return s.refresher.NextAt() }

func (s *Schedule) tokens() string {
	held := s.refresher.Held()
	if held == nil {
		return ""
	}
	return TokensJSON(&held.Tokens, held.ExpiresAt-max(held.ExpiresIn, 0)*second, held.Claims)
}
