package oauth

import (
	"encoding/base64"

	"github.com/pkcewasm/pkcewasm/internal/sha256"
)

// randomSize is the number of random bytes in a verifier, state and nonce: 256 bits, where RFC 7636 section 7.1 and
// RFC 6749 section 10.10 ask for 256 and 160.
const randomSize = 32

// NewVerifier makes a code verifier of 43 characters from 32 bytes of a cryptographic random number generator.
// It fails with the code unsupported if there are not 32 bytes or all are equal, as a broken generator gives them.
// RFC 7636 section 4.1.
func NewVerifier(random []byte) (string, error) { return newRandom(random) }

// NewState makes a state in the form of NewVerifier. RFC 6749 section 10.12.
func NewState(random []byte) (string, error) { return newRandom(random) }

// NewNonce makes a nonce in the form of NewVerifier. OpenID Connect Core 1.0 section 15.5.2.
func NewNonce(random []byte) (string, error) { return newRandom(random) }

func newRandom(random []byte) (string, error) {
	if len(random) != randomSize || allEqual(random) {
		return "", &Error{Code: CodeUnsupported, Reason: "random", Message: "the platform gave no usable random numbers"}
	}
	return base64.RawURLEncoding.EncodeToString(random), nil
}

func allEqual(bytes []byte) bool {
	for _, b := range bytes {
		if b != bytes[0] {
			return false
		}
	}
	return true
}

// Challenge is the code challenge of a verifier with the method S256: the base64url form of its SHA-256 hash. It fails
// with the code config unless the verifier has 43 to 128 unreserved characters. RFC 7636 section 4.2.
func Challenge(verifier string) (string, error) {
	if !isVerifier(verifier) {
		return "", ConfigError("verifier", "must have 43 to 128 letters, digits and characters of -._~")
	}
	hash := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(hash[:]), nil
}

// isVerifier tells 43*128unreserved (RFC 7636 section 4.1).
func isVerifier(text string) bool {
	for _, c := range []byte(text) {
		if !isAlphanumeric(c) && c != '-' && c != '.' && c != '_' && c != '~' {
			return false
		}
	}
	return len(text) >= 43 && len(text) <= 128
}
