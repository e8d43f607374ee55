package oauthtest

import (
	"crypto"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"sync"
)

const keyID = "test-key-1"

// signingKey is made once per process: generating it takes longer than most
// tests, and no test depends on which one it is.
var signingKey = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err) // the random source of the machine does not work
	}
	return key
})

// IDTokenEdit forges an ID token. The zero value is an honest one.
type IDTokenEdit struct {
	Header    map[string]json.RawMessage `json:"header,omitempty"`    // header members to set
	Set       map[string]json.RawMessage `json:"set,omitempty"`       // claims to set
	Drop      []string                   `json:"drop,omitempty"`      // claims to leave out
	Shift     map[string]int64           `json:"shift,omitempty"`     // claims set to now plus so many seconds
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
	half := sha256.Sum256([]byte(access))
	var m Members
	m.SetText("iss", s.Issuer)
	m.SetText("aud", g.clientID)
	m.SetNumber("exp", now+s.Settings().IDTokenSeconds)
	m.SetNumber("iat", now)
	m.SetNumber("auth_time", g.authTime.Unix())
	if nonce && g.nonce != "" {
		m.SetText("nonce", g.nonce)
	}
	m.SetText("at_hash", base64.RawURLEncoding.EncodeToString(half[:16]))
	profile(&m, g.user)
	return m
}

// sign makes the JSON Web Signature of the claims, forged as edit says.
func sign(claims Members, edit *IDTokenEdit) string {
	var header Members
	header.SetText("alg", "RS256")
	header.SetText("typ", "JWT")
	header.SetText("kid", keyID)
	for name, raw := range edit.Header {
		header.Set(name, string(raw))
	}
	edit.apply(&claims)
	encode := base64.RawURLEncoding.EncodeToString
	input := encode(header.Bytes()) + "." + encode(claims.Bytes())
	token := input + "." + encode(signature(input, edit.Signature))
	if edit.Token != nil {
		token = edit.Token(token)
	}
	return token
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

func signature(input, how string) []byte {
	key := signingKey()
	digest := sha256.Sum256([]byte(input))
	signed, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, digest[:])
	if err != nil {
		panic(err) // a 2048 bit key signs every SHA-256 digest
	}
	switch how {
	case "none":
		return nil
	case "flipped":
		signed[0] ^= 1
	case "hs256":
		mac := hmac.New(sha256.New, x509.MarshalPKCS1PublicKey(&key.PublicKey))
		mac.Write([]byte(input))
		return mac.Sum(nil)
	}
	return signed
}
