//go:build js && wasm

package browser

import "github.com/pkcewasm/pkcewasm/internal/oauth"

// A call of a wrapped function costs more than hashing a verifier. Verifier and
// challenge, which a page may want in bulk, have a second way in: bytes in, text
// out, through these bytes of linear memory (jsglue/scratch.js). The toolchains
// export the functions below each in its own way.
var scratch [128]byte //nolint:unused // by the exports

// scratchRandom replaces 32 random bytes by the 43 characters of a verifier and
// returns their number, 0 if the bytes are not random.
func scratchRandom() int32 { //nolint:unused // exported
	text, err := oauth.NewVerifier(scratch[:32])
	if err != nil {
		return 0
	}
	return int32(copy(scratch[:], text))
}

// scratchChallenge replaces the n characters of a verifier by its challenge and
// returns the number of its characters, 0 if it is no verifier.
func scratchChallenge(n int32) int32 { //nolint:unused // exported
	text, err := oauth.Challenge(string(scratch[:n]))
	if err != nil {
		return 0
	}
	return int32(copy(scratch[:], text))
}
