//go:build js && wasm && !tinygo

package browser

import "github.com/hack-pad/safejs"

// newByteArray returns a Uint8Array with the bytes of data.
func newByteArray(data string) reference {
	constructor, _ := globalReference().Get("Uint8Array")
	array, err := constructor.New(len(data))
	if err == nil {
		_, _ = safejs.CopyBytesToJS(array, []byte(data))
	}
	return array
}
