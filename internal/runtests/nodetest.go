package main

import (
	"fmt"
	"strings"
)

// readTAP reads what `node --test --test-reporter=tap` prints: the counts at its end, and the blocks of tests that failed.
func readTAP(output []byte) result {
	var r result
	failing := false // inside the block of a failed test
	counts := map[string]*int{"pass": &r.passed, "fail": &r.failed, "cancelled": &r.failed, "skipped": &r.skipped, "todo": &r.skipped}
	for line := range strings.Lines(string(output)) {
		var word string
		var n int
		if _, err := fmt.Sscanf(line, "# %s %d", &word, &n); err == nil && counts[word] != nil {
			*counts[word] += n
		}
		text := strings.TrimSpace(line)
		if strings.HasPrefix(text, "not ok ") {
			failing = true
		}
		if failing || strings.Contains(line, " # SKIP") {
			r.notes += indent(strings.TrimRight(line, "\n"))
		}
		if text == "..." {
			failing = false
		}
	}
	return r
}
