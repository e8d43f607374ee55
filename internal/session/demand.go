package session

import "github.com/pkcewasm/pkcewasm/internal/oauth"

// Demand answers a caller who wants a token.
func (m *Machine) Demand(now Instant, demand Demand) (Decision, []Action, *oauth.Error) {
	if m.phase == absent {
		return Refuse, nil, loginRequired("nobody is signed in")
	}
	// A token is never asked for more than half of its life: that would make every call a request.
	lifetime := m.expiry.Until(m.grant.Received)
	valid := m.expiry.Until(now) > min(max(demand.MinValidity, 0), lifetime/2)
	if valid && !demand.Force {
		return Ready, nil, nil
	}
	if m.busy() || m.phase == delaying && m.series {
		return Wait, nil, nil
	}
	if err := m.refusal(now, demand); err != nil {
		return Refuse, nil, err
	}
	actions := m.send(now, nil, "demand")
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
	case m.failures > 0 && m.governor.wait(now.Monotonic, demandIntervals[min(m.failures, len(demandIntervals))-1]) > 0:
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

func loginRequired(why string) *oauth.Error {
	return &oauth.Error{Code: oauth.CodeLoginRequired, Message: why + "; sign in again"}
}

func offline() *oauth.Error {
	return &oauth.Error{Code: oauth.CodeNetwork, Reason: "offline", Retryable: true,
		Message: "the browser is offline; nothing was sent, the session is kept"}
}

func tooShort() *oauth.Error {
	return &oauth.Error{Code: oauth.CodeRateLimited, Retryable: true,
		Message: "the server's access tokens live for seconds only, and the limit of requests per minute is reached"}
}
