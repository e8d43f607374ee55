package session

const (
	// heartbeat is the longest a timer runs. It bounds how late a sleep or a
	// clock jump is noticed and keeps every delay far below 2^31-1 ms, beyond
	// which browsers fire at once.
	heartbeat = 30 * second
	// steadyInterval is the least time between two refreshes that nobody asked for.
	steadyInterval = 10 * second
	// jumpInterval is the least time between two refreshes that only a jump of
	// the wall clock made due.
	jumpInterval = 60 * second
	// throttled is how late a browser may fire the timer of a hidden page.
	throttled = 60 * second
	// burstInterval is the least time between any two requests after a failure.
	burstInterval = 1 * second
	// windowLength and windowRequests cap what a fault can cause.
	windowLength   = 60 * second
	windowRequests = 10
)

// demandIntervals are the least times between two requests that callers cause, by how many have failed since the last success (1, 2, ...).
// With them the requests of a window last for all of it, however often somebody asks: a network that comes back is noticed
// soon, and a server that takes a token again for a minute, because its answer may have been lost, is asked in that minute.
var demandIntervals = []int64{1 * second, 1 * second, 2 * second, 4 * second, 8 * second, 10 * second}

// due returns the milliseconds after receipt at which a token of the given
// lifetime should be refreshed. A lifetime below twice the leeway is refreshed
// at its half, but not before a second has passed. No jitter takes more than three
// quarters of a life.
func (p Policy) due(lifetime int64, random float64) int64 {
	if lifetime < 2*p.Leeway {
		return max(lifetime/2, second)
	}
	return max(lifetime-p.Leeway-int64(random*float64(p.Jitter)), lifetime/4)
}

// spread moves the refresh of a token to a random time of the token's life, from
// the leeway, or from a small part of a long life, to due. Clients that got their
// tokens together, because an application was deployed or a server came back,
// would come back together for ever: the jitter alone leaves all of a million
// that signed in within a minute in one minute of every hour, at 60 times the
// mean rate. Spread once, they stay apart by refreshing on time.
func (p Policy) spread(due int64, random float64) int64 {
	if p.Jitter == 0 {
		return due
	}
	earliest := min(max(p.Leeway, due/32), due)
	return due - int64(random*float64(due-earliest))
}

// governor remembers requests, in milliseconds of the monotonic clock, to limit
// how often the next may follow. The wall clock has no say: it may jump.
type governor struct {
	last     int64   // the last request
	lastJump int64   // the last request caused by a jump of the wall clock
	counted  []int64 // requests of the current window that were automatic or failed
}

// newGovernor returns a governor that allows a request at once.
func newGovernor() governor { return governor{last: -1 << 62, lastJump: -1 << 62} }

// sent records a request.
func (g *governor) sent(now int64) { g.last = now }

// count records that the last request counts against the window.
func (g *governor) count() {
	if n := len(g.counted); n == 0 || g.counted[n-1] != g.last {
		g.counted = append(g.counted, g.last)
	}
	if len(g.counted) > windowRequests {
		g.counted = g.counted[1:]
	}
}

// wait returns the milliseconds until a request may be sent with the given
// distance to the last one; 0 means now.
func (g *governor) wait(now, interval int64) int64 {
	wait := g.last + interval - now
	if len(g.counted) == windowRequests {
		wait = max(wait, g.counted[0]+windowLength-now)
	}
	return max(wait, 0)
}
