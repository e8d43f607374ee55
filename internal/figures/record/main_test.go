package main

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pkcewasm/pkcewasm/internal/figures"
)

func TestRecord(t *testing.T) {
	path := filepath.Join(t.TempDir(), "security.json")
	for _, wrong := range [][]string{nil, {path, "make fuzz"}, {path, "make fuzz", "FuzzDo"}, {path, "make fuzz", "FuzzDo={"}} {
		require.Error(t, record(wrong), "%q", wrong)
		require.NoFileExists(t, path)
	}
	require.NoError(t, record([]string{path, "make fuzz", `FuzzDo={"executions":1}`, `FuzzForm={"executions":2}`}))
	sections, err := figures.Read(path)
	require.NoError(t, err)
	require.Equal(t, map[string]any{
		"FuzzDo": map[string]any{"executions": 1.0}, "FuzzForm": map[string]any{"executions": 2.0},
	}, sections["make fuzz"].Figures)
}
