//go:build js && wasm && crashtest && !tinygo

package main

import "os"

// end ends the module as a fatal error of the runtime does.
func end() { os.Exit(2) }
