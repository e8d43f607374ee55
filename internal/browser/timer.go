//go:build js && wasm

package browser

// maxDelay is the longest delay of setTimeout: the engines read it as a signed
// 32-bit number, so a longer one fires at once.
const maxDelay = 1<<31 - 1

// Timer is one pending call.
type Timer struct {
	id       value
	callback function
	done     bool
}

// After calls f once, on a goroutine of its own, after delay milliseconds.
// Delays outside 0 to 2^31-1 are clamped: callers chain longer ones.
func After(delay int64, f func()) *Timer {
	t := &Timer{}
	t.callback = callback(func([]value) {
		if !t.done {
			t.finish()
			Go(f, nil)
		}
	})
	setTimeout := global("setTimeout")
	defer setTimeout.release()
	t.id, _ = setTimeout.invoke(t.callback, float64(min(max(delay, 0), maxDelay)))
	return t
}

// Stop drops the pending call, if it is still pending.
func (t *Timer) Stop() {
	if t.done {
		return
	}
	clearTimeout := global("clearTimeout")
	defer clearTimeout.release()
	result, _ := clearTimeout.invoke(t.id)
	result.release()
	t.finish()
}

func (t *Timer) finish() {
	t.done = true
	t.id.release()
	t.callback.Release()
}
