//go:build js && wasm && tinygo

package browser

import "unsafe"

//go:wasmimport pkcewasm string
func newText(s string) reference

//go:wasmimport pkcewasm bytes
func newByteArray(data string) reference

//go:wasmimport pkcewasm number
func newNumber(f float64) reference

//go:wasmimport pkcewasm float
func numberOf(r reference) float64

//go:wasmimport pkcewasm measure
func measureText(r reference) uint32 // bytes; readText copies them

//go:wasmimport pkcewasm read
func readText(dst *byte)

//go:wasmimport pkcewasm copy
func readBytes(r reference, dst *byte, length uint32) int32 // -1: not a byte array

func textOf(r reference) string {
	text := make([]byte, measureText(r))
	readText(unsafe.SliceData(text))
	return unsafe.String(unsafe.SliceData(text), len(text))
}

func copyBytes(dst []byte, r reference) (int, error) {
	n := readBytes(r, unsafe.SliceData(dst), uint32(len(dst)))
	if n < 0 {
		return 0, errThrew
	}
	return int(n), nil
}

func newReference(x any) reference {
	switch x := x.(type) {
	case reference:
		return x
	case string:
		return newText(x)
	case float64:
		return newNumber(x)
	case int:
		return newNumber(float64(x))
	case bool:
		if x {
			return trueReference
		}
		return falseReference
	}
	return nullReference
}
