package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestBill(t *testing.T) {
	root := filepath.Join("..", "..")
	text, err := bill(root)
	require.NoError(t, err)
	again, err := bill(root)
	require.NoError(t, err)
	require.Equal(t, string(text), string(again))

	var parsed struct {
		BOMFormat, SpecVersion string
		Metadata               struct{ Component component }
		Components             []component
		Dependencies           []dependency
	}
	require.NoError(t, json.Unmarshal(text, &parsed))
	require.Equal(t, "CycloneDX 1.6", parsed.BOMFormat+" "+parsed.SpecVersion)
	require.Equal(t, "pkcewasm", parsed.Metadata.Component.Name)
	var names []string
	for i, c := range parsed.Components {
		names = append(names, c.Name)
		require.Equal(t, c.Ref, parsed.Dependencies[0].DependsOn[i])
		require.Regexp(t, `^pkg:(golang|github)/[\w./-]+@v?\d+\.\d+(\.\d+)?`, c.PURL)
	}
	require.Equal(t, []string{"std", "tinygo-org/tinygo", "github.com/hack-pad/safejs"}, names, "what is linked, and nothing that only tests need")

	texts, err := os.ReadFile(filepath.Join(root, "jsglue", "THIRD_PARTY_LICENSES.txt"))
	require.NoError(t, err)
	for _, heading := range []string{"== The Go programming language,", "== TinyGo,", "== musl,", "== safejs,"} {
		require.Contains(t, string(texts), heading)
	}
}
