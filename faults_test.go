package pkcewasm_test

import (
	"flag"
	"testing"

	"github.com/pkcewasm/pkcewasm/internal/browsertest"
	"github.com/pkcewasm/pkcewasm/internal/faults"
)

var (
	faultEngine = flag.String("faults.engine", "", "play them in this engine alone, such as WebKit")
	faultBuild  = flag.String("faults.build", "", "play them with this build alone: slim or go")
	allFaults   = flag.Bool("faults.all", false, "play every case of the fault catalogue, in every engine and with both builds")
	onlyFaults  = flag.String("faults.only", "", "play the cases whose names begin with this, such as F-42 or F-70/null")
)

// TestFaults plays the fault catalogue through the package as shipped. Without -faults.all it is one play of each
// row, in Chromium with the release build.
func TestFaults(t *testing.T) {
	for _, build := range []browsertest.Build{browsertest.Slim, browsertest.Go} {
		if build == browsertest.Go && !*allFaults && *faultBuild == "" || *faultBuild != "" && *faultBuild != string(build) {
			continue
		}
		module := build.Module(t)
		for _, engine := range browsertest.Engines() {
			if engine != browsertest.Chromium && !*allFaults && *faultEngine == "" || *faultEngine != "" && *faultEngine != engine.Name {
				continue
			}
			t.Run(engine.Name+", "+string(build), func(t *testing.T) {
				site := newSite(t, module)
				report(t, faults.Run(t, engine, site, faults.Choice{Brief: !*allFaults && *onlyFaults == "", Prefix: *onlyFaults}))
			})
		}
	}
}

// report makes a subtest of each row.
func report(t *testing.T, results []faults.Result) {
	t.Helper()
	problems := map[string][]string{}
	var rows []string
	for _, r := range results {
		if _, known := problems[r.Row]; !known {
			rows = append(rows, r.Row)
			problems[r.Row] = nil
		}
		for _, problem := range r.Problems {
			problems[r.Row] = append(problems[r.Row], r.Name+": "+problem)
		}
	}
	survived := 0
	for _, row := range rows {
		if t.Run(row, func(t *testing.T) {
			for _, problem := range problems[row] {
				t.Error(problem)
			}
		}) {
			survived++
		}
	}
	t.Logf("survived %d of %d rows, in %d plays", survived, len(rows), len(results))
}
