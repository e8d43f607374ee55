//go:build js && wasm

package browser

// Vault is the lock and the record that the tabs of an origin share, kept by
// the page's side: IndexedDB or sessionStorage, and Web Locks, speak JavaScript
// best. It implements session.Vault.
//
// The object behind it has the methods lock(wait, steal), claim(), load(),
// commit(record, generation), put(record) and erase(upTo), which return
// promises, and unlock() and hint(). A record is {record, generation}.
type Vault struct{ object value }

// Vault returns argument n, an object with a vault's methods; nil when it is
// undefined. Its owner releases it.
func (c *Call) Vault(n int) *Vault {
	if !c.Has(n) {
		return nil
	}
	return &Vault{take(c.args, n)}
}

// Lock waits for the lock at most wait milliseconds, or takes it away.
func (v *Vault) Lock(wait int64, steal bool) bool {
	held, err := v.ask("lock", float64(wait), steal)
	defer held.release()
	return err == nil && held.isTrue()
}

// Unlock gives the lock back.
func (v *Vault) Unlock() { v.tell("unlock") }

// Claim makes this realm the only one that may commit, and loads the record.
func (v *Vault) Claim() (record string, generation int64, err error) { return v.record("claim") }

// Load returns the record, "" when there is none.
func (v *Vault) Load() (record string, generation int64, err error) { return v.record("load") }

// Commit replaces the record of a generation that this realm has claimed.
func (v *Vault) Commit(record string, generation int64) (bool, error) {
	done, err := v.ask("commit", record, float64(generation))
	defer done.release()
	return done.isTrue(), err
}

// Put replaces whatever record there is and returns the new generation.
func (v *Vault) Put(record string) (generation int64, err error) {
	result, err := v.ask("put", record)
	defer result.release()
	return int64(result.number()), err
}

// Erase deletes the record if its generation is not above upTo.
func (v *Vault) Erase(upTo int64) error {
	result, err := v.ask("erase", float64(upTo))
	result.release()
	return err
}

// Hint tells the other tabs that the record changed.
func (v *Vault) Hint() { v.tell("hint") }

func (v *Vault) record(method string) (record string, generation int64, err error) {
	result, err := v.ask(method)
	defer result.release()
	if err != nil || result.isNil() {
		return "", 0, err
	}
	text, _ := result.get("record")
	defer text.release()
	number, _ := result.get("generation")
	return text.text(), int64(number.number()), nil
}

func (v *Vault) ask(method string, args ...any) (value, error) { return ask(v.object, method, args...) }

// ask calls a method that returns a promise and waits for its outcome.
func ask(object value, method string, args ...any) (value, error) {
	promise, err := object.call(method, args...)
	return answer(promise, err)
}

// Release gives the object back.
func (v *Vault) Release() {
	if v != nil {
		v.object.release()
	}
}

func (v *Vault) tell(method string) {
	result, _ := v.object.call(method)
	result.release()
}
