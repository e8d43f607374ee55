package faults_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pkcewasm/pkcewasm/internal/faults"
)

// The page in docs/ is of the catalogue as it is.
func TestPageIsCurrent(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "faults.md"))
	require.NoError(t, err)
	for _, row := range faults.Catalogue() {
		require.Contains(t, string(text), faults.Line(row), "make faults writes it anew")
	}
	require.NotContains(t, string(text), "failed |")
}

func TestSummary(t *testing.T) {
	good, bad := faults.Result{Row: "F-01"}, faults.Result{Row: "F-40", Problems: []string{"I1"}}
	text := faults.Summary([]faults.Played{
		{Engine: "Chromium", Build: "slim", Results: []faults.Result{good, bad}},
		{Engine: "Firefox", Build: "slim", Results: []faults.Result{good}},
	})
	require.Contains(t, text, "A  HTTP status and body             survived   1 of   1\n")
	require.Contains(t, text, "survived   0 of   1")
	require.Contains(t, text, "survived 1 of 2 rows, in 3 plays")
}
