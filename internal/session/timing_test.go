package session

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pkcewasm/pkcewasm/internal/oauth"
)

// drawn are the random numbers to come, the last one over and over.
type drawn struct{ numbers []float64 }

func draws(numbers ...float64) *drawn { return &drawn{numbers} }

func (d *drawn) Float64() float64 {
	n := d.numbers[0]
	d.numbers = d.numbers[min(1, len(d.numbers)-1):]
	return n
}

func TestFirstRefreshIsSpreadOverTheTokensLife(t *testing.T) {
	noLeeway, noJitter := DefaultPolicy(), DefaultPolicy()
	noLeeway.Leeway, noJitter.Jitter = 0, 0
	for name, test := range map[string]struct {
		policy           Policy
		lifetime         int64
		earliest, latest int64
	}{
		"an hour":              {DefaultPolicy(), hour, 3540 * second / 32, 3540 * second},
		"assumed":              {DefaultPolicy(), -1, 60 * second, 240 * second},
		"a bit over twice":     {DefaultPolicy(), 121 * second, 60 * second, 61 * second},
		"twice the leeway":     {DefaultPolicy(), 120 * second, 60 * second, 60 * second},
		"below twice":          {DefaultPolicy(), 119 * second, 59_500, 59_500},
		"thirty days, F-90":    {DefaultPolicy(), 720 * hour, 80_998_125, 720*hour - 60*second},
		"no leeway":            {noLeeway, hour, 112_500, hour},
		"no jitter, no spread": {noJitter, hour, 3540 * second, 3540 * second},
	} {
		t.Run(name, func(t *testing.T) {
			for random, want := range map[float64]int64{0: test.latest, 0.5: (test.earliest + test.latest) / 2, 1: test.earliest} {
				w := newWorld(t, test.policy)
				w.m.random = draws(0, random)
				w.begin(test.lifetime)
				at, planned := w.m.NextAt(w.now)
				require.True(t, planned)
				require.InDelta(t, w.now.Wall+want, at, 1)
			}
		})
	}
}

func TestRefreshOnTimeKeepsItsRhythm(t *testing.T) {
	const rhythm, spread = 3540 * second, 3540 * second / 32
	for name, test := range map[string]struct {
		refresh func(*world)
		want    int64
	}{
		"by the timer": {func(w *world) { w.pass(hour) }, rhythm},
		"by the timer, late": {func(w *world) {
			w.now = w.now.Add(rhythm + throttled)
			w.do(w.m.Tick(w.now))
		}, rhythm},
		"after a sleep": {func(w *world) {
			w.now = w.now.Add(rhythm + throttled + 1)
			w.do(w.m.Wake(w.now))
		}, spread},
		"on demand": {func(w *world) { w.demand(Demand{Force: true}) }, spread},
		"re-sent": {func(w *world) {
			w.pass(hour)
			w.fail(netErr)
			w.pass(hour)
		}, spread},
		"in the background": {func(w *world) {
			w.pass(hour)
			for range 3 {
				w.fail(netErr)
				w.pass(hour)
			}
		}, spread},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, DefaultPolicy())
			w.m.random = draws(0)
			w.begin(hour)
			test.refresh(w)
			require.Equal(t, requesting, w.m.phase)
			w.m.random = draws(0, 1)
			w.succeed(hour)
			at, _ := w.m.NextAt(w.now)
			require.Equal(t, w.now.Wall+test.want, at)
		})
	}
}

func TestTokensOfAnotherTabAreNotSpreadTwice(t *testing.T) { // 20 tabs would refresh 20 times as often
	m := NewMachine(DefaultPolicy(), true, draws(0, 1))
	now := Instant{Wall: 1_700_000_000_000, Monotonic: 5000}
	m.Begin(now, Grant{Received: now, Lifetime: 3600 * second, Refreshable: true}, 1)
	m.random = draws(0, 1)
	m.Noticed(now, &Record{Generation: 2, Grant: Grant{Received: now, Lifetime: 3600 * second, Refreshable: true}})
	at, _ := m.NextAt(now)
	require.Equal(t, now.Wall+3540*second, at)
}

func TestASpreadRefreshThatFailsDoesNotMeanExpiring(t *testing.T) {
	w := newWorld(t, DefaultPolicy())
	w.begin(3600 * second)
	w.pass(3600 * second)
	w.fail(&oauth.Error{Code: oauth.CodeOAuth, OAuthError: "invalid_client", Status: 401})
	w.pass(1000 * second)
	require.Equal(t, []string{RefreshFailed}, w.types())
	w.pass(1000 * second)
	require.Equal(t, []string{RefreshFailed, Expiring, Expired}, w.types())
}

func TestBackgroundAttemptsBecomeRare(t *testing.T) {
	w := newWorld(t, DefaultPolicy())
	w.begin(60 * second)
	w.pass(60 * second)
	for range 2 { // the re-sends
		w.fail(netErr)
		w.pass(60 * second)
	}
	for _, ceiling := range []int64{40, 900, 1800, 3600, 3600} {
		failed := w.now.Monotonic
		w.fail(netErr)
		at, _ := w.m.NextAt(w.now)
		require.Equal(t, w.now.Wall+ceiling*second*3/4, at)
		w.pass(24 * 3600 * second)
		require.Equal(t, ceiling*second*3/4, w.now.Monotonic-failed)
	}
	require.Zero(t, w.dropped)
}

func TestBackoffIsDrawnFromTheUpperHalf(t *testing.T) {
	for random, want := range map[float64]int64{0: 450 * second, 0.5: 675 * second, 1: 900 * second} {
		require.Equal(t, want, backoff(1, random))
	}
}
