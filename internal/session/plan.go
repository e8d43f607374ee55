package session

// plan appends to actions what the passing of time asks for: notices, a request
// that is due, and the timer for what comes next.
func (m *Machine) plan(now Instant, actions []Action) []Action {
	if m.phase == absent {
		return actions
	}
	actions = m.remind(now, actions)
	if m.phase == absent || m.busy() {
		return actions
	}
	delay, wanted := m.untilRequest(now)
	if wanted && delay <= 0 && !m.offline {
		automatic, cause := m.phase == resting, "retry"
		if automatic {
			cause = "due"
			if m.due.Monotonic > now.Monotonic {
				m.governor.lastJump = now.Monotonic
			}
		}
		actions = m.send(now, actions, cause)
		if automatic {
			m.governor.count()
		}
		return actions
	}
	if !wanted || m.offline {
		delay = heartbeat
	}
	if !m.lapsed {
		delay = min(delay, m.expiry.Until(now))
	}
	if m.stuck() && !m.reminded {
		delay = min(delay, m.latest.Until(now))
	}
	return append(actions, Action{Kind: Arm, Delay: min(max(delay, 1), heartbeat)})
}

// send appends to actions the start of a refresh: the request itself, or the
// lock it needs. A re-send asks for the lock too, as it may have been stolen.
func (m *Machine) send(now Instant, actions []Action, cause string) []Action {
	m.cause = cause
	late := -m.due.Until(now)
	m.crowd = m.phase != resting || late < 0 || late > throttled // not the timer's, or that of a sleeper
	m.governor.sent(now.Monotonic)
	if m.shared {
		m.phase = acquiring
		return append(actions, Action{Kind: Acquire})
	}
	m.phase = requesting
	return append(actions, Action{Kind: Send})
}

// stuck reports whether no request will follow by itself.
func (m *Machine) stuck() bool {
	return m.phase == parked && m.next == never || m.phase == resting && !m.automatic()
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
		actions = append(actions, Action{Kind: Publish, Notice: &Notice{Type: Degraded,
			Feature: "short_lifetime", Reason: "the access token expires before it may be refreshed"}})
	}
	if !m.reminded && m.stuck() && m.latest.Until(now) <= 0 {
		m.reminded = true
		actions = append(actions, Action{Kind: Publish, Notice: &Notice{Type: Expiring}})
	}
	if m.expiry.Until(now) > 0 {
		return actions
	}
	if !m.lapsed {
		m.lapsed = true
		actions = append(actions, Action{Kind: Publish, Notice: &Notice{Type: Expired}})
	}
	if m.doomed != "" && !m.busy() {
		return append(actions, m.finish(m.doomed, m.generation, m.lastErr)...)
	}
	return actions
}
