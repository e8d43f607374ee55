// Package faults plays the fault catalogue of internal/oauthtest through the npm package as it ships, in a browser: each
// case against a server that misbehaves, with exactly the listed outcome, and with the invariants that hold after every
// fault.
//
//	run.go         the cases, spread over lanes
//	lane.go        a client in the page, and its server
//	play.go        one case: authorization response, code exchange, refresh
//	invariants.go  what holds after every case
package faults
