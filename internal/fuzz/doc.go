// Package fuzz holds the fuzz targets of the protocol: what reads tokens, errors, links, metadata, ID tokens and headers that
// others wrote, each held against an independent reader. `make fuzz` runs them.
//
// They are apart from what they test, and use nothing but the standard library's readers, because after every execution the
// counters of all linked code are looked through: beside testify and net/http they run at a third of the speed.
//
//	oracle_test.go      assertions, and the strict reference for JSON objects
//	tokens_test.go      token responses
//	tokenerror_test.go  every other answer of the token endpoint
//	callback_test.go    the URL that the user comes back to
//	metadata_test.go    what a server says of itself
//	idtoken_test.go     claims
//	keys_test.go        the keys that a server publishes
//	headers_test.go     Retry-After, WWW-Authenticate
package fuzz
