//go:build js && wasm

package browser

// Signal is the caller's AbortSignal. The zero value never aborts.
type Signal struct {
	signal value
	stop   func() // ends OnAbort
}

// Aborted reports whether the caller has given up already.
func (s *Signal) Aborted() bool {
	if s == nil {
		return false
	}
	aborted, _ := s.signal.get("aborted")
	defer aborted.release()
	return aborted.isTrue()
}

// listen calls f when the signal aborts, until the returned function is called.
func (s *Signal) listen(f func()) (stop func()) {
	if s == nil || s.signal.isNil() {
		return func() {}
	}
	listener := callback(func([]value) { f() })
	added, _ := s.signal.call("addEventListener", "abort", listener)
	added.release()
	return func() {
		removed, _ := s.signal.call("removeEventListener", "abort", listener)
		removed.release()
		listener.Release()
	}
}

// OnAbort calls f, which must not block, once the signal aborts, until Release.
func (s *Signal) OnAbort(f func()) {
	if s != nil {
		s.stop = s.listen(f)
	}
}

// Release gives the signal back; the caller of an exported function does it
// when the call is over.
func (s *Signal) Release() {
	if s == nil {
		return
	}
	if s.stop != nil {
		s.stop()
	}
	s.signal.release()
}
