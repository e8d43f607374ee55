//go:build js && wasm && tinygo

package browser

import (
	"slices"
	"unsafe"
)

// function is a Go function that JavaScript can call, by a number that is not
// used again, so that calling a released function does nothing.
type function struct {
	id  uint32
	ref reference
}

// functions are those that have not been released, never many at a time.
var functions, lastFunction = []callable(nil), uint32(0)

type callable struct {
	id   uint32
	call func(args []reference) any
}

func (f function) reference() reference { return f.ref }

// Release frees the function; JavaScript may keep it, but calls it in vain.
func (f function) Release() {
	functions = slices.DeleteFunc(functions, func(c callable) bool { return c.id == f.id })
	release(f.ref)
}

// wrap makes f callable from JavaScript until it is released.
func wrap(f func(args []reference) any) function {
	lastFunction++
	functions = append(functions, callable{lastFunction, f})
	return function{lastFunction, newFunction(lastFunction)}
}

func unwrap(r reference) any { return r } // handed over with its reference

// dispatch is called by the loader when JavaScript calls a function. It runs on
// the system stack, where blocking is a trap: a callback starts a goroutine.
//
//export dispatch
func dispatch(id, count uint32) reference {
	args := make([]reference, count)
	takeArguments(unsafe.SliceData(args))
	for _, f := range functions {
		if f.id == id {
			return newReference(f.call(args))
		}
	}
	for _, arg := range args {
		release(arg)
	}
	return 0
}
