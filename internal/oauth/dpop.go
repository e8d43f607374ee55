package oauth

import (
	"encoding/base64"
	"strconv"
	"strings"

	"github.com/pkcewasm/pkcewasm/internal/sha256"
)

const (
	// maxProofNonce is the longest nonce of a server that is sent back, in bytes.
	maxProofNonce = 2 << 10
	// clocksAgree is by how many seconds the clocks of client and server may differ without being thought wrong.
	clocksAgree = 5
)

// What a server calls a proof that it refuses (RFC 9449 sections 5 and 8).
const (
	wantsNonce   = "use_dpop_nonce"
	invalidProof = "invalid_dpop_proof"
)

// Proof is a proof of possession: it shows one server, for one request, that the sender has the private key that tokens
// are bound to. RFC 9449 section 4.2.
type Proof struct {
	Key         string // the public key: "x.y", a point on P-256 in base64url. See IsProofKey
	ID          string // from NewState, another one for every proof
	Method, URL string // of the request
	IssuedAt    int64  // seconds since the epoch
	AccessToken Secret // that the request carries; the zero Secret for none
	Nonce       string // the server's latest, "" for none
}

// SigningInput is what the private key signs, by ES256 (RFC 7515 section 5.1). Followed by "." and the signature in
// base64url it is the proof. Of the key nothing but its public part is in it.
func (p *Proof) SigningInput() string {
	header := append([]byte(`{"typ":"dpop+jwt","alg":"ES256","jwk":`), publicJWK(p.Key)...)
	target, _, _ := strings.Cut(p.URL, "#")
	target, _, _ = strings.Cut(target, "?")
	payload := AppendQuoted([]byte(`{"jti":`), p.ID)
	payload = AppendQuoted(append(payload, `,"htm":`...), p.Method)
	payload = AppendQuoted(append(payload, `,"htu":`...), target)
	payload = strconv.AppendInt(append(payload, `,"iat":`...), p.IssuedAt, 10)
	if !p.AccessToken.IsZero() {
		payload = AppendQuoted(append(payload, `,"ath":`...), hashed(p.AccessToken.Reveal()))
	}
	if p.Nonce != "" {
		payload = AppendQuoted(append(payload, `,"nonce":`...), p.Nonce)
	}
	encode := base64.RawURLEncoding.EncodeToString
	return encode(append(header, '}')) + "." + encode(append(payload, '}'))
}

// KeyThumbprint is the `dpop_jkt` of a key: its JWK thumbprint (RFC 7638 section 3, RFC 9449 section 10).
func KeyThumbprint(key string) string { return hashed(publicJWK(key)) }

// publicJWK is the key with the members that a thumbprint needs, in its order, and no other.
func publicJWK(key string) string {
	x, y, _ := strings.Cut(key, ".")
	return `{"crv":"P-256","kty":"EC","x":"` + x + `","y":"` + y + `"}`
}

func hashed(text string) string {
	hash := sha256.Sum256([]byte(text))
	return base64.RawURLEncoding.EncodeToString(hash[:])
}

// IsProofKey tells the two coordinates of a public key, 32 bytes each.
func IsProofKey(key string) bool {
	x, y, _ := strings.Cut(key, ".")
	return isCoordinate(x) && isCoordinate(y)
}

func isCoordinate(text string) bool {
	data, ok := decodeBase64URL(text)
	return ok && len(data) == 32
}

// ProofOutcome is what an answer says about the proof of its request, and for the next one.
type ProofOutcome struct {
	Nonce string // to be sent with the next proof to this server; "" if the answer has none that can be
	Dated bool   // the server's clock can be seen
	Ahead int64  // seconds by which it is ahead of ours; 0 if the two agree

	refused  string // wantsNonce or invalidProof, "" if the proof is not what was refused
	unusable bool   // the answer has a nonce that no server may send
	status   int
}

// ReadProofOutcome reads an answer of an authorization or a resource server.
func ReadProofOutcome(response *Response) *ProofOutcome {
	o := &ProofOutcome{status: response.Status}
	if nonce := response.header("DPoP-Nonce"); isProofNonce(nonce) {
		o.Nonce = nonce
	} else {
		o.unusable = nonce != ""
	}
	if response.Status != 400 && response.Status != 401 {
		return o
	}
	said := ""
	if object, err := ParseObject(response.Body); err == nil {
		value, _ := object.Get("error")
		said = value.String()
	}
	challenge := response.header("WWW-Authenticate")
	for _, code := range []string{wantsNonce, invalidProof} {
		if said == code || challengeNames(challenge, code) {
			o.refused = code
		}
	}
	if o.Dated = response.header("Date") != ""; o.Dated {
		ahead := (serverTime(response) - response.ReceivedAt) / 1000
		if max(ahead, -ahead) > clocksAgree {
			o.Ahead = ahead
		}
	}
	return o
}

// isProofNonce tells 1*NQCHAR (RFC 9449 section 8.1). Two headers, which a browser joins by ", ", are none.
func isProofNonce(text string) bool {
	return text != "" && len(text) <= maxProofNonce && errorCharacters(text) == text && !strings.Contains(text, " ")
}

// Refused says that the proof is what was refused.
func (o *ProofOutcome) Refused() bool { return o.refused != "" }

// WantsNonce says that it was refused for nothing but the missing or outdated nonce (RFC 9449 section 8).
func (o *ProofOutcome) WantsNonce() bool { return o.refused == wantsNonce }

// Error is the refusal as the caller learns of it, with the code dpop and one of the Reasons nonce_hidden, nonce, clock
// (also if it may be the clock), proof.
func (o *ProofOutcome) Error() error {
	e := &Error{Code: CodeDPoP, OAuthError: o.refused, Status: o.status, Reason: "nonce",
		Message: "the server does not accept its own nonce in the proof of possession"}
	switch {
	case o.WantsNonce() && o.unusable:
		e.Message = "the server sends a nonce that is not allowed"
	case o.WantsNonce() && o.Nonce == "":
		e.Reason = "nonce_hidden"
		e.Message = "the server wants a nonce in the proof of possession, but its DPoP-Nonce is not in Access-Control-Expose-Headers"
	case o.WantsNonce():
	case o.Dated && o.Ahead == 0:
		e.Reason, e.Message = "proof", "the server does not accept the proof of possession"
	default:
		e.Reason, e.Message = "clock", "the server does not accept the proof of possession; this device's clock may be wrong"
	}
	if e.Reason == "clock" && o.Ahead != 0 {
		e.Message += " by " + strconv.FormatInt(max(o.Ahead, -o.Ahead), 10) + " s"
	}
	return e
}

// Origin is scheme, host and port of a URL, "" if it is none.
func Origin(url string) string {
	u, ok := parseURI(url)
	if !ok {
		return ""
	}
	return lowerASCII(u.origin)
}
