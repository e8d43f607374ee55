//go:build js && wasm && !crashtest

package main

import "github.com/pkcewasm/pkcewasm/internal/browser"

// register adds what only a test build offers: nothing.
func register(*browser.Object) {}
