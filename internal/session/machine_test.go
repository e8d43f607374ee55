package session

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pkcewasm/pkcewasm/internal/oauth"
)

// world drives a machine by hand: time passes when the test says so.
type world struct {
	t       *testing.T
	m       *Machine
	now     Instant
	sent    int
	armed   int64
	notices []*Notice
	settled []*oauth.Error
	dropped int
}

func newWorld(t *testing.T, policy Policy) *world {
	return &world{t: t, m: NewMachine(policy, false, draws(0.5)), now: Instant{Wall: 1_700_000_000_000, Monotonic: 5000}}
}

func (w *world) do(actions []Action) {
	for _, action := range actions {
		switch action.Kind {
		case Send:
			w.sent++
			w.armed = 0
		case Arm:
			require.Positive(w.t, action.Delay)
			require.LessOrEqual(w.t, action.Delay, int64(heartbeat))
			w.armed = action.Delay
		case Publish:
			w.notices = append(w.notices, action.Notice)
		case Settle:
			w.settled = append(w.settled, action.Err)
		case Drop:
			w.dropped++
		}
	}
}

// pass lets the timer fire until d ms are over or a request is under way.
func (w *world) pass(d int64) {
	end := w.now.Monotonic + d
	for w.m.phase != requesting && w.armed > 0 && w.now.Monotonic+w.armed <= end {
		w.now = w.now.Add(w.armed)
		w.armed = 0
		w.do(w.m.Tick(w.now))
	}
	if w.m.phase != requesting {
		w.armed -= end - w.now.Monotonic
		w.now = w.now.Add(end - w.now.Monotonic)
	}
}

func (w *world) begin(lifetime int64) { w.do(w.m.Begin(w.now, w.grant(lifetime), 0)) }

func (w *world) grant(lifetime int64) Grant {
	return Grant{Received: w.now, Lifetime: lifetime, Refreshable: true}
}
func (w *world) succeed(lifetime int64) { w.do(w.m.Succeed(w.now, w.grant(lifetime))) }
func (w *world) fail(err *oauth.Error)  { w.do(w.m.Fail(w.now, err)) }
func (w *world) demand(d Demand) (Decision, *oauth.Error) {
	decision, actions, err := w.m.Demand(w.now, d)
	w.do(actions)
	return decision, err
}

func (w *world) types() []string {
	var types []string
	for _, n := range w.notices {
		types = append(types, n.Type)
	}
	return types
}

var (
	netErr    = &oauth.Error{Code: oauth.CodeNetwork, Retryable: true}
	serverErr = &oauth.Error{Code: oauth.CodeHTTP, Status: 500, Retryable: true}
	grantErr  = &oauth.Error{Code: oauth.CodeOAuth, OAuthError: "invalid_grant", Status: 400}
)

func TestRefreshIsDueBeforeExpiry(t *testing.T) {
	for name, test := range map[string]struct{ lifetime, due int64 }{
		"an hour":               {3600 * second, 3600*second - 60*second - 5*second},
		"twice the leeway":      {120 * second, 120*second - 60*second - 5*second},
		"below twice, F-91":     {119 * second, 59_500},
		"five seconds, F-91":    {5 * second, 2500},
		"one second, F-91":      {1 * second, 1000},
		"nothing, F-86":         {0, 1000},
		"assumed, F-82":         {-1, 300*second - 65*second},
		"thirty days, F-90":     {30 * 86400 * second, 30*86400*second - 65*second},
		"the ms boundary, F-90": {2147484 * second, 2147484*second - 65*second},
		"ten years, F-89":       {315_360_000 * second, 315_360_000*second - 65*second},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, DefaultPolicy())
			w.m.random = draws(0.5, 0) // half the jitter, and not spread
			start := w.now
			w.begin(test.lifetime)
			at, planned := w.m.NextAt(w.now)
			require.True(t, planned)
			require.Equal(t, start.Wall+test.due, at)
			if test.due > 86400*second { // months of heartbeats take a while
				w.now = w.now.Add(test.due - 3600*second)
				w.do(w.m.Tick(w.now))
				w.pass(3600*second - 1)
			} else {
				w.pass(test.due - 1)
			}
			require.Zero(t, w.sent, "not a millisecond early")
			w.pass(heartbeat)
			require.Equal(t, 1, w.sent)
			require.Equal(t, test.due, w.now.Monotonic-start.Monotonic)
		})
	}
}

func TestSteadyStateIsAtMostOneRequestInTenSeconds(t *testing.T) {
	w := newWorld(t, DefaultPolicy())
	w.begin(1 * second)
	start := w.now.Monotonic
	for range 6 {
		w.pass(60 * second)
		w.succeed(1 * second)
	}
	require.Equal(t, 6, w.sent)
	require.GreaterOrEqual(t, w.now.Monotonic-start, int64(50*second))
	require.Equal(t, Degraded, w.types()[0])
	require.Len(t, filter(w.types(), Degraded), 1, "said once")
}

func TestSingleFlight(t *testing.T) {
	w := newWorld(t, DefaultPolicy())
	w.begin(60 * second)
	for range 50 {
		decision, err := w.demand(Demand{Force: true})
		require.Equal(t, Wait, decision)
		require.Nil(t, err)
	}
	require.Equal(t, 1, w.sent)
	w.succeed(60 * second)
	require.Equal(t, []*oauth.Error{nil}, w.settled)
	decision, _ := w.demand(Demand{})
	require.Equal(t, Ready, decision)
	decision, _ = w.demand(Demand{Force: true})
	require.Equal(t, Wait, decision, "a forced call after the answer starts a second one")
	require.Equal(t, 2, w.sent)
}

func TestAmbiguousFailureIsResentTwiceThenInTheBackground(t *testing.T) {
	w := newWorld(t, DefaultPolicy())
	w.begin(10 * second)
	w.pass(60 * second)
	require.Equal(t, 1, w.sent)
	first := w.now.Monotonic
	w.fail(netErr)
	decision, _ := w.demand(Demand{MinValidity: 9 * second})
	require.Equal(t, Wait, decision, "callers wait for the re-send")
	w.pass(60 * second)
	require.Equal(t, 2, w.sent)
	require.Equal(t, int64(1000), w.now.Monotonic-first)
	w.fail(serverErr)
	require.Empty(t, w.settled)
	w.pass(60 * second)
	require.Equal(t, 3, w.sent)
	require.Equal(t, int64(4000), w.now.Monotonic-first)
	w.fail(serverErr)
	require.Equal(t, []*oauth.Error{serverErr}, w.settled)
	w.pass(60 * second)
	require.Equal(t, 4, w.sent, "the background goes on")
	w.succeed(10 * second)
	require.Equal(t, []*oauth.Error{serverErr, nil}, w.settled)
	require.Equal(t, []string{RefreshFailed, RefreshFailed, RefreshFailed, Expired, Refreshed}, w.types())
	for _, n := range w.notices {
		require.Equal(t, n.Type == RefreshFailed, n.WillRetry)
	}
	require.Zero(t, w.dropped)
}

func TestResendsEndFifteenSecondsAfterTheFirst(t *testing.T) {
	w := newWorld(t, DefaultPolicy())
	w.begin(100 * second)
	w.pass(60 * second)
	w.now = w.now.Add(15 * second)
	w.fail(&oauth.Error{Code: oauth.CodeTimeout})
	require.Len(t, w.settled, 1, "a timeout leaves no room for a re-send")
}

func TestWhatAFailureMeans(t *testing.T) {
	oauthError := func(code string) *oauth.Error {
		return &oauth.Error{Code: oauth.CodeOAuth, OAuthError: code, Status: 400}
	}
	status := func(status int) *oauth.Error { return &oauth.Error{Code: oauth.CodeHTTP, Status: status} }
	for name, test := range map[string]struct {
		err  *oauth.Error
		want verdict
	}{
		"F-03":         {status(201), retryNow},
		"F-05":         {&oauth.Error{Code: oauth.CodeResponse}, retryNow},
		"F-07":         {oauthError("invalid_request"), park},
		"F-08":         {oauthError("invalid_client"), park},
		"F-10 client":  {oauthError("unauthorized_client"), park},
		"F-10 scope":   {oauthError("invalid_scope"), park},
		"F-11":         {oauthError("invalid_grant"), end},
		"F-12":         {status(400), retryLater},
		"F-16":         {oauthError("interaction_required"), askUser},
		"F-16 consent": {oauthError("consent_required"), askUser},
		"F-19":         {status(404), park},
		"F-22 408":     {status(408), retryNow},
		"F-22 425":     {status(425), retryNow},
		"F-23":         {&oauth.Error{Code: oauth.CodeRateLimited, Status: 429, RetryAfter: 7}, retryLater},
		"F-27":         {status(502), retryNow},
		"F-28":         {&oauth.Error{Code: oauth.CodeHTTP, Status: 503, RetryAfter: 7}, retryLater},
		"F-29":         {status(500), retryNow},
		"F-30":         {&oauth.Error{Code: oauth.CodeRedirect}, retryLater},
		"F-35":         {status(418), retryLater},
		"F-64":         {&oauth.Error{Code: oauth.CodeTooLarge}, retryNow},
		"F-95":         {&oauth.Error{Code: oauth.CodeIDToken, Reason: "sub"}, end},
		"F-T2":         {&oauth.Error{Code: oauth.CodeNetwork, Reason: "offline"}, retryLater},
		"F-T4":         {netErr, retryNow},
		"F-T9":         {&oauth.Error{Code: oauth.CodeTimeout}, retryNow},
	} {
		t.Run(name, func(t *testing.T) { require.Equal(t, test.want, judge(test.err)) })
	}
}

func TestInvalidGrantEndsTheSessionOnce(t *testing.T) {
	w := newWorld(t, DefaultPolicy())
	w.begin(60 * second)
	w.demand(Demand{Force: true})
	w.fail(grantErr)
	require.Equal(t, 1, w.dropped)
	require.Equal(t, oauth.CodeSessionExpired, w.settled[0].Code)
	require.Equal(t, []string{SignedOut}, w.types())
	require.Equal(t, "invalid_grant", w.notices[0].Reason)
	w.fail(grantErr)
	w.do(w.m.SignOut("logout"))
	w.do(w.m.Tick(w.now.Add(60 * second)))
	require.Equal(t, []string{SignedOut}, w.types(), "and only once")
	decision, err := w.demand(Demand{})
	require.Equal(t, Refuse, decision)
	require.Equal(t, oauth.CodeLoginRequired, err.Code)
}

func TestParkedSessionWaitsForTheApplication(t *testing.T) {
	w := newWorld(t, DefaultPolicy())
	w.begin(60 * second)
	w.pass(60 * second)
	bad := &oauth.Error{Code: oauth.CodeOAuth, OAuthError: "invalid_client", Status: 401}
	w.fail(bad)
	require.False(t, w.notices[0].WillRetry)
	w.pass(3600 * second)
	require.Equal(t, 1, w.sent, "nothing by itself")
	require.Equal(t, []string{RefreshFailed, Expiring, Expired}, w.types())
	decision, err := w.demand(Demand{})
	require.Equal(t, Refuse, decision)
	require.Equal(t, bad, err)
	decision, _ = w.demand(Demand{Force: true})
	require.Equal(t, Wait, decision)
	w.succeed(60 * second)
	require.Zero(t, w.dropped)
}

func TestWrongEndpointIsTriedAgainAfterFiveMinutes(t *testing.T) {
	w := newWorld(t, DefaultPolicy())
	w.begin(60 * second)
	w.pass(60 * second)
	failed := w.now.Monotonic
	w.fail(&oauth.Error{Code: oauth.CodeHTTP, Status: 404})
	w.pass(3600 * second)
	require.Equal(t, 2, w.sent)
	require.Equal(t, int64(parkedRetry), w.now.Monotonic-failed)
}

func TestInteractionRequiredKeepsTheSessionUntilTheTokenExpires(t *testing.T) {
	w := newWorld(t, DefaultPolicy())
	w.begin(60 * second)
	w.pass(60 * second)
	w.fail(&oauth.Error{Code: oauth.CodeOAuth, OAuthError: "interaction_required", Status: 400})
	decision, _ := w.demand(Demand{})
	require.Equal(t, Ready, decision)
	w.pass(60 * second)
	require.Equal(t, []string{RefreshFailed, Expiring, Expired, SignedOut}, w.types())
	require.Equal(t, "interaction_required", w.notices[3].Reason)
	require.Equal(t, 1, w.sent)
}

func TestRetryAfterIsObeyed(t *testing.T) {
	w := newWorld(t, DefaultPolicy())
	w.begin(60 * second)
	w.pass(60 * second)
	limited := &oauth.Error{Code: oauth.CodeRateLimited, Status: 429, RetryAfter: 40}
	w.fail(limited)
	failed := w.now.Monotonic
	w.do(w.m.Wake(w.now))
	decision, err := w.demand(Demand{Force: true})
	require.Equal(t, Refuse, decision, "not even on demand")
	require.Equal(t, limited, err)
	require.Equal(t, 1, w.sent)
	w.pass(3600 * second)
	require.Equal(t, int64(40*second), w.now.Monotonic-failed)
}

func TestOfflineSendsNothing(t *testing.T) {
	w := newWorld(t, DefaultPolicy())
	w.begin(10 * second)
	w.do(w.m.Connect(false))
	w.pass(3600 * second)
	require.Zero(t, w.sent)
	decision, err := w.demand(Demand{})
	require.Equal(t, Refuse, decision)
	require.Equal(t, "offline", err.Reason)
	require.True(t, err.Retryable)
	w.do(w.m.Connect(true))
	w.do(w.m.Wake(w.now))
	require.Equal(t, 1, w.sent, "at once when the network is back")
}

func TestGoingOfflineSettlesWhoeverWaitsForAResend(t *testing.T) {
	w := newWorld(t, DefaultPolicy())
	w.begin(10 * second)
	w.demand(Demand{Force: true})
	w.fail(netErr)
	w.do(w.m.Connect(false))
	require.Len(t, w.settled, 1)
	require.Equal(t, "offline", w.settled[0].Reason)
}

func TestASteadyFaultCostsAtMostTenRequestsAMinute(t *testing.T) {
	for name, err := range map[string]*oauth.Error{
		"network": netErr, "500": serverErr, "redirect": {Code: oauth.CodeRedirect}, "invalid_client": {Code: oauth.CodeOAuth, OAuthError: "invalid_client"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, DefaultPolicy())
			w.m.random = draws(0) // the most impatient jitter
			w.begin(10 * second)
			var times []int64
			for range 6000 { // a caller asks, the page wakes, every 100 ms for ten minutes
				w.now = w.now.Add(100)
				w.armed = max(w.armed-100, 0)
				w.do(w.m.Tick(w.now))
				w.do(w.m.Wake(w.now))
				w.demand(Demand{Force: true})
				if w.m.phase == requesting {
					times = append(times, w.now.Monotonic)
					w.fail(err)
				}
			}
			require.NotEmpty(t, times)
			for i, at := range times {
				if i >= 1 {
					require.GreaterOrEqual(t, at-times[i-1], int64(750), "burst")
				}
				if i >= 10 {
					require.GreaterOrEqual(t, at-times[i-10], int64(60*second), "window")
				}
			}
		})
	}
}

func TestTokensThatLiveForNothingCostAtMostTenRequestsAMinute(t *testing.T) {
	w := newWorld(t, DefaultPolicy())
	w.begin(0)
	for range 600 {
		w.now = w.now.Add(100)
		w.do(w.m.Tick(w.now))
		w.demand(Demand{})
		if w.m.phase == requesting {
			w.succeed(0)
		}
	}
	require.LessOrEqual(t, w.sent, 10)
	require.Greater(t, w.sent, 5)
}

func TestSleep(t *testing.T) {
	const night = 8 * 3600 * second
	for name, slept := range map[string]Instant{
		"the monotonic clock stops, F-H4":   {Wall: night},
		"the monotonic clock goes on, F-H5": {Wall: night, Monotonic: night},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, DefaultPolicy())
			w.begin(3600 * second)
			w.now = Instant{w.now.Wall + slept.Wall, w.now.Monotonic + slept.Monotonic}
			decision, _ := w.demand(Demand{})
			require.Equal(t, Wait, decision, "no stale token")
			require.Equal(t, 1, w.sent)
			w.succeed(3600 * second)
			w.now = Instant{w.now.Wall + slept.Wall, w.now.Monotonic + slept.Monotonic}
			w.do(w.m.Wake(w.now))
			if slept.Monotonic > 0 {
				require.Equal(t, 2, w.sent)
			}
		})
	}
}

func TestAnOscillatingClockCostsAtMostOneRequestAMinute(t *testing.T) { // F-H3
	w := newWorld(t, DefaultPolicy())
	w.begin(3600 * second)
	for i := range 60 {
		w.now.Monotonic += second
		w.now.Wall += second + int64(1-2*(i%2))*7200*second
		w.do(w.m.Tick(w.now))
		if w.m.phase == requesting {
			w.succeed(3600 * second)
		}
	}
	require.LessOrEqual(t, w.sent, 1)
}

func TestWithoutRefreshTokenThereAreOnlyReminders(t *testing.T) { // F-109
	w := newWorld(t, DefaultPolicy())
	w.do(w.m.Begin(w.now, Grant{Received: w.now, Lifetime: 300 * second}, 0))
	_, planned := w.m.NextAt(w.now)
	require.False(t, planned)
	w.pass(600 * second)
	require.Zero(t, w.sent)
	require.Equal(t, []string{Expiring, Expired}, w.types())
	decision, err := w.demand(Demand{})
	require.Equal(t, Refuse, decision)
	require.Equal(t, oauth.CodeLoginRequired, err.Code)
}

func TestSignOutWhileARequestIsUnderWay(t *testing.T) { // F-180, F-186
	w := newWorld(t, DefaultPolicy())
	w.begin(60 * second)
	w.demand(Demand{Force: true})
	w.do(w.m.SignOut("logout"))
	require.Equal(t, oauth.CodeSignedOut, w.settled[0].Code)
	w.succeed(60 * second)
	require.Equal(t, []string{SignedOut}, w.types())
	decision, _ := w.demand(Demand{})
	require.Equal(t, Refuse, decision)
}

func TestManualRefreshOnly(t *testing.T) {
	policy := DefaultPolicy()
	policy.Auto = false
	w := newWorld(t, policy)
	w.begin(60 * second)
	w.pass(3600 * second)
	require.Zero(t, w.sent)
	decision, _ := w.demand(Demand{})
	require.Equal(t, Wait, decision)
	for range 3 {
		w.fail(netErr)
		w.pass(60 * second)
	}
	require.Equal(t, 3, w.sent, "the re-sends, and nothing in the background")
}

func filter(list []string, want string) []string {
	var kept []string
	for _, s := range list {
		if s == want {
			kept = append(kept, s)
		}
	}
	return kept
}

func TestALeewayBeyondReasonIsRefused(t *testing.T) {
	for _, refresh := range []string{`{"leewaySeconds":9007199254740991}`, `{"jitterSeconds":100000}`} {
		_, err := ParseConfig(`{"issuer":"https://op.example","clientId":"spa","redirectUri":"https://app.example/cb","refresh":` + refresh + `}`)
		require.Equal(t, oauth.CodeConfig, codeOf(err), refresh)
	}
}

func TestInteractionRequiredAfterExpiryEndsTheSession(t *testing.T) { // F-16 after a sleep
	w := newWorld(t, DefaultPolicy())
	w.begin(60 * second)
	w.now = w.now.Add(3600 * second)
	w.do(w.m.Tick(w.now))
	require.Equal(t, 1, w.sent)
	w.fail(&oauth.Error{Code: oauth.CodeOAuth, OAuthError: "login_required", Status: 400})
	require.Equal(t, 1, w.dropped)
	require.Contains(t, w.types(), SignedOut)
}

func TestRetryAfterIsObeyedWhateverComesWithIt(t *testing.T) { // F-28
	for _, err := range []*oauth.Error{
		{Code: oauth.CodeOAuth, OAuthError: "temporarily_unavailable", Status: 503, RetryAfter: 120},
		{Code: oauth.CodeHTTP, Status: 502, RetryAfter: 120},
	} {
		w := newWorld(t, DefaultPolicy())
		w.begin(60 * second)
		w.pass(60 * second)
		w.fail(err)
		failed := w.now.Monotonic
		w.pass(3600 * second)
		require.Equal(t, int64(120*second), w.now.Monotonic-failed)
	}
}

func TestExpiringComesBeforeExpired(t *testing.T) {
	w := newWorld(t, DefaultPolicy())
	start := w.now.Monotonic
	w.do(w.m.Begin(w.now, Grant{Received: w.now, Lifetime: 20 * second}, 0))
	w.pass(15 * second)
	require.Equal(t, []string{Expiring}, w.types())
	require.Equal(t, int64(15*second), w.now.Monotonic-start)
	w.pass(15 * second)
	require.Equal(t, []string{Expiring, Expired}, w.types())
}
