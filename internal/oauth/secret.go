package oauth

import "strings"

const redacted = "[redacted]"

// Secret is a token, code, verifier or client secret. Every formatter prints it as [redacted] or as an address, also
// deep inside a struct whose fields it cannot call methods on: that is why there is a pointer in it. The zero value
// is the absent secret. Two secrets are not comparable with ==.
type Secret struct{ p *string }

// NewSecret hides value in a copy of its own, so that it does not keep the text alive that it was cut from.
// The empty string gives the zero Secret.
func NewSecret(value string) Secret {
	if value == "" {
		return Secret{}
	}
	own := strings.Clone(value)
	return Secret{&own}
}

// Reveal is the hidden value, "" for the zero Secret. What it returns must go to the wire or into storage only.
func (s Secret) Reveal() string {
	if s.p == nil {
		return ""
	}
	return *s.p
}

// IsZero says that there is no secret.
func (s Secret) IsZero() bool { return s.p == nil }

// IsToken says that the secret can be a token: it fits into a header and survives it (RFC 6749 appendix A.12).
func (s Secret) IsToken() bool { return isToken(s.Reveal()) }

// String is "[redacted]".
func (Secret) String() string { return redacted }

// GoString is "[redacted]".
func (Secret) GoString() string { return redacted }

// MarshalJSON is the JSON string "[redacted]".
func (Secret) MarshalJSON() ([]byte, error) { return []byte(`"` + redacted + `"`), nil }

// telling is the number of characters by which a secret is recognised.
const telling = 16

// mentions says that text contains one of secrets that has at least shortest characters, as it is or form-encoded, or
// the beginning of one: a server that echoes a long token may cut it off.
func mentions(text string, secrets []string, shortest int) bool {
	for _, secret := range secrets {
		if len(secret) < shortest {
			continue
		}
		encoded := string(appendFormValue(nil, secret))
		if strings.Contains(text, secret[:min(len(secret), telling)]) ||
			strings.Contains(text, encoded[:min(len(encoded), telling)]) {
			return true
		}
	}
	return false
}
