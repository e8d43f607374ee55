package faults_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pkcewasm/pkcewasm/internal/faults"
)

// A row that is not played here names a test that is there.
func TestElsewhereExists(t *testing.T) {
	tests := map[string]string{}
	for _, row := range faults.Catalogue() {
		require.NotEqual(t, row.Elsewhere == "", row.Plays == 0, row.ID)
		tests[row.ID] = row.Elsewhere
	}
	for id, test := range tests {
		if test == "" {
			continue
		}
		file, name, found := strings.Cut(test, ": ")
		require.True(t, found, id)
		text, err := os.ReadFile(filepath.Join("..", "..", filepath.FromSlash(file)))
		require.NoError(t, err, id)
		require.Contains(t, string(text), name, id)
	}
}
