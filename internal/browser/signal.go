//go:build js && wasm

package browser

// Signal is the caller's AbortSignal. The zero value never aborts.
type Signal struct {
	signal  value
	onAbort listening
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

// listening is what calls a function when a signal aborts. The zero value is nothing.
type listening struct {
	signal   *Signal
	listener function
}

// listen calls f when the signal aborts, until stop.
func (s *Signal) listen(f func()) listening {
	if s == nil || s.signal.isNil() {
		return listening{}
	}
	l := listening{s, callback(func([]value) { f() })}
	added, _ := s.signal.call("addEventListener", "abort", l.listener)
	added.release()
	return l
}

func (l listening) stop() {
	if l.signal == nil {
		return
	}
	removed, _ := l.signal.signal.call("removeEventListener", "abort", l.listener)
	removed.release()
	l.listener.Release()
}

// OnAbort calls f, which must not block, once the signal aborts, until Release.
func (s *Signal) OnAbort(f func()) {
	if s != nil {
		s.onAbort = s.listen(f)
	}
}

// Release gives the signal back; the caller of an exported function does it
// when the call is over.
func (s *Signal) Release() {
	if s == nil {
		return
	}
	s.onAbort.stop()
	s.signal.release()
}
