package oauth

import (
	"encoding/base64"
	"strings"
)

const (
	maxKeys    = 256
	minModulus = 2048 // bits (RFC 7518 section 3.3)
	maxModulus = 8192 // bits: verifying a signature must not become work
)

// KeySet is the set of public keys that a server publishes to have its signatures verified (RFC 7517 section 5).
type KeySet struct{ keys []PublicKey }

// PublicKey is a public key as a JWK holds it, in base64url (RFC 7518 section 6, RFC 8037 section 2). It is one of three
// kinds: Type is "RSA" and N and E are set; "EC" with the curve P-256, X and Y; or "OKP" with Ed25519 and X.
type PublicKey struct {
	Type  string
	Curve string
	N, E  string
	X, Y  string

	id        string // "" if it has none
	algorithm string // the only one that it is for, "" if it does not say
}

// FetchKeys fetches the key set at uri, the server's jwks_uri.
//
// Errors have the code id_token and the Reason keys, or the code aborted.
func FetchKeys(t Transport, uri string) (*KeySet, error) {
	response, err := t.Send(&Request{Method: "GET", URL: uri, Headers: []Header{{"Accept", "application/json"}}})
	if err != nil {
		return nil, keysError(ownError(err))
	}
	if response.Status != 200 {
		return nil, keysError(statusError(response))
	}
	keys, err := ParseKeySet(response.Body)
	if err != nil {
		return nil, keysError(ownError(err))
	}
	return keys, nil
}

// keysError says that the keys could not be had. Only the caller's own signal keeps its code.
func keysError(cause *Error) *Error {
	if cause.Code == CodeAborted {
		return cause
	}
	return &Error{
		Code: CodeIDToken, Reason: "keys", Status: cause.Status, RetryAfter: cause.RetryAfter, Retryable: cause.Retryable,
		Message: "the server's keys, which ID tokens are verified with, could not be fetched (" + string(cause.Code) + ")",
	}
}

// ParseKeySet reads a JWK Set. Keys that cannot be used are left out, as RFC 7517 section 5 asks: those of another type
// or curve, for another use or algorithm, of a size that is no good, and those that give their private part away.
//
// Errors are those of ParseObject, or have the code response and the Reason keys.
func ParseKeySet(body []byte) (*KeySet, error) {
	object, err := ParseObject(body)
	if err != nil {
		return nil, err
	}
	list, _ := object.Get("keys")
	if list.Kind != Array {
		return nil, responseError("keys", "the key set has no array of keys")
	}
	elements := list.Elements()
	if len(elements) > maxKeys {
		return nil, responseError("keys", "the key set has more than 256 keys")
	}
	set := new(KeySet)
	for _, element := range elements {
		if jwk := element.Object(); jwk != nil {
			if key, ok := readKey(jwk); ok {
				set.keys = append(set.keys, key)
			}
		}
	}
	return set, nil
}

// readKey reads a JWK (RFC 7517 section 4).
func readKey(jwk *Object) (PublicKey, bool) {
	text := func(name string) string {
		value, _ := jwk.Get(name)
		return value.String()
	}
	for _, private := range []string{"d", "p", "q", "dp", "dq", "qi", "oth", "k"} {
		if present(jwk, private) {
			return PublicKey{}, false
		}
	}
	key := PublicKey{Type: strings.Clone(text("kty")), Curve: strings.Clone(text("crv")), id: strings.Clone(text("kid"))}
	if present(jwk, "alg") {
		key.algorithm = acceptedAlgorithm(text("alg"))
		if key.algorithm == "" {
			return PublicKey{}, false
		}
	}
	if present(jwk, "use") && text("use") != "sig" || !verifies(jwk) {
		return PublicKey{}, false
	}
	ok := false
	switch {
	case key.Type == "RSA":
		key.Curve = ""
		key.N, ok = unsigned(text("n"), minModulus, maxModulus)
		if ok {
			key.E, ok = unsigned(text("e"), 2, 32) // with the exponent 1, of one bit, every message is its own signature
		}
	case key.Type == "EC" && key.Curve == "P-256":
		key.X, ok = coordinate(text("x"))
		if ok {
			key.Y, ok = coordinate(text("y"))
		}
	case key.Type == "OKP" && key.Curve == "Ed25519":
		key.X, ok = coordinate(text("x"))
	}
	return key, ok
}

// verifies says that key_ops, if there is any, allows to verify (RFC 7517 section 4.3).
func verifies(jwk *Object) bool {
	if !present(jwk, "key_ops") {
		return true
	}
	operations, _ := jwk.Get("key_ops")
	for _, operation := range operations.Elements() {
		if operation.String() == "verify" {
			return true
		}
	}
	return false
}

// unsigned reads an odd number, as those of RSA keys are, of so many bits. Some servers put a zero byte in front, which
// RFC 7518 section 2 forbids and some engines refuse.
func unsigned(text string, fewest, most int) (string, bool) {
	number, ok := decodeBase64URL(text)
	for len(number) > 0 && number[0] == 0 {
		number = number[1:]
	}
	if !ok || len(number) == 0 || number[len(number)-1]&1 == 0 {
		return "", false
	}
	size := 8 * len(number)
	for first := number[0]; first < 0x80; first <<= 1 {
		size--
	}
	return base64.RawURLEncoding.EncodeToString(number), size >= fewest && size <= most
}

// coordinate reads the 32 bytes of a coordinate, or of an Ed25519 key.
func coordinate(text string) (string, bool) {
	data, ok := decodeBase64URL(text)
	return strings.Clone(text), ok && len(data) == 32
}

// fitting are the keys that may have made a signature: those of the key ID, if the JWT names one, that are for the
// algorithm. There are several only if the server tells them apart badly, so that a few are enough.
func (s *KeySet) fitting(jwt *signedJWT) []*PublicKey {
	const enough = 8
	var keys []*PublicKey
	for i := range s.keys {
		key := &s.keys[i]
		if len(keys) < enough && key.fits(jwt) && (jwt.keyID == "" || jwt.keyID == key.id) {
			keys = append(keys, key)
		}
	}
	return keys
}

// fits says that the key is of the algorithm's type and for it.
func (k *PublicKey) fits(jwt *signedJWT) bool {
	types := "RSA"
	switch jwt.algorithm {
	case "ES256":
		types = "EC"
	case "EdDSA":
		types = "OKP"
	}
	return k.Type == types && (k.algorithm == "" || k.algorithm == jwt.algorithm)
}
