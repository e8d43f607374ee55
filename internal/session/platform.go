package session

import "github.com/pkcewasm/pkcewasm/internal/oauth"

// Clock is the platform's time.
type Clock interface {
	Now() Instant
	// After calls f once after delay milliseconds (at most 2^31-1) on a goroutine of its own.
	After(delay int64, f func()) (stop func())
}

// Network is the platform's way to servers.
type Network interface {
	Online() bool
	// Transport returns a transport whose requests end after timeout milliseconds.
	Transport(timeout int64) oauth.Transport
}

// Vault is what the tabs of an origin share: one lock, and one record with a
// generation that counts its commits. Records are JSON text. Its methods block.
type Vault interface {
	// Lock waits for the lock at most wait milliseconds, or takes it from its
	// holder at once, and reports whether it is held. Who holds it already and was
	// not robbed holds it at once.
	Lock(wait int64, steal bool) bool
	Unlock()
	// Claim makes this tab the only one that may commit, and loads the record.
	Claim() (record string, generation int64, err error)
	// Load returns the record, "" when there is none.
	Load() (record string, generation int64, err error)
	// Commit replaces the record if it still has the generation and this tab's
	// claim, adding one to the generation, and reports whether it did.
	Commit(record string, generation int64) (bool, error)
	// Put replaces whatever record there is and returns the new generation.
	Put(record string) (generation int64, err error)
	// Erase deletes the record if its generation is not above upTo.
	Erase(upTo int64) error
	// Hint tells the other tabs that the record changed, not how.
	Hint()
}

// Platform is what a session needs of its surroundings.
type Platform interface {
	Clock
	Network
	// Random returns n unpredictable bytes.
	Random(n int) ([]byte, error)
	// Go runs f on a goroutine of its own; a panic in it ends f alone.
	Go(f func(), onCrash func(error))
}
