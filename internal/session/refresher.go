package session

import (
	"sync"

	"github.com/pkcewasm/pkcewasm/internal/oauth"
)

// Held is a token response in use, completed by what it left out.
type Held struct {
	oauth.Tokens
	Claims    *oauth.Claims // of the ID token, nil without one
	Granted   string        // scope
	Key       string        // that they are bound to, "" for none; see Keychain
	Received  Instant
	ExpiresAt int64 // ms since the epoch, by the wall clock at receipt
	Expiry    Instant
}

// Subject returns who the tokens belong to, "" if that is unknown.
func (h *Held) Subject() string {
	if h == nil || h.Claims == nil {
		return ""
	}
	return h.Claims.Subject
}

// Refresher keeps one token fresh: it runs a Machine with real timers and
// requests, and lets callers wait for the outcome. Its methods are safe for
// concurrent use.
type Refresher struct {
	platform Platform
	vault    *vault // nil when the session lives in memory
	send     func(*Held) (*Held, error)
	observe  func(*Notice)
	discard  func(*Held)

	mu      sync.Mutex // guards what follows; never held across a request, storage or observe
	machine *Machine
	held    *Held
	read    *Held // the record that the machine was told of last
	cleared bool  // there was no trace of one: the user cleared the storage
	answer  *Held // the answer that is being committed
	session int   // counts sessions, so that the answer of a past one is dropped
	waiting []chan error
	stop    func() // the pending timer's
	closed  bool
}

// NewRefresher returns a refresher without tokens. send performs one refresh
// request with the current tokens and returns the complete new ones; observe
// hears every notice, in order; discard gets tokens that came too late to be used.
func NewRefresher(p Platform, policy Policy, send func(*Held) (*Held, error), observe func(*Notice), discard func(*Held)) *Refresher {
	r := &Refresher{platform: p, send: send, observe: observe, discard: discard, stop: func() {}}
	r.machine = NewMachine(policy, false, uniform{p})
	return r
}

// uniform is a platform's randomness as numbers. A type, because whoever calls a function value may have to pause for all
// that TinyGo knows, and code that can be paused in is half as large again.
type uniform struct{ platform Platform }

// Float64 returns a random number in [0, 1).
func (u uniform) Float64() float64 {
	random, err := u.platform.Random(4)
	if err != nil {
		return 0.5
	}
	n := uint32(random[0]) | uint32(random[1])<<8 | uint32(random[2])<<16 | uint32(random[3])<<24
	return float64(n) / (1 << 32)
}

// Begin starts a session with the tokens of a sign-in. It reports false, and does
// nothing, if the refresher is closed.
func (r *Refresher) Begin(fresh *Held) bool {
	generation := r.store(fresh)
	begun := false
	r.step(func() []Action {
		if r.closed {
			return nil
		}
		begun = true
		r.session++
		actions := r.machine.Begin(r.platform.Now(), grantOf(fresh), generation)
		r.hold(fresh)
		return actions
	})
	return begun
}

// Token returns tokens that satisfy the demand, waiting for a refresh if need be.
func (r *Refresher) Token(demand Demand) (*Held, error) {
	var decision Decision
	var refusal *oauth.Error
	var wait chan error
	r.step(func() []Action {
		if r.closed {
			decision, refusal = Refuse, closedError()
			return nil
		}
		actions := r.machine.Connect(r.platform.Online())
		var more []Action
		decision, more, refusal = r.machine.Demand(r.platform.Now(), demand)
		if decision == Wait {
			wait = make(chan error, 1)
			r.waiting = append(r.waiting, wait)
		}
		return append(actions, more...)
	})
	switch decision {
	case Refuse:
		return nil, refusal
	case Wait:
		if err := <-wait; err != nil {
			return nil, err
		}
	}
	if held := r.Held(); held != nil {
		return held, nil
	}
	return nil, loginRequired("the session ended meanwhile")
}

// Held returns the current tokens, valid or not; nil without a session.
func (r *Refresher) Held() *Held {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.held
}

// NextAt returns when the next request is planned, ms since the epoch.
func (r *Refresher) NextAt() (at int64, planned bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return 0, false
	}
	return r.nextAt()
}

func (r *Refresher) nextAt() (at int64, planned bool) { return r.machine.NextAt(r.platform.Now()) }

// Wake judges both clocks anew: the page was shown, resumed or connected.
func (r *Refresher) Wake() { r.tick((*Machine).Wake) }

// SignOut ends the session, its record included, and returns the tokens it had,
// nil if there was none.
func (r *Refresher) SignOut(reason string) *Held {
	var held *Held
	work := r.transit(func() []Action {
		held = r.held
		return r.machine.SignOut(reason)
	})
	if work != nil {
		work()
	}
	return held
}

// Close ends everything silently: callers who wait get the code closed.
func (r *Refresher) Close() {
	r.step(func() []Action {
		r.closed = true
		r.stop()
		r.held = nil
		return []Action{{Kind: Release}, {Kind: Settle, Err: closedError()}}
	})
}

// tick lets the machine judge the time.
func (r *Refresher) tick(judge func(*Machine, Instant) []Action) {
	r.step(func() []Action {
		if r.closed {
			return nil
		}
		actions := r.machine.Connect(r.platform.Online())
		return append(actions, judge(r.machine, r.platform.Now())...)
	})
}

// step runs one transition and what it asks for.
func (r *Refresher) step(transition func() []Action) {
	if work := r.transit(transition); work != nil {
		r.platform.Go(work, r.lost)
	}
}

// transit runs one transition under the mutex and then, outside of it, tells the
// application and the callers who wait. It returns what is to be done with the
// record, nil for nothing: that may block.
func (r *Refresher) transit(transition func() []Action) (work func()) {
	out := r.locked(transition)
	for _, notice := range out.notices {
		r.observe(notice)
	}
	for _, wait := range out.settled {
		wait <- out.err
	}
	return out.work
}

// outcome is what a transition leaves to be done outside of the mutex.
type outcome struct {
	notices []*Notice
	settled []chan error
	err     error // for whoever waits
	work    func()
}

// locked runs one transition under the mutex, which a panic must not keep.
func (r *Refresher) locked(transition func() []Action) (out outcome) {
	r.mu.Lock()
	defer r.mu.Unlock()
	before := r.held
	var sharing []Action
	for _, action := range transition() {
		out.notices = r.trace(out.notices, action)
		switch action.Kind {
		case Publish:
			out.notices = append(out.notices, r.attribute(action.Notice, before)...)
		case Settle:
			out.settled, r.waiting = append(out.settled, r.waiting...), nil
			if action.Err != nil {
				out.err = action.Err
			}
		case Acquire, Commit, Read, Erase, Release:
			sharing = append(sharing, action)
		default:
			r.perform(action)
		}
	}
	if r.vault != nil && len(sharing) > 0 {
		out.work = r.share(sharing)
	}
	if r.closed {
		out.notices = nil
	}
	return out
}

// attribute turns the notice of a refresh that brought another user, who signed
// in in another tab, into those of a sign-out and a sign-in. A record that is gone
// without a trace was not deleted by a sign-out.
func (r *Refresher) attribute(notice *Notice, before *Held) []*Notice {
	if notice.Reason == otherTab && r.cleared {
		notice.Reason = "storage_cleared"
	}
	switch {
	case notice.Type == SignedOut:
		notice.ended = before
	case notice.Type == Refreshed && r.held.Subject() != before.Subject():
		return []*Notice{{Type: SignedOut, Reason: "replaced", ended: before}, {Type: SignedIn}}
	}
	return []*Notice{notice}
}

// perform does what an action asks for. The mutex is held.
func (r *Refresher) perform(action Action) {
	switch action.Kind {
	case Send:
		r.stop()
		r.request()
	case Arm:
		r.arm(action.Delay)
	case Drop:
		r.stop()
		r.held = nil
		r.session++
	case Adopt:
		r.hold(r.read)
	}
}

// arm replaces the pending timer. The mutex is held.
func (r *Refresher) arm(delay int64) {
	r.stop()
	if r.closed {
		return
	}
	again := func(error) { r.step(func() []Action { return []Action{{Kind: Arm, Delay: heartbeat}} }) }
	r.stop = r.platform.After(delay, func() { r.platform.Go(func() { r.tick((*Machine).Tick) }, again) })
}

// request sends one refresh on a goroutine of its own. The mutex is held.
func (r *Refresher) request() {
	session, held := r.session, r.held
	r.platform.Go(func() {
		fresh, err := r.send(held)
		if err != nil {
			r.fail(session, err)
			return
		}
		r.succeed(session, fresh)
	}, func(err error) { r.fail(session, err) })
}

func (r *Refresher) succeed(session int, fresh *Held) {
	late := false
	r.step(func() []Action {
		if session != r.session || r.closed {
			late = true
			return nil
		}
		fresh.Received = r.platform.Now()
		r.answer = fresh
		actions := r.machine.Succeed(fresh.Received, grantOf(fresh))
		if !r.machine.shared {
			r.hold(fresh)
		}
		return actions
	})
	if late {
		r.discard(fresh)
	}
}

func (r *Refresher) fail(session int, err error) {
	r.step(func() []Action {
		if session != r.session || r.closed {
			return nil
		}
		typed, ok := err.(*oauth.Error)
		if !ok {
			typed = &oauth.Error{Code: oauth.CodeCrashed, Message: "the refresh failed unexpectedly", Retryable: true}
		}
		return r.machine.Fail(r.platform.Now(), typed)
	})
}

// hold makes tokens the current ones. The mutex is held, and the machine has
// accepted them.
func (r *Refresher) hold(fresh *Held) {
	held := *fresh
	held.Expiry = r.machine.Expiry()
	held.ExpiresAt = held.Expiry.Wall
	r.held = &held
}

func grantOf(held *Held) Grant {
	lifetime := held.ExpiresIn
	if lifetime > 0 {
		lifetime *= second
	}
	return Grant{Received: held.Received, Lifetime: lifetime, Refreshable: !held.RefreshToken.IsZero()}
}

func closedError() *oauth.Error {
	return &oauth.Error{Code: oauth.CodeClosed, Message: "the client was closed"}
}
