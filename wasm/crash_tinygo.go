//go:build js && wasm && crashtest && tinygo

package main

// end ends the module: every panic is a trap.
func end() { panic("end") }
