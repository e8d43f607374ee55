package session

import "github.com/pkcewasm/pkcewasm/internal/oauth"

// Machine decides when a session's token is refreshed and what becomes of the
// session when that fails. It has no clock, timer, network or lock: every method
// is told the time and returns what is to be done, in order.
type Machine struct {
	policy   Policy
	random   func() float64 // uniform in [0, 1)
	offline  bool
	governor governor

	phase    phase
	grant    Grant
	due      Instant // when to refresh
	expiry   Instant
	reminded bool // the expiring notice of this token was given
	lapsed   bool // the expired notice of this token was given
	warned   bool // the short_lifetime notice of this session was given

	failures    int    // failed requests since the last success
	backoffs    int    // background delays since the last success
	next        int64  // monotonic ms of the next request, in phase delaying and parked
	ordered     bool   // the server named the time of the next request
	series      bool   // the next request re-sends an ambiguous one, callers still wait
	seriesStart int64  // monotonic ms of the series' first request
	seriesFail  int64  // monotonic ms of its first failure
	doomed      string // why the session ends with its access token, "" if it does not
	lastErr     *oauth.Error
}

type phase int

const (
	absent     phase = iota // no session
	resting                 // nothing under way
	requesting              // a request is under way
	delaying                // a request failed, the next one has its time
	parked                  // a request failed, the next one waits for the application
)

// Grant is what the machine needs to know of a token response.
type Grant struct {
	Received    Instant
	Lifetime    int64 // ms; negative when the response named none
	Refreshable bool  // there is a refresh token
}

// Demand asks for a usable token.
type Demand struct {
	MinValidity int64 // ms it must still be valid
	Force       bool  // a new one even though the current one is valid
	CacheOnly   bool  // no request
}

// Decision answers a Demand.
type Decision int

// Ready: the current token will do. Wait: a request is under way, a Settle
// action will announce its end. Refuse: the error says why not.
const (
	Ready Decision = iota
	Wait
	Refuse
)

// Action is one thing to be done.
type Action struct {
	Kind   ActionKind
	Delay  int64        // Arm: ms
	Notice Notice       // Publish
	Err    *oauth.Error // Settle: nil when there is a new token
}

// ActionKind tells actions apart.
type ActionKind int

// Send starts one refresh request. Arm sets the only timer, replacing it.
// Settle answers everybody who waits. Publish tells the application. Drop
// forgets the tokens.
const (
	Send ActionKind = iota
	Arm
	Settle
	Publish
	Drop
)

// NewMachine returns a machine without a session.
func NewMachine(policy Policy, random func() float64) *Machine {
	return &Machine{policy: policy, random: random, governor: newGovernor()}
}

// Begin starts a session with the grant of a sign-in, replacing any other.
func (m *Machine) Begin(now Instant, grant Grant) []Action {
	m.governor, m.warned = newGovernor(), false
	m.accept(grant)
	return m.plan(now, nil)
}

// Demand answers a caller who wants a token.
func (m *Machine) Demand(now Instant, demand Demand) (Decision, []Action, *oauth.Error) {
	if m.phase == absent {
		return Refuse, nil, loginRequired("nobody is signed in")
	}
	valid := m.expiry.Until(now) > max(demand.MinValidity, 0)
	if valid && !demand.Force {
		return Ready, nil, nil
	}
	if m.phase == requesting || m.phase == delaying && m.series {
		return Wait, nil, nil
	}
	if err := m.refusal(now, demand); err != nil {
		return Refuse, nil, err
	}
	actions := m.send(now, nil)
	if m.shortLived() {
		m.governor.count()
	}
	return Wait, actions, nil
}

// refusal returns why a demand may not cause a request now, nil if it may.
func (m *Machine) refusal(now Instant, demand Demand) *oauth.Error {
	delayed := m.phase == delaying && m.ordered && m.next > now.Monotonic
	switch {
	case demand.CacheOnly:
		return loginRequired("there is no valid access token, and cacheOnly forbids a request")
	case !m.grant.Refreshable:
		return loginRequired("the access token has expired and there is no refresh token (was offline_access granted?)")
	case m.doomed != "" && !demand.Force, m.phase == parked && !demand.Force, delayed:
		return m.lastErr
	case m.offline:
		return offline()
	case m.failures > 0 && m.governor.wait(now.Monotonic, burstInterval) > 0:
		return m.lastErr
	case m.shortLived() && m.governor.wait(now.Monotonic, 0) > 0:
		return tooShort()
	}
	return nil
}

// shortLived reports whether the token lives so briefly that refreshing on
// demand alone could exceed what the governor allows per window.
func (m *Machine) shortLived() bool {
	return m.expiry.Until(m.grant.Received) < windowLength/windowRequests
}

// Tick is to be called when the timer fires.
func (m *Machine) Tick(now Instant) []Action { return m.plan(now, nil) }

// Wake is to be called when the page was woken, shown or connected: a delay that
// nobody ordered ends, and both clocks are judged anew.
func (m *Machine) Wake(now Instant) []Action {
	if m.phase == delaying && !m.ordered && !m.series {
		m.next = now.Monotonic
	}
	return m.plan(now, nil)
}

// Connect tells the machine whether there is a network. Without one nothing is
// sent, and nobody is left waiting for a re-send.
func (m *Machine) Connect(online bool) []Action {
	m.offline = !online
	if online || m.phase != delaying || !m.series {
		return nil
	}
	m.series = false
	return []Action{{Kind: Settle, Err: offline()}}
}

// Succeed takes the grant of the request under way.
func (m *Machine) Succeed(now Instant, grant Grant) []Action {
	if m.phase != requesting {
		return nil
	}
	m.accept(grant)
	return m.plan(now, []Action{{Kind: Publish, Notice: Notice{Type: Refreshed}}, {Kind: Settle}})
}

// Fail takes the failure of the request under way.
func (m *Machine) Fail(now Instant, err *oauth.Error) []Action {
	if m.phase != requesting {
		return nil
	}
	m.failures++
	m.governor.count()
	m.lastErr = err
	m.ordered = false
	verdict := judge(err)
	if verdict == end {
		return m.finish(endedBy(err), sessionExpired(err))
	}
	if verdict == retryNow && m.resend(now) {
		return m.plan(now, []Action{m.failure(now, err)})
	}
	m.series = false
	m.phase = delaying
	switch {
	case verdict == askUser:
		m.doomed = "interaction_required"
		m.lastErr = interactionRequired(err)
		m.phase = parked
		m.next = never
	case verdict == park:
		m.phase = parked
		m.next = never
		if err.Code == oauth.CodeHTTP {
			m.next = now.Monotonic + parkedRetry
		}
	case err.RetryAfter > 0:
		m.ordered = true
		m.next = now.Monotonic + err.RetryAfter*second
	default:
		m.next = now.Monotonic + backoff(m.backoffs, m.random())
		m.backoffs++
	}
	return m.plan(now, []Action{m.failure(now, m.lastErr), {Kind: Settle, Err: m.lastErr}})
}

// never is a time that does not come.
const never = 1<<62 - 1

// resend decides whether an ambiguous request is sent again with callers
// waiting, and when. Only the first failure after a success starts a series.
func (m *Machine) resend(now Instant) bool {
	if m.failures == 1 {
		m.series = true
		m.seriesStart, m.seriesFail = m.governor.last, now.Monotonic
	}
	if !m.series || m.failures > len(resendDelays) {
		return false
	}
	spread := 0.75 + m.random()/2
	m.next = m.seriesFail + int64(float64(resendDelays[m.failures-1])*spread)
	m.next = max(m.next, m.governor.last+burstInterval)
	m.phase = delaying
	return m.next <= m.seriesStart+resendWithin
}

// SignOut ends the session on the user's or the application's wish.
func (m *Machine) SignOut(reason string) []Action {
	if m.phase == absent {
		return nil
	}
	return m.finish(reason, &oauth.Error{Code: oauth.CodeSignedOut, Message: "the session was signed out"})
}

// NextAt returns when the machine means to send the next request, as wall clock
// ms, and whether it does.
func (m *Machine) NextAt(now Instant) (int64, bool) {
	switch {
	case m.phase == resting && m.automatic():
		return now.Wall + m.due.Until(now), true
	case m.phase == delaying, m.phase == parked && m.next != never:
		return now.Wall + m.next - now.Monotonic, true
	}
	return 0, false
}

// Expiry returns when the current token expires on both clocks.
func (m *Machine) Expiry() Instant { return m.expiry }

func (m *Machine) automatic() bool { return m.policy.Auto && m.grant.Refreshable && m.doomed == "" }

// accept makes grant the current one.
func (m *Machine) accept(grant Grant) {
	lifetime := grant.Lifetime
	if lifetime < 0 {
		lifetime = m.policy.DefaultLifetime
	}
	m.phase = resting
	m.grant = grant
	m.expiry = grant.Received.Add(lifetime)
	m.due = grant.Received.Add(m.policy.due(lifetime, m.random()))
	m.reminded, m.lapsed = false, false
	m.failures, m.backoffs, m.series, m.ordered, m.doomed, m.lastErr = 0, 0, false, false, "", nil
}

// finish ends the session, once.
func (m *Machine) finish(reason string, err *oauth.Error) []Action {
	m.phase = absent
	m.series = false
	return []Action{
		{Kind: Drop},
		{Kind: Publish, Notice: Notice{Type: SignedOut, Reason: reason}},
		{Kind: Settle, Err: err},
	}
}

// failure is the notice of a failed request; plan has not run yet, so the phase
// tells whether and when the next request follows.
func (m *Machine) failure(now Instant, err *oauth.Error) Action {
	notice := Notice{Type: RefreshFailed, Err: err, Attempt: m.failures}
	if m.policy.Auto || m.series {
		notice.NextAt, notice.WillRetry = m.NextAt(now)
	}
	return Action{Kind: Publish, Notice: notice}
}

// send starts a request and appends it to actions.
func (m *Machine) send(now Instant, actions []Action) []Action {
	m.phase = requesting
	m.governor.sent(now.Monotonic)
	return append(actions, Action{Kind: Send})
}

// plan appends to actions what the passing of time asks for: notices, a request
// that is due, and the timer for what comes next.
func (m *Machine) plan(now Instant, actions []Action) []Action {
	if m.phase == absent {
		return actions
	}
	actions = m.remind(now, actions)
	if m.phase == absent || m.phase == requesting {
		return actions
	}
	delay, wanted := m.untilRequest(now)
	if wanted && delay <= 0 && !m.offline {
		if m.phase == resting {
			if m.due.Monotonic > now.Monotonic {
				m.governor.lastJump = now.Monotonic
			}
			actions = m.send(now, actions)
			m.governor.count()
			return actions
		}
		return m.send(now, actions)
	}
	if !wanted || m.offline {
		delay = heartbeat
	}
	if !m.lapsed {
		delay = min(delay, m.expiry.Until(now))
	}
	return append(actions, Action{Kind: Arm, Delay: min(max(delay, 1), heartbeat)})
}

// untilRequest returns the milliseconds until the next automatic request, and
// whether there is to be one.
func (m *Machine) untilRequest(now Instant) (int64, bool) {
	switch m.phase {
	case resting:
		if !m.automatic() {
			return 0, false
		}
		delay := m.due.Until(now)
		if delay <= 0 && m.due.Monotonic > now.Monotonic { // only the wall clock says so
			delay = m.governor.lastJump + jumpInterval - now.Monotonic
		}
		return max(delay, m.governor.wait(now.Monotonic, steadyInterval)), true
	case delaying, parked:
		if m.next == never || !m.policy.Auto && !m.series {
			return 0, false
		}
		return max(m.next-now.Monotonic, m.governor.wait(now.Monotonic, burstInterval)), true
	}
	return 0, false
}

// remind appends the notices that the age of the token asks for, and ends a
// doomed session with its token.
func (m *Machine) remind(now Instant, actions []Action) []Action {
	if !m.warned && m.automatic() && m.expiry.Until(m.grant.Received) < steadyInterval {
		m.warned = true
		actions = append(actions, Action{Kind: Publish, Notice: Notice{Type: Degraded,
			Feature: "short_lifetime", Reason: "the access token lives shorter than the least time between two refreshes"}})
	}
	stuck := m.phase == parked && m.next == never || m.phase == resting && !m.automatic()
	if !m.reminded && stuck && m.due.Until(now) <= 0 {
		m.reminded = true
		actions = append(actions, Action{Kind: Publish, Notice: Notice{Type: Expiring}})
	}
	if m.lapsed || m.expiry.Until(now) > 0 {
		return actions
	}
	m.lapsed = true
	actions = append(actions, Action{Kind: Publish, Notice: Notice{Type: Expired}})
	if m.doomed != "" && m.phase != requesting {
		return append(actions, m.finish(m.doomed, m.lastErr)...)
	}
	return actions
}

func loginRequired(why string) *oauth.Error {
	return &oauth.Error{Code: oauth.CodeLoginRequired, Message: why + "; sign in again"}
}

func offline() *oauth.Error {
	return &oauth.Error{Code: oauth.CodeNetwork, Reason: "offline", Retryable: true,
		Message: "the browser is offline; nothing was sent, the session is kept"}
}

func sessionExpired(cause *oauth.Error) *oauth.Error {
	if cause.Code != oauth.CodeOAuth {
		return cause
	}
	return &oauth.Error{Code: oauth.CodeSessionExpired, OAuthError: cause.OAuthError, Status: cause.Status,
		Description: cause.Description, Message: "the server no longer accepts the refresh token; sign in again"}
}

func tooShort() *oauth.Error {
	return &oauth.Error{Code: oauth.CodeRateLimited, Retryable: true,
		Message: "the server's access tokens live for seconds only, and the limit of requests per minute is reached"}
}

func interactionRequired(cause *oauth.Error) *oauth.Error {
	return &oauth.Error{Code: oauth.CodeLoginRequired, OAuthError: cause.OAuthError, Status: cause.Status,
		Description: cause.Description, Message: "the server wants the user to interact; sign in again before the access token expires"}
}
