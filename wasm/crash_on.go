//go:build js && wasm && crashtest

package main

import "github.com/pkcewasm/pkcewasm/internal/browser"

// register adds crash(kind), with which a test makes the module fail: "panic" in
// an asynchronous function, "sync" in a synchronous one, "exit" of the module.
func register(module *browser.Object) {
	module.AsyncFunction("crash", func(call *browser.Call) (any, error) {
		kind, err := call.Text(0, "kind")
		if err != nil {
			return nil, err
		}
		panic("crash test with a secret: " + kind)
	})
	module.Function("crashNow", func(*browser.Call) (any, error) {
		var nothing []int
		return nothing[len(nothing)], nil
	})
}
