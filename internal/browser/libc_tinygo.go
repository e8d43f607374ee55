//go:build js && wasm && tinygo

package browser

import "unsafe"

// Two functions of the C library, in the place of those of wasi-libc, which
// bring a cipher, assertions and all of stdio along: 9 KB of the compressed
// module. The runtime calls the first one for the seed of its hash tables.

//go:wasmimport wasi_snapshot_preview1 random_get
func randomGet(dst *byte, length uint32) uint32 // 0, or WASI's number of an error

// fillRandom fills dst from crypto.getRandomValues.
func fillRandom(dst []byte) bool { return randomGet(unsafe.SliceData(dst), uint32(len(dst))) == 0 }

//export arc4random
func arc4random() uint32 {
	var seed [4]byte
	fillRandom(seed[:])
	return *(*uint32)(unsafe.Pointer(&seed))
}

//export __stdio_exit
func stdioExit() {}
