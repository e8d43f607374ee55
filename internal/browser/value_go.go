//go:build js && wasm && !tinygo

package browser

import (
	"syscall/js"

	"github.com/hack-pad/safejs"
)

// reference is the toolchain's handle of a JavaScript value. safejs turns what
// JavaScript throws into an error.
type reference = safejs.Value

func globalReference() reference                                   { return safejs.Global() }
func getProperty(r reference, name string) (reference, error)      { return r.Get(name) }
func setProperty(r reference, name string, x reference) error      { return r.Set(name, x) }
func callMethod(r reference, m string, a []any) (reference, error) { return r.Call(m, a...) }
func invokeFunction(r reference, a []any) (reference, error)       { return r.Invoke(a...) }
func constructObject(r reference, a []any) (reference, error)      { return r.New(a...) }
func textOf(r reference) string                                    { s, _ := r.String(); return s }
func numberOf(r reference) float64                                 { f, _ := r.Float(); return f }
func boolOf(r reference) bool                                      { b, _ := r.Bool(); return b }
func copyBytes(dst []byte, r reference) (int, error)               { return safejs.CopyBytesToGo(dst, r) }
func newReference(x any) reference                                 { v, _ := safejs.ValueOf(x); return v }
func release(reference)                                            {}

// kindOf knows no bigint, at which syscall/js panics: it passes for undefined.
func kindOf(r reference) (k kind) {
	defer func() { _ = recover() }()
	return kind(r.Type())
}

// function is a Go function that JavaScript can call.
type function struct{ js.Func }

func (f function) reference() reference { return safejs.Safe(f.Value) }

// wrap makes f callable from JavaScript until it is released.
func wrap(f func(args []reference) any) function {
	return function{js.FuncOf(func(_ js.Value, args []js.Value) any {
		refs := make([]reference, len(args))
		for i, arg := range args {
			refs[i] = safejs.Safe(arg)
		}
		return f(refs)
	})}
}

// unwrap is the result of a callback as syscall/js takes it.
func unwrap(r reference) any { return safejs.Unsafe(r) }
