package faults_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pkcewasm/pkcewasm/internal/browsertest"
	"github.com/pkcewasm/pkcewasm/internal/faults"
)

// The page in docs/ is what make faults writes of the catalogue as it is.
func TestPageIsCurrent(t *testing.T) {
	var all []faults.Played
	for _, build := range []browsertest.Build{browsertest.Slim, browsertest.Go} {
		for _, engine := range browsertest.Engines() {
			p := faults.Played{Engine: engine.Name, Build: string(build)}
			for _, row := range faults.Catalogue() {
				if row.Plays > 0 {
					p.Results = append(p.Results, faults.Result{Row: row.ID})
				}
			}
			all = append(all, p)
		}
	}
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "faults.md"))
	require.NoError(t, err)
	require.Equal(t, undecided(faults.Page(all)), undecided(string(text)), "make faults writes it anew")
	require.NotContains(t, string(text), "failed |")
}

// undecided is a page without what a run decides: how it went in each engine.
func undecided(page string) string {
	lines := strings.Split(page, "\n")
	for i, line := range lines {
		if cells := strings.Split(line, " | "); strings.HasPrefix(line, "| ") && len(cells) > 3 {
			lines[i] = strings.Join(cells[:3], " | ")
		} else if strings.HasPrefix(line, "|---") {
			lines[i] = "|---"
		}
	}
	return strings.Join(lines, "\n")
}

func TestSummary(t *testing.T) {
	good, bad := faults.Result{Row: "F-01"}, faults.Result{Row: "F-40", Problems: []string{"I1"}}
	text := faults.Summary([]faults.Played{
		{Engine: "Chromium", Build: "slim", Results: []faults.Result{good, bad}},
		{Engine: "Firefox", Build: "slim", Results: []faults.Result{good}},
	})
	require.Contains(t, text, "A  HTTP status and body             survived   1 of   1\n")
	require.Contains(t, text, "survived   0 of   1")
	require.Contains(t, text, "Chromium, slim: survived 1 of 2 rows, in 2 plays\nFirefox, slim: survived 1 of 1 rows, in 1 plays\n")
	require.Contains(t, text, "survived 1 of 2 rows, in 3 plays")
}
