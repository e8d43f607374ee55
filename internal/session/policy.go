package session

// Policy says when to refresh. The zero value refreshes nothing by itself.
type Policy struct {
	Auto            bool  // refresh by timer
	Leeway          int64 // ms before expiry at which a refresh is due
	Jitter          int64 // ms by which it may be due earlier, drawn at random per token; 0 also forgoes the spreading
	DefaultLifetime int64 // ms assumed when a token response names no usable expires_in
}

const second = 1000

// maxLeeway is the most that leeway and jitter may be, in ms.
const maxLeeway = 3600 * second

// DefaultPolicy returns the settings of a client that names none.
func DefaultPolicy() Policy {
	return Policy{Auto: true, Leeway: 60 * second, Jitter: 10 * second, DefaultLifetime: 300 * second}
}
