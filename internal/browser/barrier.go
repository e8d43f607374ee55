//go:build js && wasm

package browser

import "github.com/pkcewasm/pkcewasm/internal/oauth"

// guard runs f and turns a panic into an error with the code crashed, so that
// one broken call does not end the module. The panic's value is dropped: it may
// hold a token. Under TinyGo a panic is a trap, which the loader reports.
func guard(f func() error) (err error) {
	defer func() {
		if recover() != nil {
			err = crashed()
		}
	}()
	return f()
}

func crashed() *oauth.Error {
	return &oauth.Error{
		Code:      oauth.CodeCrashed,
		Message:   "the module failed unexpectedly; please report what led to it",
		Retryable: true,
	}
}

// Go runs f on a goroutine of its own behind the panic barrier; onCrash, which
// may be nil, learns of a panic.
func Go(f func(), onCrash func(error)) {
	go func() {
		err := guard(func() error { f(); return nil })
		if err != nil && onCrash != nil {
			onCrash(err)
		}
	}()
}
