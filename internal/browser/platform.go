//go:build js && wasm

package browser

import (
	"github.com/pkcewasm/pkcewasm/internal/oauth"
	"github.com/pkcewasm/pkcewasm/internal/session"
)

// Platform is the JavaScript realm as a session needs it. It implements
// session.Platform.
type Platform struct{}

// Now reads both clocks.
func (Platform) Now() session.Instant { return Now() }

// After calls f once after delay milliseconds.
func (Platform) After(delay int64, f func()) (stop func()) { return After(delay, f).Stop }

// Online reports whether the engine believes it has a network.
func (Platform) Online() bool { return Online() }

// Transport sends requests with fetch.
func (Platform) Transport(timeout int64) oauth.Transport { return &Transport{Timeout: timeout} }

// Random returns n unpredictable bytes.
func (Platform) Random(n int) ([]byte, error) { return Random(n) }

// Go runs f behind the panic barrier.
func (Platform) Go(f func(), onCrash func(error)) { Go(f, onCrash) }

// InPage reports whether this is a page or one of its workers, where a client
// secret is no secret. Only browsers' workers have importScripts.
func InPage() bool {
	document, scripts := global("document"), global("importScripts")
	defer document.release()
	defer scripts.release()
	return !document.isNil() || !scripts.isNil()
}
