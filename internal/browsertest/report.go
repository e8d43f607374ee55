package browsertest

import (
	"slices"
	"sync"
	"testing"
)

// Check is one assertion of a page and how it went.
type Check struct {
	Name   string `json:"name"`
	Pass   bool   `json:"pass"`
	Detail string `json:"detail"`
}

// Report is what a page has posted so far.
type Report struct {
	finished chan struct{} // closed when the page says that it is done

	mu     sync.Mutex // guards checks and done
	checks []Check
	done   bool
}

func (r *Report) add(c Check) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.checks = append(r.checks, c)
}

func (r *Report) finish() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.done {
		r.done = true
		close(r.finished)
	}
}

// Checks returns what the page has reported so far.
func (r *Report) Checks() []Check {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.checks)
}

// Passes tells whether the page has made this check, and it went well.
func (r *Report) Passes(name string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.ContainsFunc(r.checks, func(c Check) bool { return c.Name == name && c.Pass })
}

// Passed is how many checks went well.
func (r *Report) Passed() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	passed := 0
	for _, c := range r.checks {
		if c.Pass {
			passed++
		}
	}
	return passed
}

// Expect turns the report into subtests: one for each name, which fails if the page did not report it, and one for
// each check that failed without being expected, such as an uncaught error.
func (r *Report) Expect(t *testing.T, names ...string) {
	t.Helper()
	checks := r.Checks()
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			i := slices.IndexFunc(checks, func(c Check) bool { return c.Name == name })
			switch {
			case i < 0:
				t.Error("the page did not come to this check")
			case !checks[i].Pass:
				t.Error(checks[i].Detail)
			default:
				t.Log(checks[i].Detail)
			}
		})
	}
	for _, c := range checks {
		if !slices.Contains(names, c.Name) {
			t.Run(c.Name, func(t *testing.T) {
				t.Errorf("not expected from this page (passed: %t): %s", c.Pass, c.Detail)
			})
		}
	}
}
