//go:build js && wasm && tinygo

package browser

// What the release build's loader (jsglue/go.slim.js) offers in the place of
// syscall/js, where a JavaScript exception is a panic, which TinyGo cannot
// recover from, and a reference is never freed.

// reference is a JavaScript value as the loader numbers it: the kind in the low
// three bits, above it a small number or an entry of the loader's table. The
// zero reference is undefined.
type reference uint32

const (
	nullReference  reference = 1
	falseReference reference = 2
	threw          reference = 8 // in the place of a result: JavaScript threw
	trueReference  reference = 10
)

func globalReference() reference { return 14 }

//go:wasmimport pkcewasm release
func release(r reference)

//go:wasmimport pkcewasm get
func hostGet(r reference, name string) reference

//go:wasmimport pkcewasm set
func hostSet(r reference, name string, x reference) reference

//go:wasmimport pkcewasm call
func hostCall(r reference, name string, args *reference, count uint32) reference

//go:wasmimport pkcewasm invoke
func hostInvoke(r reference, args *reference, count uint32) reference

//go:wasmimport pkcewasm construct
func hostConstruct(r reference, args *reference, count uint32) reference

//go:wasmimport pkcewasm function
func newFunction(id uint32) reference

//go:wasmimport pkcewasm arguments
func takeArguments(dst *reference) // those of the call under way
