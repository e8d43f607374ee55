package session

import "github.com/pkcewasm/pkcewasm/internal/oauth"

// verdict is what a failed refresh means for the session.
type verdict int

const (
	// retryNow: the outcome is ambiguous, the server may have rotated the token before the answer was
	// lost; the same token is sent again at once, a server's grace period permitting.
	retryNow verdict = iota
	// retryLater: the server did not act; try again in the background.
	retryLater
	// park: trying again without a change is pointless; wait for the application.
	park
	// askUser: the server wants the user; the session lives as long as its access token.
	askUser
	// end: the grant is gone.
	end
)

// The re-send of an ambiguous refresh: after resendDelays, at most this long
// after the first request.
const resendWithin = 15 * second

var resendDelays = []int64{1 * second, 4 * second} // after the first failure

// parkedRetry is how long a wrong endpoint (404, 405, 410) parks the session.
const parkedRetry = 300 * second

// The background attempts: the first while a token refreshed on time still lives,
// with the leeway of 60 s, the others rarely. Whoever needs a token asks for one,
// and that causes an attempt, 10 s after the last one at the latest; the rest must
// not meet a server that comes back with all who wait for it. After an outage of ten
// minutes their rate is 2.7 times the mean; with 2 s, doubled up to 60 s, it is 21
// times (scale_test.go).
var backoffCeilings = []int64{40 * second, 900 * second, 1800 * second, 3600 * second}

// judge maps a failure to its verdict. Only a definite answer of the server
// ends a session.
func judge(err *oauth.Error) verdict {
	verdict := judgeCode(err)
	if verdict == retryNow && err.RetryAfter > 0 {
		return retryLater // the server is alive and says when
	}
	return verdict
}

func judgeCode(err *oauth.Error) verdict {
	switch err.Code {
	case oauth.CodeOAuth:
		return judgeOAuthError(err.OAuthError)
	case oauth.CodeIDToken:
		return end
	case oauth.CodeHTTP:
		return judgeStatus(err)
	case oauth.CodeNetwork:
		if err.Reason == "offline" {
			return retryLater
		}
		return retryNow
	case oauth.CodeTimeout, oauth.CodeResponse, oauth.CodeTooLarge, oauth.CodeCrashed:
		return retryNow
	case oauth.CodeDPoP:
		if lost(err) || err.Reason == "token_type" { // the old refresh token may be spent, and the new one is not to be used
			return end
		}
		return park
	case oauth.CodeConfig, oauth.CodeUnsupported, oauth.CodeInsecureContext:
		return park
	}
	return retryLater // rate_limited, redirect, discovery and what may come
}

// judgeOAuthError follows RFC 6749 section 5.2 and OpenID Connect Core section 3.1.2.6.
func judgeOAuthError(code string) verdict {
	switch code {
	case "invalid_grant":
		return end
	case "interaction_required", "login_required", "consent_required", "account_selection_required":
		return askUser
	case "temporarily_unavailable", "server_error", "slow_down":
		return retryNow
	}
	return park
}

func judgeStatus(err *oauth.Error) verdict {
	switch status := err.Status; {
	case status == 404, status == 405, status == 410:
		return park
	case status == 408, status == 425, 200 <= status && status < 300,
		status == 500, status == 502, status == 503, status == 504:
		return retryNow
	}
	return retryLater
}

// endedBy names why a session ended, for the signedOut event.
func endedBy(err *oauth.Error) string {
	switch err.Code {
	case oauth.CodeIDToken:
		return "subject_changed"
	case oauth.CodeDPoP:
		return err.Reason
	}
	return err.OAuthError
}

// backoff returns the delay before background attempt n (0, 1, ...): the upper
// half of its ceiling, at random.
func backoff(n int, random float64) int64 {
	half := backoffCeilings[min(n, len(backoffCeilings)-1)] / 2
	return half + int64(random*float64(half))
}
