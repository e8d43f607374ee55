package oauthtest

import (
	"cmp"
	"slices"
)

// DefaultClient is the client of a server that was started without clients.
const DefaultClient = "test-spa"

// Client is a registered client.
type Client struct {
	ID           string
	Secret       string   // "" is a public client
	RedirectURIs []string // empty: any
	Rotation     Rotation // "" takes Settings.Rotation
}

// Settings can be changed while the server runs, by Configure or by
// POST /control/settings with the members to change. A zero field takes its
// value from DefaultSettings.
type Settings struct {
	Rotation            Rotation `json:"rotation"`
	AccessTokenSeconds  int64    `json:"accessTokenSeconds"`
	IDTokenSeconds      int64    `json:"idTokenSeconds"`
	IDTokenAlg          string   `json:"idTokenAlg"`   // RS256, PS256, ES256 or EdDSA
	KeyRotations        int      `json:"keyRotations"` // how often the signing key was changed: another number, another key
	CodeSeconds         int64    `json:"codeSeconds"`
	RefreshTokenSeconds int64    `json:"refreshTokenSeconds"` // absolute life of a family; 0 has no end
	NoRefreshToken      bool     `json:"noRefreshToken"`      // never issue one, as without offline_access
	NoIDTokenOnRefresh  bool     `json:"noIdTokenOnRefresh"`
	ClockOffsetSeconds  int64    `json:"clockOffsetSeconds"` // added to the time in everything issued and in Date
	User                string   `json:"user"`               // who is signed in when no login_hint says otherwise
	IssParameter        *bool    `json:"issParameter"`       // RFC 9207 `iss`, advertised and sent; nil is true
	PAR                 bool     `json:"par"`                // RFC 9126, advertised
	DPoP                DPoP     `json:"dpop"`
	CORS                CORS     `json:"cors"`
}

// DefaultSettings are the settings of a server that was started without any.
func DefaultSettings() Settings {
	return Settings{
		Rotation: Strict, AccessTokenSeconds: 300, IDTokenSeconds: 3600, IDTokenAlg: "RS256", CodeSeconds: 60,
		User: "alice", IssParameter: new(true),
	}
}

func (o Settings) withDefaults() Settings {
	d := DefaultSettings()
	o.Rotation = cmp.Or(o.Rotation, d.Rotation)
	o.AccessTokenSeconds = cmp.Or(o.AccessTokenSeconds, d.AccessTokenSeconds)
	o.IDTokenSeconds = cmp.Or(o.IDTokenSeconds, d.IDTokenSeconds)
	o.IDTokenAlg = cmp.Or(o.IDTokenAlg, d.IDTokenAlg)
	o.CodeSeconds = cmp.Or(o.CodeSeconds, d.CodeSeconds)
	o.User = cmp.Or(o.User, d.User)
	o.IssParameter = cmp.Or(o.IssParameter, d.IssParameter)
	return o
}

// Settings returns the settings in force.
func (s *Server) Settings() Settings {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.settings
}

// Configure changes the settings in force.
func (s *Server) Configure(change func(*Settings)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(&s.settings)
	s.settings = s.settings.withDefaults()
}

func (s *Server) client(id string) (Client, bool) {
	c, ok := s.clients[id]
	return c, ok
}

// allows compares redirect URIs as RFC 9700 section 2.1 asks: exactly.
func (c Client) allows(redirectURI string) bool {
	return redirectURI != "" && (len(c.RedirectURIs) == 0 || slices.Contains(c.RedirectURIs, redirectURI))
}
