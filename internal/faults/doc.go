// Package faults plays the fault catalogue through the npm package as it ships, in a browser: each row against a server
// that misbehaves, with exactly the listed outcome, and with the invariants that hold after every fault.
//
//	run.go         the rows, spread over lanes
//	lane.go        a client in the page, and its server
//	play.go        an answer of internal/oauthtest: authorization response, code exchange, refresh
//	invariants.go  what holds after every play
//	scene.go       rows that take more than a faulty answer,
//	scenes_*.go    and those, by section of the catalogue
//	catalogue.go   all rows in one list
//	page.go        the summary, and docs/faults.md
package faults
