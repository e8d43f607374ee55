package session

import "github.com/pkcewasm/pkcewasm/internal/oauth"

// never is a time that does not come.
const never = 1<<62 - 1

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
	switch {
	case verdict == end && m.shared && err.Code == oauth.CodeOAuth:
		m.phase, m.failure = verifying, err
		return []Action{{Kind: Read}}
	case verdict == end:
		return m.finish(endedBy(err), m.generation, sessionExpired(err))
	case verdict == retryNow && m.resend(now):
		return m.plan(now, []Action{m.failed(now, err)})
	}
	m.series = false
	m.wait(now, verdict, err)
	actions := m.release([]Action{m.failed(now, m.lastErr), {Kind: Settle, Err: m.lastErr}})
	return m.plan(now, actions)
}

// wait sets when the next request follows a failure that is not re-sent at once.
func (m *Machine) wait(now Instant, verdict verdict, err *oauth.Error) {
	m.phase = delaying
	switch {
	case verdict == askUser:
		m.doomed = "interaction_required"
		m.lastErr = interactionRequired(err)
		m.phase, m.next = parked, never
	case verdict == park:
		m.phase, m.next = parked, never
		if err.Code == oauth.CodeHTTP {
			m.next = now.Monotonic + parkedRetry
		}
	case err.RetryAfter > 0:
		m.ordered = true
		m.next = now.Monotonic + err.RetryAfter*second
	default:
		m.next = now.Monotonic + backoff(m.backoffs, m.random.Float64())
		m.backoffs++
	}
}

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
	spread := 0.75 + m.random.Float64()/2
	m.next = m.seriesFail + int64(float64(resendDelays[m.failures-1])*spread)
	m.next = max(m.next, m.governor.last+burstInterval)
	m.phase = delaying
	return m.next <= m.seriesStart+resendWithin
}

// failed is the notice of a failed request: whether and when the next follows.
func (m *Machine) failed(now Instant, err *oauth.Error) Action {
	notice := &Notice{Type: RefreshFailed, Err: err, Attempt: m.failures}
	if m.policy.Auto || m.series {
		notice.NextAt, notice.WillRetry = m.NextAt(now)
	}
	return Action{Kind: Publish, Notice: notice}
}

func sessionExpired(cause *oauth.Error) *oauth.Error {
	if cause.Code != oauth.CodeOAuth {
		return cause
	}
	return &oauth.Error{Code: oauth.CodeSessionExpired, OAuthError: cause.OAuthError, Status: cause.Status,
		Description: cause.Description, Message: "the server no longer accepts the refresh token; sign in again"}
}

func interactionRequired(cause *oauth.Error) *oauth.Error {
	return &oauth.Error{Code: oauth.CodeLoginRequired, OAuthError: cause.OAuthError, Status: cause.Status,
		Description: cause.Description, Message: "the server wants the user to interact; sign in again before the access token expires"}
}
