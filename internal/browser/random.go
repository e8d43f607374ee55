//go:build js && wasm

package browser

import "github.com/pkcewasm/pkcewasm/internal/oauth"

// Random returns n bytes, at most 65536, from crypto.getRandomValues. It fails
// with the code unsupported where there is no such source; there is no other.
func Random(n int) ([]byte, error) {
	random := make([]byte, n)
	if !fillRandom(random) {
		return nil, &oauth.Error{
			Code:    oauth.CodeUnsupported,
			Message: "crypto.getRandomValues is missing or failed; nothing was sent",
			Reason:  "randomness",
		}
	}
	return random, nil
}
