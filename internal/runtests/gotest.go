package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"slices"
	"strings"
)

// goEvent is a line of `go test -json`: of a test, of a package (no Test), or of the compiler (ImportPath only).
type goEvent struct{ Action, Package, ImportPath, Test, Output, FailedBuild string }

// readGoTest counts tests. One that has subtests counts only where it failed by itself, as does a package: one that does
// not compile, panics, or runs out of time.
func readGoTest(output []byte) result {
	var r result
	var ended []goEvent
	printed := map[string]string{} // by package and test, or by import path for the compiler
	groups := map[string]bool{}
	for scanner := newScanner(output); scanner.Scan(); {
		var e goEvent
		if json.Unmarshal(scanner.Bytes(), &e) != nil {
			printed[""] += scanner.Text() + "\n"
			continue
		}
		switch e.Action {
		case "output":
			printed[e.id()] += e.Output
		case "build-output":
			printed[e.ImportPath] += e.Output
		case "pass", "fail", "skip":
			ended = append(ended, e)
		}
		for i, c := range e.Test {
			if c == '/' {
				groups[e.Package+" "+e.Test[:i]] = true
			}
		}
	}
	var failed []string // ids
	for _, e := range ended {
		group := e.Test == "" || groups[e.id()]
		switch {
		case e.Action == "fail":
			within := e.id() // of a package it ends in a space
			if e.Test != "" {
				within += "/"
			}
			if group && slices.ContainsFunc(failed, func(id string) bool { return strings.HasPrefix(id, within) }) {
				continue // subtests end, and are counted, before their parent
			}
			failed = append(failed, e.id())
			r.failed++
			r.notes += indent("FAILED " + e.id() + "\n" + printed[e.id()] + printed[e.FailedBuild])
		case group:
		case e.Action == "pass":
			r.passed++
		case e.Action == "skip":
			r.skipped++
			r.notes += indent("skipped " + e.id() + "\n" + printed[e.id()])
		}
	}
	if len(ended) == 0 { // not even a package: the go command itself gave up
		r.failed++
		r.notes += indent(printed[""])
	}
	return r
}

func (e goEvent) id() string { return e.Package + " " + e.Test }

func newScanner(output []byte) *bufio.Scanner {
	scanner := bufio.NewScanner(bytes.NewReader(output))
	scanner.Buffer(nil, 16<<20)
	return scanner
}
