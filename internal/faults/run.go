package faults

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pkcewasm/pkcewasm/internal/browsertest"
	"github.com/pkcewasm/pkcewasm/internal/oauthtest"
)

// lanes is how many cases are played at the same moment.
const lanes = 10

// Result is how one part of a case went.
type Result struct {
	Row, Name string
	Problems  []string
}

// job is one part of a case that is to be played.
type job struct {
	row, name string
	timed     bool // time has to pass for it
	play      func(*lane) []string
}

// Choice says what is played. The zero value is everything.
type Choice struct {
	Brief  bool   // one play of each row
	Prefix string // cases whose names begin with this alone
}

// Run plays the catalogue, and returns how that went.
func Run(t *testing.T, browser *browsertest.Browser, site *browsertest.Site, choice Choice) []Result {
	t.Helper()
	var quick, timed []job
	for _, row := range oauthtest.Rows() {
		jobs := jobsOf(row, choice.Prefix)
		if choice.Brief && len(jobs) > 0 {
			jobs = jobs[:1]
		}
		for _, j := range jobs {
			if j.timed {
				timed = append(timed, j)
			} else {
				quick = append(quick, j)
			}
		}
	}
	remote := browsertest.NewRemote(site)
	results := playAll(t, browser, site, remote, quick, lanes, false)
	return append(results, playAll(t, browser, site, remote, timed, 1, true)...)
}

func jobsOf(row oauthtest.Row, prefix string) []job {
	var jobs []job
	for _, c := range row.Cases {
		if !strings.HasPrefix(c.Name, prefix) {
			continue
		}
		for _, p := range parts(c) {
			jobs = append(jobs, job{
				row: row.ID, name: fmt.Sprintf("%s %s", p, c.Name), timed: p == refresh && c.Refresh.Retry == oauthtest.AfterPause,
				play: func(l *lane) []string { return l.play(c, p) },
			})
		}
	}
	return jobs
}

// parts are those that the case is about, the refresh first.
func parts(c oauthtest.Case) []part {
	var all []part
	for p, outcome := range map[part]*oauthtest.Outcome{callback: c.Callback, exchange: c.Exchange, refresh: c.Refresh} {
		if outcome != nil {
			all = append(all, p)
		}
	}
	slices.SortFunc(all, func(a, b part) int { return strings.Compare(string(b), string(a)) })
	return all
}

// playAll plays jobs in so many lanes. A clock of the test's own is the whole page's, and so for one lane.
func playAll(t *testing.T, browser *browsertest.Browser, site *browsertest.Site, remote *browsertest.Remote, jobs []job, count int, clock bool) []Result {
	t.Helper()
	if len(jobs) == 0 {
		return nil
	}
	query := ""
	if clock {
		query = "?clock"
	}
	var open []*lane
	for i := range min(count, len(jobs)) {
		server := oauthtest.New(t, oauthtest.Options{FreshConnections: true})
		open = append(open, &lane{name: fmt.Sprintf("lane%d", i), remote: remote, server: server, origin: site.Origin, clock: clock})
	}
	results := make([]Result, len(jobs))
	remote.Lead(t, browser, query, 20*time.Minute, func() {
		next := make(chan int)
		var all sync.WaitGroup
		for _, l := range open {
			all.Go(func() {
				for i := range next {
					results[i] = Result{jobs[i].row, jobs[i].name, jobs[i].play(l)}
				}
				l.close()
			})
		}
		for i := range jobs {
			next <- i
		}
		close(next)
		all.Wait()
	})
	return results
}
