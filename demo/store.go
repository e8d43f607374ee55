package main

import (
	"context"
	"log"
	"sync"
	"time"

	"github.com/luikyv/go-oidc/pkg/goidc"
)

// store keeps what the provider has issued. It hands out copies, so that a request works on its own.
//
// A refresh token that was rotated away stays known. Whoever presents it again may be a thief, or
// the thief may hold the newer one: the whole grant ends (RFC 9700 section 4.14.2).
type store struct {
	mu       sync.Mutex // guards everything below
	sessions map[string]goidc.AuthnSession
	grants   map[string]goidc.Grant
	tokens   map[string]goidc.Token
	spent    map[string]string // rotated refresh token -> grant
	forgiven map[string]string // rotated refresh token whose answer was lost -> grant
}

func newStore() *store {
	return &store{
		sessions: map[string]goidc.AuthnSession{},
		grants:   map[string]goidc.Grant{},
		tokens:   map[string]goidc.Token{},
		spent:    map[string]string{},
		forgiven: map[string]string{},
	}
}

func (s *store) SaveSession(_ context.Context, session *goidc.AuthnSession) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sessions[session.ID] = *session
	s.forget(time.Now().Unix())
	return nil
}

func (s *store) Session(_ context.Context, id string) (*goidc.AuthnSession, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	session, ok := s.sessions[id]
	if !ok {
		return nil, goidc.ErrNotFound
	}
	return &session, nil
}

func (s *store) SaveGrant(_ context.Context, grant *goidc.Grant) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if old := s.grants[grant.ID].RefreshToken; old != "" && old != grant.RefreshToken {
		s.spent[old] = grant.ID
	}
	s.grants[grant.ID] = *grant
	return nil
}

func (s *store) Grant(_ context.Context, id string) (*goidc.Grant, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	grant, ok := s.grants[id]
	if !ok {
		return nil, goidc.ErrNotFound
	}
	return &grant, nil
}

func (s *store) GrantByAuthCode(_ context.Context, code string) (*goidc.Grant, error) {
	return s.find(func(g goidc.Grant) bool { return g.AuthCode == code })
}

func (s *store) GrantByRefreshToken(_ context.Context, token string) (*goidc.Grant, error) {
	if grant, ok := s.grantOfForgiven(token); ok {
		return grant, nil
	}
	if s.endIfReplayed(token) {
		return nil, goidc.ErrNotFound
	}
	return s.find(func(g goidc.Grant) bool { return g.RefreshToken == token })
}

func (s *store) SaveToken(_ context.Context, token *goidc.Token) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tokens[token.ID] = *token
	s.forget(time.Now().Unix())
	return nil
}

func (s *store) Token(_ context.Context, id string) (*goidc.Token, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	token, ok := s.tokens[id]
	if !ok {
		return nil, goidc.ErrNotFound
	}
	return &token, nil
}

func (s *store) find(match func(goidc.Grant) bool) (*goidc.Grant, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, grant := range s.grants {
		if match(grant) {
			return &grant, nil
		}
	}
	return nil, goidc.ErrNotFound
}

// forgive lets a rotated refresh token come back once more: the answer with its successor was lost.
func (s *store) forgive(refreshToken string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if id, ok := s.spent[refreshToken]; ok {
		s.forgiven[refreshToken] = id
	}
}

func (s *store) grantOfForgiven(refreshToken string) (*goidc.Grant, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	grant, ok := s.grants[s.forgiven[refreshToken]]
	delete(s.forgiven, refreshToken)
	return &grant, ok
}

// refreshTokens are those in force.
func (s *store) refreshTokens() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	tokens := []string{}
	for _, grant := range s.grants {
		if grant.RefreshToken != "" && grant.RevokedAt == 0 {
			tokens = append(tokens, grant.RefreshToken)
		}
	}
	return tokens
}

// endAll forgets every grant and token, as an administrator who ends all sessions.
func (s *store) endAll() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.grants)
	clear(s.tokens)
}

func (s *store) endIfReplayed(refreshToken string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	id, replayed := s.spent[refreshToken]
	if !replayed {
		return false
	}
	if grant, ok := s.grants[id]; ok && grant.RevokedAt == 0 {
		log.Printf("provider: a rotated refresh token of %q came back: the grant is revoked", grant.Subject)
		grant.RevokedAt = int(time.Now().Unix())
		s.grants[id] = grant
	}
	return true
}

// forget drops what has expired, so that a demo left running for days does not grow. s.mu is held.
func (s *store) forget(now int64) {
	for id, session := range s.sessions {
		if int64(session.ExpiresAt) <= now {
			delete(s.sessions, id)
		}
	}
	for id, token := range s.tokens {
		if int64(token.ExpiresAt) <= now {
			delete(s.tokens, id)
		}
	}
	for id, grant := range s.grants {
		if grant.RefreshTokenExpiresAt != 0 && int64(grant.RefreshTokenExpiresAt) <= now {
			delete(s.grants, id)
		}
	}
	for token, id := range s.spent {
		if _, ok := s.grants[id]; !ok {
			delete(s.spent, token)
			delete(s.forgiven, token)
		}
	}
}
