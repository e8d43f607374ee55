package pkcewasm_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pkcewasm/pkcewasm/internal/browsertest"
	"github.com/pkcewasm/pkcewasm/internal/faults"
	"github.com/pkcewasm/pkcewasm/internal/figures"
)

var (
	faultEngine = flag.String("faults.engine", "", "play them in this engine alone, such as WebKit")
	faultBuild  = flag.String("faults.build", "", "play them with this build alone: slim or go")
	allFaults   = flag.Bool("faults.all", false, "play every case of the fault catalogue, in every engine and with both builds")
	faultsPage  = flag.String("faults.page", "", "write the page to this file, if every row survived")
	onlyFaults  = flag.String("faults.only", "", "play the cases whose names begin with one of these, such as F-42,F-70/null")
)

// TestFaults plays the fault catalogue through the package as shipped. Without -faults.all it is one play of every third
// row, in Chromium with the release build.
func TestFaults(t *testing.T) {
	choice := faults.Choice{Brief: !*allFaults && *onlyFaults == ""}
	if *onlyFaults != "" {
		choice.Only = strings.Split(*onlyFaults, ",")
	}
	var all []faults.Played
	t.Cleanup(func() { // when the last play is over
		fmt.Println(faults.Summary(all))
		if *allFaults && *faultEngine == "" && *faultBuild == "" && *onlyFaults == "" {
			sums := map[string]any{}
			for _, p := range all {
				sums[p.Engine+", "+p.Build] = p.Sum()
			}
			figures.Record(t, "make faults", sums)
		}
		if *faultsPage != "" && !t.Failed() {
			require.NoError(t, os.WriteFile(*faultsPage, []byte(faults.Page(all)), 0o644))
		}
	})
	for _, build := range []browsertest.Build{browsertest.Slim, browsertest.Go} {
		if !*allFaults && build == browsertest.Go || *faultBuild != "" && *faultBuild != string(build) {
			continue
		}
		module := build.Module(t)
		for _, engine := range browsertest.Engines() {
			if !*allFaults && engine != browsertest.Chromium || *faultEngine != "" && *faultEngine != engine.Name {
				continue
			}
			i := len(all)
			all = append(all, faults.Played{Engine: engine.Name, Build: string(build)})
			t.Run(engine.Name+", "+string(build), func(t *testing.T) {
				t.Parallel() // they mostly wait
				all[i].Results = faults.Run(t, engine, build, newSite(t, module), choice)
				report(t, all[i].Results)
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
	for _, row := range rows {
		t.Run(row, func(t *testing.T) {
			for _, problem := range problems[row] {
				t.Error(problem)
			}
		})
	}
}
