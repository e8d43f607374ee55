//go:build js && wasm && tinygo

package browser

import "unsafe"

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
