//go:build js && wasm

// Package browser is the fence around JavaScript: the only package that imports
// safejs or syscall/js. No JavaScript value appears in a signature outside it.
//
//	value.go          a JavaScript value, its conversions and its release
//	value_go.go       the primitives with the Go toolchain (safejs catches what JavaScript throws)
//	value_tinygo.go   the primitives with TinyGo (references are released by hand)
//	promise.go        JavaScript promise to blocking Go call, and back
//	fetch.go          one HTTP request: deadline, abort, cap on the body
//	signal.go         the caller's AbortSignal
//	verify.go         signatures and hashes, by crypto.subtle
//	timer.go clock.go random.go   what the platform gives
//	platform.go       the same as a session wants it
//	vault.go          the lock and the record that tabs share
//	scratch.go        verifier and challenge without a wrapped function
//	keychain.go       the keys that tokens are bound to
//	barrier.go        a panic ends one call, not the module
//	module.go call.go Go functions offered to JavaScript under their names
//
// Two rules keep the package right under TinyGo, whose wasm target neither
// recovers from panics nor collects JavaScript references: nothing here calls a
// Web API that can throw synchronously unless the loader hands it over wrapped,
// and whoever obtains a value releases it on the same screen.
package browser
