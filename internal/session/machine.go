package session

import "github.com/pkcewasm/pkcewasm/internal/oauth"

// Machine decides when a session's token is refreshed and what becomes of the
// session when that fails. It has no clock, timer, network, lock or storage:
// every method is told the time and returns what is to be done, in order.
//
// A machine whose session is shared with other tabs through a record does each
// refresh under a lock: acquire, read the record, send, commit, release.
type Machine struct {
	policy   Policy
	random   Random
	shared   bool //  the session is kept in a record that other tabs use too
	offline  bool
	governor governor

	phase      phase
	grant      Grant
	generation int64   // of the record that the grant was committed to or read from
	due        Instant // when to refresh
	latest     Instant // when a refresh is due that is not spread
	crowd      bool    // the token, or the one under way, comes when everybody's may
	expiry     Instant
	reminded   bool // the expiring notice of this token was given
	lapsed     bool // the expired notice of this token was given
	warned     bool // the short_lifetime notice of this session was given

	cause       string // why the last request was sent, or is going to be: "due", "retry" or "demand"
	holding     bool   // the lock is ours
	pending     Grant  // the answer that is being committed
	failure     *oauth.Error
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
	acquiring               // the lock is being waited for
	requesting              // a request is under way
	committing              // its answer is being written to the record
	verifying               // the record is read again, because the grant seems gone
	delaying                // a request failed, the next one has its time
	parked                  // a request failed, the next one waits for the application
)

// Grant is what the machine needs to know of a token response.
type Grant struct {
	Received    Instant
	Lifetime    int64 // ms; negative when the response named none
	Refreshable bool  // there is a refresh token
}

// Record is what the machine needs to know of a shared session.
type Record struct {
	Generation int64 // counts the commits; the higher one is the newer one
	Grant      Grant
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
	Steal  bool         // Acquire: take the lock from whoever holds it
	UpTo   int64        // Erase: the newest generation to delete
	Notice *Notice      // Publish
	Err    *oauth.Error // Settle: nil when there is a new token
}

// ActionKind tells actions apart.
type ActionKind int

// Send starts one refresh request. Arm sets the only timer, replacing it.
// Settle answers everybody who waits. Publish tells the application. Drop
// forgets the tokens. The others exist with a shared record only: Acquire takes
// the lock, or makes sure that it is still held, and reads the record, Adopt takes the tokens of the record that the
// machine was just told of, Commit writes the answer's tokens if the record is
// still the one that was read, Read reads it again, Erase deletes it, Release
// gives the lock back.
const (
	Send ActionKind = iota
	Arm
	Settle
	Publish
	Drop
	Acquire
	Adopt
	Commit
	Read
	Erase
	Release
)

// Random draws numbers that are uniform in [0, 1).
type Random interface{ Float64() float64 }

// NewMachine returns a machine without a session.
func NewMachine(policy Policy, shared bool, random Random) *Machine {
	return &Machine{policy: policy, shared: shared, random: random, governor: newGovernor()}
}

// Begin starts a session with the grant of a sign-in, replacing any other.
// generation is that of the record it was written to, 0 without one.
func (m *Machine) Begin(now Instant, grant Grant, generation int64) []Action {
	var actions []Action
	if m.phase != absent {
		actions = m.release([]Action{{Kind: Settle, Err: replaced()}})
	}
	m.governor, m.warned = newGovernor(), false
	m.generation, m.crowd = generation, true
	m.accept(grant)
	return m.plan(now, actions)
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
	return m.release([]Action{{Kind: Settle, Err: offline()}})
}

// Succeed takes the grant of the request under way.
func (m *Machine) Succeed(now Instant, grant Grant) []Action {
	if m.phase != requesting {
		return nil
	}
	if m.shared {
		m.phase, m.pending = committing, grant
		return []Action{{Kind: Commit}}
	}
	m.accept(grant)
	return m.plan(now, []Action{{Kind: Publish, Notice: &Notice{Type: Refreshed}}, {Kind: Settle}})
}

// SignOut ends the session on the user's or the application's wish, or because the
// key is lost: that says nothing of a record that is newer.
func (m *Machine) SignOut(reason string) []Action {
	if m.phase == absent {
		return nil
	}
	upTo := int64(never)
	if reason == keyLostReason {
		upTo = m.generation
	}
	return m.finish(reason, upTo, &oauth.Error{Code: oauth.CodeSignedOut, Message: "the session was signed out"})
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

// Generation returns the generation of the record the tokens belong to.
func (m *Machine) Generation() int64 { return m.generation }

func (m *Machine) automatic() bool { return m.policy.Auto && m.grant.Refreshable && m.doomed == "" }

// busy reports whether a refresh is under way.
func (m *Machine) busy() bool {
	switch m.phase {
	case acquiring, requesting, committing, verifying:
		return true
	}
	return false
}

// accept makes grant the current one.
func (m *Machine) accept(grant Grant) {
	lifetime := grant.Lifetime
	if lifetime < 0 {
		lifetime = m.policy.DefaultLifetime
	}
	m.phase = resting
	m.grant = grant
	m.expiry = grant.Received.Add(lifetime)
	m.reminded, m.lapsed = false, false
	m.failures, m.backoffs, m.series, m.ordered, m.doomed, m.lastErr = 0, 0, false, false, "", nil
	due := m.policy.due(lifetime, m.random.Float64())
	m.latest = grant.Received.Add(due)
	if m.crowd && m.automatic() {
		due = m.policy.spread(due, m.random.Float64())
	}
	m.due = grant.Received.Add(due)
}

// finish ends the session, once, and deletes its record up to a generation.
func (m *Machine) finish(reason string, upTo int64, err *oauth.Error) []Action {
	m.phase = absent
	m.series = false
	actions := []Action{{Kind: Drop}}
	if m.shared && upTo > 0 {
		actions = append(actions, Action{Kind: Erase, UpTo: upTo})
	}
	actions = m.release(actions)
	return append(actions,
		Action{Kind: Publish, Notice: &Notice{Type: SignedOut, Reason: reason}},
		Action{Kind: Settle, Err: err})
}

// release appends the release of the lock to actions, if it is held.
func (m *Machine) release(actions []Action) []Action {
	if m.holding {
		m.holding = false
		actions = append(actions, Action{Kind: Release})
	}
	return actions
}

func replaced() *oauth.Error {
	return &oauth.Error{Code: oauth.CodeSignedOut, Message: "another sign-in replaced the session"}
}
