// Command sbom writes the bill of materials of the npm package, in CycloneDX's JSON: what is linked into the two modules and, since
// the package depends on nothing, nothing else. It says the same whenever and wherever it runs.
//
//	go run ./internal/sbom jsglue/sbom.cdx.json
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: sbom file")
		os.Exit(2)
	}
	text, err := bill(".")
	if err == nil {
		err = os.WriteFile(os.Args[1], text, 0o644) //nolint:gosec // a file of the package, readable as its others are
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "sbom:", err)
		os.Exit(1)
	}
}

// component is a part of the package, under CycloneDX's names.
type component struct {
	Type        string    `json:"type"`
	Ref         string    `json:"bom-ref"`
	Name        string    `json:"name"`
	Version     string    `json:"version"`
	Description string    `json:"description,omitempty"`
	Licenses    []license `json:"licenses"`
	PURL        string    `json:"purl"`
}

type license struct {
	Expression string `json:"expression"`
}

type dependency struct {
	Ref       string   `json:"ref"`
	DependsOn []string `json:"dependsOn"`
}

// licenses of what may be linked; the texts are in THIRD_PARTY_LICENSES.txt. What has none here is not linked.
var licenses = map[string]string{"github.com/hack-pad/safejs": "Apache-2.0"}

// bill returns the bill of materials of the tree in the folder.
func bill(root string) ([]byte, error) {
	var manifest struct{ Name, Version, License string }
	text, err := os.ReadFile(filepath.Join(root, "jsglue", "package.json"))
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(text, &manifest); err != nil {
		return nil, fmt.Errorf("package.json: %w", err)
	}
	parts, err := toolchains(root)
	if err != nil {
		return nil, err
	}
	modules, err := linkedModules(root)
	if err != nil {
		return nil, err
	}
	parts = append(parts, modules...)

	packaged := part("npm", manifest.Name, manifest.Version, manifest.License)
	var refs []string
	for _, c := range parts {
		refs = append(refs, c.Ref)
	}
	text, err = json.MarshalIndent(map[string]any{
		"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1,
		"metadata":     map[string]any{"component": packaged},
		"components":   parts,
		"dependencies": []dependency{{packaged.Ref, refs}},
	}, "", "  ")
	return append(text, '\n'), err
}

func part(kind, name, version, expression string) component {
	purl := "pkg:" + kind + "/" + name + "@" + version
	return component{Type: "library", Ref: purl, Name: name, Version: version, Licenses: []license{{expression}}, PURL: purl}
}

var tinyGoVersion = regexp.MustCompile(`(?m)^version=(\S+)$`)

// toolchains are the runtimes and standard libraries of the two compilers.
func toolchains(root string) ([]component, error) {
	version, err := exec.Command("go", "env", "GOVERSION").Output()
	if err != nil {
		return nil, fmt.Errorf("go env: %w", err)
	}
	setup, err := os.ReadFile(filepath.Join(root, "internal", "tinygo", "setup.sh"))
	if err != nil {
		return nil, err
	}
	tinyGo := tinyGoVersion.FindSubmatch(setup)
	if tinyGo == nil {
		return nil, errors.New("setup.sh names no version of TinyGo")
	}
	library := part("golang", "std", strings.TrimPrefix(strings.TrimSpace(string(version)), "go"), "BSD-3-Clause")
	library.Description = "the Go standard library, in both modules, and the Go runtime, in pkce.wasm"
	slim := part("github", "tinygo-org/tinygo", string(tinyGo[1]), "BSD-3-Clause")
	slim.Description = "the TinyGo runtime, in pkce.slim.wasm"
	return []component{library, slim}, nil
}

// linkedModules are the Go modules that the compilers link.
func linkedModules(root string) ([]component, error) {
	cmd := exec.Command("go", "list", "-deps", "-f", "{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}}{{end}}{{end}}", "./wasm")
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm")
	listed, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w", err)
	}
	lines := slices.DeleteFunc(strings.Split(string(listed), "\n"), func(line string) bool { return line == "" })
	slices.Sort(lines)
	var parts []component
	for _, line := range slices.Compact(lines) {
		path, version, _ := strings.Cut(line, " ")
		expression, known := licenses[path]
		if !known {
			return nil, fmt.Errorf("%s is linked into the module, under which licence?", path)
		}
		parts = append(parts, part("golang", path, version, expression))
	}
	return parts, nil
}
