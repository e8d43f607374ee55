//go:build js && wasm && crashtest

package main

import "github.com/pkcewasm/pkcewasm/internal/browser"

// register adds what makes the module fail, for tests: crash(text) panics with
// the text in an asynchronous function, crashNow() in a synchronous one, and
// die() ends the module.
func register(module *browser.Object) {
	module.AsyncFunction("crash", func(call *browser.Call) (any, error) {
		text, err := call.Text(0, "text")
		if err != nil {
			return nil, err
		}
		panic(text)
	})
	module.Function("crashNow", func(*browser.Call) (any, error) {
		var nothing []int
		return nothing[len(nothing)], nil
	})
	module.Function("die", func(*browser.Call) (any, error) {
		end()
		return nil, nil
	})
}
