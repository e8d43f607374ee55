package faults

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pkcewasm/pkcewasm/internal/browsertest"
	"github.com/pkcewasm/pkcewasm/internal/oauthtest"
)

// So many cases are played at the same moment: of those that share a client with others, and of those that start a worker,
// which takes a busy machine seconds.
const lanes, starting = 10, 4

// Result is how one part of a case went.
type Result struct {
	Row, Name string
	Problems  []string
}

// job is one part of a case that is to be played.
type job struct {
	row, name string
	timed     bool // time has to pass for it
	fresh     bool // it starts a worker of its own
	play      func(*lane) []string
}

// place is where cases are played.
type place struct {
	engine  *browsertest.Engine
	build   browsertest.Build
	site    *browsertest.Site
	remote  *browsertest.Remote
	browser *browsertest.Browser
}

// Choice says what is played. The zero value is everything.
type Choice struct {
	Brief bool     // one play of every third row
	Only  []string // plays whose names begin with one of these alone
}

// Run plays the catalogue, and returns how that went.
func Run(t *testing.T, engine *browsertest.Engine, build browsertest.Build, site *browsertest.Site, choice Choice) []Result {
	t.Helper()
	var quick, fresh, timed []job
	rows := 0
	choose := func(jobs []job) {
		if choice.Brief && len(jobs) > 0 {
			jobs = jobs[:1]
			if rows++; rows%3 != 0 {
				return
			}
		}
		for _, j := range jobs {
			switch name := j.name[strings.LastIndexByte(j.name, ' ')+1:]; {
			case len(choice.Only) > 0 && !slices.ContainsFunc(choice.Only, func(prefix string) bool { return strings.HasPrefix(name, prefix) }):
				continue
			case j.timed:
				timed = append(timed, j)
			case j.fresh:
				fresh = append(fresh, j)
			default:
				quick = append(quick, j)
			}
		}
	}
	for _, row := range answerRows() {
		choose(answers(row, engine))
	}
	for _, s := range Scenes() {
		choose(plays(s))
	}
	p := place{engine, build, site, browsertest.NewRemote(site), browsertest.NewBrowser(t, engine, site, browsertest.Options{})}
	site.Handle("GET /faults/late.wasm", late(site))
	shared := lanes
	if build == browsertest.Go {
		shared = starting // ten modules of 4 MB at once take WebKit longer to compile than the package waits
	}
	return slices.Concat(p.playAll(t, quick, shared, false), p.playAll(t, fresh, starting, false), p.playAll(t, timed, 1, true))
}

// late serves the module after a while, for F-M13.
func late(site *browsertest.Site) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		res, err := http.Get(site.Origin + "/pkcewasm/pkce.slim.wasm")
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		defer res.Body.Close() //nolint:errcheck // it was read
		select {
		case <-time.After(3 * time.Second):
		case <-r.Context().Done():
		}
		w.Header().Set("Content-Type", "application/wasm")
		_, _ = io.Copy(w, res.Body) // the page sees what is missing
	})
}

// plays are the forms of a scene.
func plays(s Scene) []job {
	var jobs []job
	for _, p := range s.Plays {
		name := s.ID
		if p.Name != "" {
			name += "/" + p.Name
		}
		jobs = append(jobs, job{row: s.ID, name: name, timed: p.Alone, fresh: true, play: func(l *lane) []string { return l.perform(p) }})
	}
	return jobs
}

// answers are the parts of the cases of a row.
func answers(row oauthtest.Row, engine *browsertest.Engine) []job {
	var jobs []job
	for _, c := range row.Cases {
		if c.Name == "F-56/larger" && engine == browsertest.WebKit { // which takes what came of the body for whole; and it is
			c.Exchange, c.Refresh = &oauthtest.Outcome{}, &oauthtest.Outcome{}
		}
		for _, p := range parts(c) {
			jobs = append(jobs, job{
				row: row.ID, name: fmt.Sprintf("%s %s", p, c.Name), timed: p == refresh && c.Refresh.Retry == oauthtest.AfterPause, fresh: ownClient(c),
				play: func(l *lane) []string {
					if c.DPoP != "" {
						return l.playProof(c, p)
					}
					return l.play(c, p)
				},
			})
		}
	}
	return jobs
}

// ownClient says whether what a client learns of the server in a case holds for no other one.
func ownClient(c oauthtest.Case) bool {
	return c.Endpoint == "jwks" || c.Settings != nil || c.DPoP != ""
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
func (p *place) playAll(t *testing.T, jobs []job, count int, clock bool) []Result {
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
		open = append(open, &lane{name: fmt.Sprintf("lane%d", i), remote: p.remote, server: server, engine: p.engine, build: p.build, origin: p.site.Origin, clock: clock})
	}
	results := make([]Result, len(jobs))
	p.remote.Lead(t, p.browser, query, 20*time.Minute, func() {
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
