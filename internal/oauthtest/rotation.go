package oauthtest

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// Rotation says what becomes of a refresh token that was used (RFC 9700
// section 4.14.2).
type Rotation string

// The rotation modes. Grace makes one more.
const (
	NoRotation Rotation = "none"      // the token stays; refresh answers carry none
	Same       Rotation = "same"      // the token stays, and every refresh answer repeats it
	Rotate     Rotation = "rotate"    // a new one each time; the old one is refused
	Strict     Rotation = "strict"    // as Rotate, and a used token that comes back ends the whole family
	Alternate  Rotation = "alternate" // as Strict, but only every second refresh brings a new one
)

// Grace is Strict with a window of so many seconds in which a used token still
// works, as several providers offer.
func Grace(seconds int) Rotation { return Rotation("grace=" + strconv.Itoa(seconds)) }

func (r Rotation) grace() time.Duration {
	seconds, ok := strings.CutPrefix(string(r), "grace=")
	if !ok {
		return 0
	}
	n, _ := strconv.Atoi(seconds)
	return time.Duration(n) * time.Second
}

// family is everything that came from one authorization code.
type family struct {
	id          string
	grant       grant
	started     time.Time
	generations int
	refreshes   int
	revoked     bool
}

type refreshToken struct {
	value      string
	family     *family
	generation int
	used       time.Time // zero while it is current
}

func (s *Server) rotation(c Client) Rotation {
	if c.Rotation != "" {
		return c.Rotation
	}
	return s.settings.Rotation
}

// newFamily needs s.mu.
func (s *Server) newFamily(g grant, now time.Time) *family {
	f := &family{id: strconv.Itoa(len(s.families) + 1), grant: g, started: now}
	s.families = append(s.families, f)
	return f
}

// newRefreshToken needs s.mu.
func (s *Server) newRefreshToken(f *family) *refreshToken {
	if s.settings.NoRefreshToken {
		return nil
	}
	t := &refreshToken{value: "RT-" + random(), family: f, generation: f.generations}
	f.generations++
	s.refresh[t.value] = t
	return t
}

// redeem takes the presented refresh token and puts its successor in its
// place, in one step: of two requests at once only one finds it unused. The
// successor is nil when the answer carries none. It returns the OAuth error
// when the token is not good.
func (s *Server) redeem(r *request, client Client) (f *family, next *refreshToken, problem string) {
	now := s.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.refresh[r.form.Get("refresh_token")]
	if t == nil || t.family.grant.clientID != client.ID || !s.bound(r, t.family.grant.thumbprint) {
		return nil, nil, "invalid_grant"
	}
	f, mode := t.family, s.rotation(client)
	if !t.used.IsZero() {
		if window := mode.grace(); window > 0 && now.Sub(t.used) <= window {
			s.Ledger.update(func() { r.entry.GraceReuse = true })
		} else {
			s.Ledger.update(func() { r.entry.Reuse = true })
			f.revoked = f.revoked || mode != Rotate
			return nil, nil, "invalid_grant"
		}
	}
	limit := time.Duration(s.settings.RefreshTokenSeconds) * time.Second
	if f.revoked || limit > 0 && now.Sub(f.started) > limit {
		return nil, nil, "invalid_grant"
	}
	if !within(f.grant.scope, r.form.Get("scope")) {
		return nil, nil, "invalid_scope"
	}
	f.refreshes++
	if mode == Same {
		return f, t, ""
	}
	if mode == NoRotation || mode == Alternate && f.refreshes%2 == 1 {
		return f, nil, ""
	}
	if t.used.IsZero() {
		t.used = now
	}
	return f, s.newRefreshToken(f), ""
}

// within tells whether every asked scope was granted (RFC 6749 section 6).
func within(granted, asked string) bool {
	for _, one := range strings.Fields(asked) {
		if !slices.Contains(strings.Fields(granted), one) {
			return false
		}
	}
	return true
}

// lookUp tells what is known about a presented refresh token.
func (s *Server) lookUp(value string) (familyID string, generation int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.refresh[value]
	if t == nil {
		return "", -1
	}
	return t.family.id, t.generation
}

// Grant makes a session without the steps of a sign-in and returns its refresh
// token: the start of a test that is about refreshing.
func (s *Server) Grant(clientID, user, scope, nonce string) string {
	now := s.Now()
	s.mu.Lock()
	f := s.newFamily(grant{clientID: clientID, user: user, scope: scope, nonce: nonce, authTime: now}, now)
	t := s.newRefreshToken(f)
	s.mu.Unlock()
	if t == nil {
		return ""
	}
	s.Ledger.secret(t.value)
	return t.value
}

// EndSessions ends every session of a user, as a changed password would. ""
// ends them all.
func (s *Server) EndSessions(user string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range s.families {
		if user == "" || f.grant.user == user {
			f.revoked = true
		}
	}
}
