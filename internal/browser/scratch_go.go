//go:build js && wasm && !tinygo

package browser

import (
	"unsafe"

	"github.com/pkcewasm/pkcewasm/internal/oauth"
)

// A call of a Go function that syscall/js wrapped costs as much as hashing a
// kilobyte. Verifier and challenge, which a page may want in bulk, have a second
// way in for loaders that know it: bytes in, text out, through these bytes.
var scratch [128]byte

// scratchAddress returns where the bytes are in linear memory.
//
//go:wasmexport pkcewasm_scratch
func scratchAddress() unsafe.Pointer { return unsafe.Pointer(&scratch) }

// scratchRandom replaces 32 random bytes by the 43 characters of a verifier and
// returns their number, 0 if the bytes are not random.
//
//go:wasmexport pkcewasm_random
func scratchRandom() int32 {
	text, err := oauth.NewVerifier(scratch[:32])
	if err != nil {
		return 0
	}
	return int32(copy(scratch[:], text))
}

// scratchChallenge replaces the n characters of a verifier by its challenge and
// returns the number of its characters, 0 if it is no verifier.
//
//go:wasmexport pkcewasm_challenge
func scratchChallenge(n int32) int32 {
	text, err := oauth.Challenge(string(scratch[:n]))
	if err != nil {
		return 0
	}
	return int32(copy(scratch[:], text))
}
