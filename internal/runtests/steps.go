package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pkcewasm/pkcewasm/internal/browsertest"
)

// step is one command and how its output is read.
type step struct {
	name    string
	dir     string // relative to the repository's root; "" is the root
	env     []string
	command []string
	read    func(output []byte) result // nil: the command is one test, which its exit status tells
	needs   func() string              // why the step cannot run here, or ""
	aside   bool                       // mostly waits: it runs beside the others
}

const modulePath = "github.com/pkcewasm/pkcewasm"

// browserPackages start browsers: two at a time, since they mostly wait.
var browserPackages = []string{modulePath, modulePath + "/internal/browsertest", modulePath + "/internal/packagetest"}

// wasmPackages are what is linked into the module, and what fuzzes it, tested where it runs.
var wasmPackages = []string{"./wasm/...", "./internal/oauth/...", "./internal/fuzz/...", "./internal/session/...", "./internal/browser/..."}

func allSteps() ([]step, error) {
	listed, err := output("go", "list", "./...")
	if err != nil {
		return nil, err
	}
	native := slices.DeleteFunc(strings.Fields(listed), func(p string) bool {
		return slices.Contains(browserPackages, p) || strings.Contains(p, "/node_modules/") // npm packages may hold Go files
	})
	goroot, err := output("go", "env", "GOROOT")
	if err != nil {
		return nil, err
	}
	inNode := filepath.Join(goroot, "lib", "wasm", "go_js_wasm_exec")
	inBrowser, err := output("go", "tool", "-modfile=tools.mod", "-n", "wasmbrowsertest")
	if err != nil {
		return nil, err
	}
	lint, err := output("go", "tool", "-modfile=tools.mod", "-n", "golangci-lint")
	if err != nil {
		return nil, err
	}
	wasm := []string{"GOOS=js", "GOARCH=wasm"}
	goTest := func(args ...string) []string { return append([]string{"go", "test", "-json"}, args...) }
	nodeTest := func(files ...string) []string {
		// They mostly wait, and some for less than 100 ms.
		return append([]string{"node", "--test", "--test-concurrency=2", "--test-reporter=tap", "--test-timeout=120000"}, files...)
	}
	goBuild, err := filepath.Abs(filepath.Join("jsglue", "test", "go-build.js"))
	if err != nil {
		return nil, err
	}
	packageTests, err := filepath.Glob(filepath.Join("jsglue", "test", "*.test.js"))
	if err != nil {
		return nil, err
	}
	for i := range packageTests {
		packageTests[i] = "test/" + filepath.Base(packageTests[i])
	}
	return []step{
		{name: "browsers", aside: true, command: goTest(append([]string{"-race", "-p=2", "-parallel=6", "-count=1", "-timeout=15m"}, browserPackages...)...), read: readGoTest},
		{name: "lint", command: []string{lint, "run"}},
		{name: "lint-wasm", env: wasm, command: append([]string{lint, "run"}, wasmPackages...)},
		{name: "lint-demo", dir: "demo", command: []string{lint, "run"}},
		{name: "lint-interop", dir: "interop", command: []string{lint, "run"}},
		{name: "lint-package", dir: "jsglue", command: []string{"npx", "--no-install", "eslint", "."}},
		{name: "types", dir: "jsglue", command: []string{"npx", "--no-install", "tsc"}},
		{name: "package", dir: "jsglue", needs: slim, command: nodeTest(packageTests...), read: readTAP},
		{name: "package-go", dir: "jsglue", env: []string{"NODE_OPTIONS=--import=" + goBuild}, command: nodeTest(packageTests...), read: readTAP},
		{name: "leaks", needs: slim, command: []string{"make", "-s", "leaks", "SHORT=1", "FIGURES="}, read: readTAP},
		{name: "size", needs: slim, command: []string{"make", "-s", "size"}},
		{name: "native", command: goTest(append([]string{"-race"}, native...)...), read: readGoTest},
		{name: "demo", dir: "demo", command: goTest("-race", "./..."), read: readGoTest},
		{name: "wasm-node", env: wasm, command: goTest(append([]string{"-exec=" + inNode}, wasmPackages...)...), read: readGoTest},
		{
			// The tables and the proofs of possession need a server, and nothing can listen in a page; Go's network in Node is its own.
			name: "wasm-chromium", env: wasm, needs: chromium,
			command: goTest(append([]string{"-p=1", "-skip=FaultTable|Conformance|TestProofFaults|TestProofsOfOneSession|TestProofsThatCannotBeMade|TestNonceOfAnAnswer|TestPreflightOfAProof", "-exec=" + inBrowser}, wasmPackages...)...), read: readGoTest,
		},
	}, nil
}

func chromium() string {
	if browsertest.Chromium.Executable() == "" {
		return "Chromium is not installed"
	}
	return ""
}

func slim() string {
	if _, err := os.Stat(filepath.Join("jsglue", "pkce.slim.wasm")); err != nil {
		return "the release build is missing, since TinyGo could not be set up"
	}
	return ""
}

func output(name string, args ...string) (string, error) {
	text, err := exec.Command(name, args...).Output()
	if err != nil {
		return "", fmt.Errorf("%s %s: %w", name, strings.Join(args, " "), err)
	}
	return strings.TrimSpace(string(text)), nil
}
