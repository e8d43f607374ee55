package oauthtest

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// DPoP says what the server makes of proofs of possession (RFC 9449). The zero
// value is a server that does not know them: it issues Bearer tokens.
type DPoP struct {
	Mode  ProofMode `json:"mode"`
	Nonce NonceMode `json:"nonce"`
	// Bearer: it takes proofs, and issues tokens that are not bound all the same.
	Bearer bool `json:"bearer"`
}

// ProofMode is how much a server wants proofs.
type ProofMode string

// NonceMode is how a server hands out nonces (RFC 9449 sections 8 and 9). The
// authorization server and the resource servers have their own in any case.
type NonceMode string

// The modes.
const (
	ProofsOptional ProofMode = "optional" // tokens are bound if there is a proof
	ProofsRequired ProofMode = "required"

	FixedNonce    NonceMode = "fixed"    // one for good, told to who does not have it
	RotatingNonce NonceMode = "rotating" // every answer brings the next one, and only that is taken
)

// proofAge is how far `iat` may be from the server's time.
const proofAge = 60 * time.Second

// Proof is a DPoP proof as it was received.
type Proof struct {
	Header  map[string]json.RawMessage `json:"header"`
	Key     map[string]string          `json:"key"` // the jwk of the header
	ID      string                     `json:"jti"`
	Method  string                     `json:"htm"`
	URL     string                     `json:"htu"`
	Issued  int64                      `json:"iat"`
	Token   string                     `json:"ath"`
	Nonce   string                     `json:"nonce"`
	Print   string                     `json:"jkt"`     // thumbprint of the key (RFC 7638)
	Problem string                     `json:"problem"` // why it was refused, "" if it was taken
}

// readProof reads the proof of a request; nil if it has none.
func (s *Server) readProof(r *request) *Proof {
	texts := r.Header.Values("DPoP")
	if len(texts) == 0 {
		return nil
	}
	p := &Proof{}
	parts := strings.Split(texts[0], ".")
	if len(texts) > 1 || len(parts) != 3 {
		p.Problem = "not one JWT"
		return p
	}
	header, payload, signature := decodeSegment(parts[0]), decodeSegment(parts[1]), decodeSegment(parts[2])
	if json.Unmarshal(header, &p.Header) != nil || json.Unmarshal(p.Header["jwk"], &p.Key) != nil || json.Unmarshal(payload, p) != nil {
		p.Problem = "not JSON"
		return p
	}
	p.Print = thumbprint(p.Key)
	p.Problem = s.proofProblem(p, r, parts[0]+"."+parts[1], signature)
	return p
}

func (s *Server) proofProblem(p *Proof, r *request, signed string, signature []byte) string {
	age := s.Now().Sub(time.Unix(p.Issued, 0))
	switch {
	case string(p.Header["typ"]) != `"dpop+jwt"`, string(p.Header["alg"]) != `"ES256"`:
		return "header"
	case len(p.Key) != 4 || p.Key["kty"] != "EC" || p.Key["crv"] != "P-256":
		return "jwk" // d is the private part
	case !Verify("ES256", p.Key, signed, signature):
		return "signature"
	case p.Method != r.Method:
		return "htm"
	case p.URL != s.URL+r.URL.Path:
		return "htu"
	case age > proofAge, age < -proofAge:
		return "iat"
	case len(p.ID) < 16:
		return "jti"
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.proofs[p.ID] {
		return "replay"
	}
	s.proofs[p.ID] = true
	return ""
}

// takeProof decides about the proof of a request to a server, "as" or "rs". The
// response is nil if the request may go on.
func (s *Server) takeProof(r *request, server, access string) *response {
	mode := s.Settings().DPoP
	proof := r.entry.Proof
	if mode.Mode == "" || proof == nil && mode.Mode != ProofsRequired && server == "as" {
		return nil
	}
	if proof == nil {
		return s.refuseProof(server, "invalid_dpop_proof")
	}
	if access != "" && proof.Problem == "" && proof.Token != s256(access) {
		s.Ledger.update(func() { proof.Problem = "ath" })
	}
	if proof.Problem != "" {
		return s.refuseProof(server, "invalid_dpop_proof")
	}
	if mode.Nonce != "" && !s.takeNonce(server, proof.Nonce) {
		s.Ledger.update(func() { proof.Problem = "nonce" })
		return s.refuseProof(server, "use_dpop_nonce")
	}
	return nil
}

func (s *Server) refuseProof(server, code string) *response {
	status := http.StatusBadRequest
	if server == "rs" {
		status = http.StatusUnauthorized
	}
	res := oauthError(status, code)
	if server == "rs" {
		res.header.Set("WWW-Authenticate", `DPoP error="`+code+`", algs="ES256"`)
	}
	if code == "use_dpop_nonce" {
		res.header.Set("DPoP-Nonce", s.nonce(server))
	}
	return &res
}

// takeNonce reports whether a nonce is the one in force, and with RotatingNonce
// puts the next one in its place.
func (s *Server) takeNonce(server, nonce string) bool {
	if nonce != s.nonce(server) {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.settings.DPoP.Nonce == RotatingNonce {
		s.nonces[server]++
	}
	return true
}

// nonce is the one in force.
func (s *Server) nonce(server string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return server + "-nonce-" + strconv.Itoa(s.nonces[server])
}

// tellNonce adds the next nonce to a successful answer.
func (s *Server) tellNonce(server string, res response) response {
	if s.Settings().DPoP.Nonce == RotatingNonce {
		res.header.Set("DPoP-Nonce", s.nonce(server))
	}
	return res
}

// thumbprint is that of RFC 7638 for a key on P-256.
func thumbprint(key map[string]string) string {
	return s256(`{"crv":"P-256","kty":"EC","x":"` + key["x"] + `","y":"` + key["y"] + `"}`)
}

func decodeSegment(text string) []byte {
	data, _ := base64.RawURLEncoding.DecodeString(text)
	return data
}

// ProofKey is a key pair of a test, as a session's keychain has it.
type ProofKey struct{ *Key }

// NewProofKey makes one.
func NewProofKey() ProofKey {
	return ProofKey{&Key{Algorithm: "ES256", private: newSigner("ES256")}}
}

// Name is "x.y", the public key.
func (k ProofKey) Name() string {
	jwk := k.JWK()
	return jwk.Text("x") + "." + jwk.Text("y")
}

// SignText is the signature of text in base64url.
func (k ProofKey) SignText(text string) string {
	return base64.RawURLEncoding.EncodeToString(k.Sign(text))
}

// Proofs returns the proofs of the requests to an endpoint, nil for a request
// without one.
func (l *Ledger) Proofs(endpoint string) []*Proof {
	var proofs []*Proof
	for _, e := range l.Entries(endpoint) {
		proofs = append(proofs, e.Proof)
	}
	return slices.Clip(proofs)
}
