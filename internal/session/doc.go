// Package session keeps one sign-in alive: when to refresh, what to do when a
// refresh fails, who waits for it, and what the application learns of it.
//
//	instant.go    two clocks, and what "expired" means with both
//	policy.go     the settings, with their defaults
//	machine.go    the refresh engine: a state machine without clock, timer or network
//	plan.go       what the passing of time asks for
//	demand.go     what a caller who wants a token gets
//	failing.go    what follows a failed request
//	sharing.go    how tabs that share one session get on
//	timing.go     when a refresh is due, and how often one may be sent
//	failure.go    what each failure means for the session
//	scheduled.go  a refresh schedule for tokens that the caller keeps
//	refresher.go  drives one machine: timers, requests, callers who wait
//	claims.go     ID tokens of sign-ins and refreshes
//	metadata.go   the server, discovered once
//	keys.go       the server's keys, and signatures
//	session.go    a client's session: sign-in, tokens, sign-out
//	signin.go     authorization requests and their one-time transactions
//	dpop.go       proofs of possession of the key that tokens are bound to
//	userinfo.go   the claims behind the access token
//	par.go        authorization requests handed to the server first
//	signout.go    sign-out and revocation
//	config.go     the client's configuration
//	command.go    the commands a client sends, as JSON text
//	encode.go     JSON text of our own
//	event.go      the events a client hears, as JSON text
//
// It is plain Go: the platform comes in through small interfaces, and time
// comes in as values, so that interleavings can be explored natively.
package session
