package oauthtest

import (
	"crypto/hmac"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"slices"
)

// IDTokenEdit forges an ID token. The zero value is an honest one.
type IDTokenEdit struct {
	Header    map[string]json.RawMessage `json:"header,omitempty"`    // header members to set
	Set       map[string]json.RawMessage `json:"set,omitempty"`       // claims to set
	Drop      []string                   `json:"drop,omitempty"`      // claims to leave out
	Shift     map[string]int64           `json:"shift,omitempty"`     // claims set to now plus so many seconds
	NoKeyID   bool                       `json:"noKeyId,omitempty"`   // no kid in the header
	SameNonce bool                       `json:"sameNonce,omitempty"` // a refreshed token with the nonce of the first
	// Signature is "" (honest), "none" (empty), "flipped" (one bit off) or
	// "hs256" (HMAC keyed with the public key, the algorithm confusion).
	Signature string `json:"signature,omitempty"`
	// Claims edits the claims, Token the finished token; for rows only.
	Claims func(*Members)      `json:"-"`
	Token  func(string) string `json:"-"`
}

// claims are those of OpenID Connect Core section 2. A refreshed ID token
// keeps the auth_time and carries no nonce (section 12.2).
func (s *Server) claims(g grant, access string, nonce bool) Members {
	now := s.Now().Unix()
	short := sha256.Sum256([]byte(access))
	hash := short[:]
	if s.Settings().IDTokenAlg == "EdDSA" {
		long := sha512.Sum512([]byte(access))
		hash = long[:]
	}
	var m Members
	m.SetText("iss", s.Issuer)
	m.SetText("aud", g.clientID)
	m.SetNumber("exp", now+s.Settings().IDTokenSeconds)
	m.SetNumber("iat", now)
	m.SetNumber("auth_time", g.authTime.Unix())
	if nonce && g.nonce != "" {
		m.SetText("nonce", g.nonce)
	}
	m.SetText("at_hash", base64.RawURLEncoding.EncodeToString(hash[:len(hash)/2]))
	profile(&m, g.user)
	return m
}

// sign makes the JSON Web Signature of the claims, forged as edit says.
func (s *Server) sign(claims Members, edit *IDTokenEdit) string {
	token := s.signingKey().JWT(claims, edit)
	if edit.Token != nil {
		token = edit.Token(token)
	}
	return token
}

// JWT is the JSON Web Signature of a payload, forged as edit, which may be nil,
// says.
func (k *Key) JWT(payload Members, edit *IDTokenEdit) string {
	if edit == nil {
		edit = &IDTokenEdit{}
	}
	payload = slices.Clone(payload)
	edit.apply(&payload)
	var header Members
	header.SetText("alg", k.Algorithm)
	header.SetText("typ", "JWT")
	if !edit.NoKeyID {
		header.SetText("kid", k.ID)
	}
	for name, raw := range edit.Header {
		header.Set(name, string(raw))
	}
	encode := base64.RawURLEncoding.EncodeToString
	input := encode(header.Bytes()) + "." + encode(payload.Bytes())
	return input + "." + encode(k.forge(input, edit.Signature))
}

func (e *IDTokenEdit) apply(claims *Members) {
	for name, raw := range e.Set {
		claims.Set(name, string(raw))
	}
	var now int64
	_ = json.Unmarshal([]byte(claims.raw("iat")), &now)
	for name, seconds := range e.Shift {
		claims.SetNumber(name, now+seconds)
	}
	for _, name := range e.Drop {
		claims.Drop(name)
	}
	if e.Claims != nil {
		e.Claims(claims)
	}
}

// forge is the signature, or what stands in its place.
func (k *Key) forge(input, how string) []byte {
	switch how {
	case "none":
		return nil
	case "hs256":
		key := []byte(k.JWK().Inner())
		if public, ok := k.private.Public().(*rsa.PublicKey); ok {
			key = x509.MarshalPKCS1PublicKey(public)
		}
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(input))
		return mac.Sum(nil)
	}
	signed := k.Sign(input)
	if how == "flipped" {
		signed[0] ^= 1
	}
	return signed
}
