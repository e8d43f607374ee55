package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestWrite(t *testing.T) {
	folder := t.TempDir()
	target, module := filepath.Join(folder, "integrity.js"), filepath.Join(folder, "pkce.wasm")
	require.NoError(t, os.WriteFile(module, []byte("abc"), 0o600))

	// The digest of "abc" is that of FIPS 180-4's example.
	require.NoError(t, write(target, filepath.Join(folder, "missing.wasm"), module))
	text, err := os.ReadFile(target)
	require.NoError(t, err)
	require.Contains(t, string(text), "{ slim: '', go: 'sha384-ywB1P0WjXou1oD1pmsZQBycsMqsO3tFjGotgWkP/W+2AhgcroefMI1i67KE0yCWn' }")

	require.Error(t, write(target, folder, module), "a folder is no module")
	kept, err := os.ReadFile(target)
	require.NoError(t, err)
	require.Equal(t, text, kept)
}
