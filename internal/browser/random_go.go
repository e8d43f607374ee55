//go:build js && wasm && !tinygo

package browser

// fillRandom fills dst from crypto.getRandomValues.
func fillRandom(dst []byte) bool {
	crypto, constructor := global("crypto"), global("Uint8Array") // nothing to release: the garbage collector does
	array, err := constructor.construct(float64(len(dst)))
	if err != nil {
		return false
	}
	if _, err := crypto.call("getRandomValues", array); err != nil {
		return false
	}
	n, err := copyBytes(dst, array.ref)
	return err == nil && n == len(dst)
}
