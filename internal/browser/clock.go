//go:build js && wasm

package browser

import "github.com/pkcewasm/pkcewasm/internal/session"

// Now reads both clocks in milliseconds: the wall clock (Date.now), which a user
// or a time server can set, and the monotonic one (performance.now), which may
// stop while the machine sleeps.
func Now() session.Instant {
	return session.Instant{Wall: readClock("Date"), Monotonic: readClock("performance")}
}

func readClock(name string) int64 {
	clock := global(name)
	defer clock.release()
	now, _ := clock.call("now")
	defer now.release()
	return int64(now.number())
}

// Online reports whether the engine believes it has a network. It errs on the
// side of yes: a server runtime has no navigator.onLine.
func Online() bool {
	navigator := global("navigator")
	defer navigator.release()
	onLine, _ := navigator.get("onLine")
	return onLine.kind() != kindBoolean || onLine.isTrue()
}
