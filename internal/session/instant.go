package session

// Instant is one moment on both clocks, in milliseconds. The wall clock counts
// from the Unix epoch and may jump; the monotonic clock counts from an arbitrary
// start and may stop while the machine sleeps. Neither alone can be trusted.
type Instant struct {
	Wall      int64
	Monotonic int64
}

// Add returns the instant d milliseconds later on both clocks.
func (t Instant) Add(d int64) Instant {
	return Instant{t.Wall + d, t.Monotonic + d}
}

// Until returns the milliseconds from now to t by the clock on which t comes
// first; zero or less means that one of the clocks has reached t.
func (t Instant) Until(now Instant) int64 {
	return min(t.Wall-now.Wall, t.Monotonic-now.Monotonic)
}
