package session

import "github.com/pkcewasm/pkcewasm/internal/oauth"

// The types of notices, as applications hear them.
const (
	SignedIn      = "signedIn"
	Refreshed     = "refreshed"
	RefreshFailed = "refreshFailed"
	Expiring      = "expiring"
	Expired       = "expired"
	SignedOut     = "signedOut"
	Degraded      = "degraded"
	Trace         = "trace"
)

// Notice is something the application should know. It never holds a token.
type Notice struct {
	Type      string
	Reason    string       // SignedOut, Degraded, Trace: why
	Feature   string       // Degraded: what; Trace: the step
	Err       *oauth.Error // RefreshFailed
	Attempt   int          // RefreshFailed, Trace: failed requests since the last success
	WillRetry bool         // RefreshFailed: another request follows by itself
	NextAt    int64        // RefreshFailed, Trace: when the next request is planned, ms since the epoch, 0 if none is

	ended *Held // SignedOut: the tokens of the session that ended
}
