//go:build js && wasm && tinygo

package browser

import (
	"syscall/js"
	"unsafe"
)

// reference is the toolchain's handle of a JavaScript value. Nothing throws
// here: the release build's loader hands over Web APIs already wrapped.
type reference = js.Value

func globalReference() reference                                   { return js.Global() }
func kindOf(r reference) kind                                      { return kind(r.Type()) }
func getProperty(r reference, name string) (reference, error)      { return r.Get(name), nil }
func setProperty(r reference, name string, x reference) error      { r.Set(name, x); return nil }
func callMethod(r reference, m string, a []any) (reference, error) { return r.Call(m, a...), nil }
func invokeFunction(r reference, a []any) (reference, error)       { return r.Invoke(a...), nil }
func constructObject(r reference, a []any) (reference, error)      { return r.New(a...), nil }
func textOf(r reference) string                                    { return r.String() }
func numberOf(r reference) float64                                 { return r.Float() }
func boolOf(r reference) bool                                      { return r.Bool() }
func copyBytes(dst []byte, r reference) (int, error)               { return js.CopyBytesToGo(dst, r), nil }
func newReference(x any) reference                                 { return js.ValueOf(x) }

//go:wasmimport gojs syscall/js.finalizeRef
func finalizeRef(ref uint64)

// release gives r back to the loader: TinyGo has no finalizers.
func release(r reference) { finalizeRef(*(*uint64)(unsafe.Pointer(&r))) }

// function is a Go function that JavaScript can call.
type function struct{ js.Func }

func (f function) reference() reference { return f.Value }

// wrap makes f callable from JavaScript until it is released.
func wrap(f func(args []reference) any) function {
	return function{js.FuncOf(func(this js.Value, args []js.Value) any {
		release(this)
		return f(args)
	})}
}

// unwrap is the result of a callback as syscall/js takes it; the loader takes
// the reference over.
func unwrap(r reference) any { return r }
