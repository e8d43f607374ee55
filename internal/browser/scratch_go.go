//go:build js && wasm && !tinygo

package browser

import "unsafe"

//go:wasmexport pkcewasm_scratch
func exportScratch() unsafe.Pointer { return unsafe.Pointer(&scratch) }

//go:wasmexport pkcewasm_random
func exportRandom() int32 { return scratchRandom() }

//go:wasmexport pkcewasm_challenge
func exportChallenge(n int32) int32 { return scratchChallenge(n) }
