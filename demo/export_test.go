package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestExport(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "site")
	require.NoError(t, run(t.Context(), options{export: folder, packageDir: testPackage(t), lifetime: 20e9}, os.Stderr))
	for _, name := range []string{"index.html", "main.js", "provider-worker.js", "pkcewasm/index.js", "pkcewasm/pkce.wasm", "pkcewasm/react/index.js"} {
		assert.FileExists(t, filepath.Join(folder, name))
	}
	for _, name := range []string{"pkcewasm/secret.js", "pkcewasm/node_modules/x/main.js", "pkcewasm/test/index.js"} {
		assert.NoFileExists(t, filepath.Join(folder, name))
	}
	text, err := os.ReadFile(filepath.Join(folder, "config.json"))
	require.NoError(t, err)
	var config map[string]any
	require.NoError(t, json.Unmarshal(text, &config))
	assert.NotContains(t, config, "issuer", "the page brings its provider along")
	assert.Equal(t, "demo-spa", config["clientId"])
}

func TestExportWithoutPackage(t *testing.T) {
	assert.ErrorContains(t, export(t.TempDir(), pageConfig{WasmURL: "/pkcewasm/pkce.wasm"}, t.TempDir()), "package.json")
}
