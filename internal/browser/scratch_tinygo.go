//go:build js && wasm && tinygo

package browser

import "unsafe"

// By export and not go:wasmexport, for which TinyGo starts a goroutine: 4 µs a
// call.

//export pkcewasm_scratch
func exportScratch() unsafe.Pointer { return unsafe.Pointer(&scratch) }

//export pkcewasm_random
func exportRandom() int32 { return scratchRandom() }

//export pkcewasm_challenge
func exportChallenge(n int32) int32 { return scratchChallenge(n) }
