package session

import "github.com/pkcewasm/pkcewasm/internal/oauth"

// What follows is how a machine gets on with others that use the same record.
// The lock keeps them apart; because a lock can be stolen from a frozen tab, the
// record's generation has the last word: a tab commits only to the record it
// read, and what it cannot commit it drops.

// Acquired tells that the lock is held, and what the record says now; nil when
// there is none any more.
func (m *Machine) Acquired(now Instant, record *Record) []Action {
	m.holding = true
	if m.phase != acquiring {
		return m.release(nil)
	}
	switch {
	case record == nil:
		return m.vanish()
	case record.Generation > m.generation:
		m.adopt(record)
		if m.due.Until(now) > 0 {
			return m.adopted(now)
		}
		m.phase = requesting
		return []Action{{Kind: Adopt}, {Kind: Send}}
	}
	m.phase = requesting
	return []Action{{Kind: Send}}
}

// NotAcquired tells that the lock was not to be had in its time: whoever holds
// it is frozen, so it is taken away.
func (m *Machine) NotAcquired() []Action {
	if m.phase != acquiring {
		return nil
	}
	return []Action{{Kind: Acquire, Steal: true}}
}

// Committed tells that the tokens of the last answer are in the record.
func (m *Machine) Committed(now Instant) []Action {
	if m.phase != committing {
		return nil
	}
	m.generation++
	m.accept(m.pending)
	actions := m.release([]Action{{Kind: Publish, Notice: &Notice{Type: Refreshed}}, {Kind: Settle}})
	return m.plan(now, actions)
}

// NotCommitted tells that storage refused the tokens. They live on in memory,
// and the record, which holds a spent token now, is deleted.
func (m *Machine) NotCommitted(now Instant) []Action {
	if m.phase != committing {
		return nil
	}
	m.shared = false
	m.accept(m.pending)
	actions := m.release([]Action{{Kind: Erase, UpTo: m.generation}})
	actions = append(actions,
		Action{Kind: Publish, Notice: &Notice{Type: Degraded, Feature: "storage",
			Reason: "the session could not be stored and lives in this tab alone"}},
		Action{Kind: Publish, Notice: &Notice{Type: Refreshed}}, Action{Kind: Settle})
	return m.plan(now, actions)
}

// Conflicted tells that the record is no longer the one that was read, so that
// the answer was dropped: the lock was stolen while this tab was frozen.
func (m *Machine) Conflicted(now Instant, record *Record) []Action {
	if m.phase != committing {
		return nil
	}
	if record != nil && record.Generation == m.generation { // the thief is still busy
		m.phase, m.series, m.next = delaying, true, now.Monotonic+burstInterval
		m.failures = max(m.failures, len(resendDelays)+1)
		return m.plan(now, m.release(nil))
	}
	return m.reconcile(now, record)
}

// Reread tells what the record says after the server called the grant invalid.
// Only if nobody else renewed it, the session is over.
func (m *Machine) Reread(now Instant, record *Record) []Action {
	if m.phase != verifying {
		return nil
	}
	if record != nil && record.Generation <= m.generation {
		return m.finish(endedBy(m.failure), m.generation, sessionExpired(m.failure))
	}
	return m.reconcile(now, record)
}

// Noticed tells what the record says after another tab hinted at a change.
func (m *Machine) Noticed(now Instant, record *Record) []Action {
	switch {
	case !m.shared:
		return nil
	case record == nil && m.phase != absent:
		return m.vanish()
	case record == nil, m.busy(), m.phase != absent && record.Generation <= m.generation:
		return nil
	case m.phase == absent:
		m.adopt(record)
		return m.plan(now, []Action{{Kind: Adopt}, {Kind: Publish, Notice: &Notice{Type: SignedIn}}})
	}
	return m.reconcile(now, record)
}

// reconcile makes the record's session this machine's.
func (m *Machine) reconcile(now Instant, record *Record) []Action {
	if record == nil {
		return m.vanish()
	}
	m.adopt(record)
	return m.adopted(now)
}

func (m *Machine) adopt(record *Record) {
	m.generation, m.crowd = record.Generation, false // spread by whoever got the token
	m.accept(record.Grant)
}

func (m *Machine) adopted(now Instant) []Action {
	actions := m.release([]Action{{Kind: Adopt}})
	actions = append(actions, Action{Kind: Publish, Notice: &Notice{Type: Refreshed}}, Action{Kind: Settle})
	return m.plan(now, actions)
}

// otherTab is why a session ends whose record is gone.
const otherTab = "logout_other_tab"

// vanish ends a session whose record another tab deleted.
func (m *Machine) vanish() []Action {
	return m.finish(otherTab, 0,
		&oauth.Error{Code: oauth.CodeSignedOut, Message: "the session was signed out in another tab"})
}

// lease is how long, in ms, a tab may hold the lock before another takes it away.
const lease = 20 * second
