//go:build js && wasm && tinygo

package browser

import "unsafe"

// functions are the Go functions that JavaScript can call, by a number that is
// not used again, so that calling a released function does nothing.
var functions, lastFunction = map[uint32]func(args []reference) any{}, uint32(0)

// function is a Go function that JavaScript can call.
type function struct {
	id  uint32
	ref reference
}

func (f function) reference() reference { return f.ref }

// Release frees the function; JavaScript may keep it, but calls it in vain.
func (f function) Release() {
	delete(functions, f.id)
	release(f.ref)
}

//go:wasmimport pkcewasm function
func newFunction(id uint32) reference

//go:wasmimport pkcewasm arguments
func takeArguments(dst *reference)

// wrap makes f callable from JavaScript until it is released.
func wrap(f func(args []reference) any) function {
	lastFunction++
	functions[lastFunction] = f
	return function{lastFunction, newFunction(lastFunction)}
}

func unwrap(r reference) any { return r } // handed over with its reference

// dispatch is called by the loader when JavaScript calls a function. It runs on
// the system stack, where blocking is a trap: a callback starts a goroutine.
//
//export dispatch
func dispatch(id, count uint32) reference {
	args := make([]reference, count)
	if count > 0 {
		takeArguments(unsafe.SliceData(args))
	}
	f := functions[id]
	if f == nil {
		for _, arg := range args {
			release(arg)
		}
		return 0
	}
	result := f(args)
	if r, ok := result.(reference); ok {
		return r
	}
	return newReference(result)
}
