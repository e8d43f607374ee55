//go:build js && wasm

package browser

// Keychain keeps the keys that tokens are bound to. The page's side has them, as
// CryptoKeys that cannot be exported: only crypto.subtle can use those, and only
// IndexedDB keep them. It implements session.Keychain.
//
// The object behind it has the methods create(), sign(key, text, limit), store(key) and
// erase(key), which return promises.
type Keychain struct{ object value }

// Keychain returns argument n, an object with a keychain's methods; nil when it
// is undefined. Its owner releases it.
func (c *Call) Keychain(n int) *Keychain {
	if !c.Has(n) {
		return nil
	}
	return &Keychain{take(c.args, n)}
}

// Create makes a key and returns its name.
func (k *Keychain) Create() (key string, err error) { return k.text("create") }

// Sign returns the signature of text, "" if there is no such key.
func (k *Keychain) Sign(key, text string, limit int64) (signature string, err error) {
	return k.text("sign", key, text, float64(limit))
}

// Store lets a key outlive this realm.
func (k *Keychain) Store(key string) error {
	_, err := k.text("store", key)
	return err
}

// Erase forgets a key. One that storage does not give up is lost with the site's data.
func (k *Keychain) Erase(key string) { _, _ = k.text("erase", key) }

func (k *Keychain) text(method string, args ...any) (string, error) {
	result, err := ask(k.object, method, args...)
	defer result.release()
	return result.text(), err
}

// Release gives the object back.
func (k *Keychain) Release() {
	if k != nil {
		k.object.release()
	}
}
