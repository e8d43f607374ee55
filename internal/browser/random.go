//go:build js && wasm

package browser

import "github.com/pkcewasm/pkcewasm/internal/oauth"

// Random returns n bytes, at most 65536, from crypto.getRandomValues. It fails
// with the code unsupported where there is no such source; there is no other.
func Random(n int) ([]byte, error) {
	missing := &oauth.Error{
		Code:    oauth.CodeUnsupported,
		Message: "crypto.getRandomValues is missing or failed; nothing was sent",
		Reason:  "randomness",
	}
	crypto, constructor := global("crypto"), global("Uint8Array")
	defer crypto.release()
	defer constructor.release()
	array, err := constructor.construct(float64(n))
	if err != nil {
		return nil, missing
	}
	defer array.release()
	filled, err := crypto.call("getRandomValues", array)
	filled.release()
	if err != nil {
		return nil, missing
	}
	random := make([]byte, n)
	if copied, err := copyBytes(random, array.ref); err != nil || copied != n {
		return nil, missing
	}
	return random, nil
}
