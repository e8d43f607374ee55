package browsertest

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// Root returns the folder of the module that the test belongs to.
func Root(t testing.TB) string {
	t.Helper()
	output, err := exec.Command("go", "env", "GOMOD").Output()
	if err != nil {
		t.Fatalf("go env GOMOD: %v", err)
	}
	return filepath.Dir(strings.TrimSpace(string(output)))
}

// Build is what the module is built by.
type Build string

// The two builds.
const (
	Slim Build = "slim" // the release build, by TinyGo
	Go   Build = "go"   // by the Go toolchain
)

// RequireTinyGo makes sure that TinyGo is set up (see Missing).
func RequireTinyGo(t testing.TB) {
	t.Helper()
	cmd := exec.Command("make", "tinygo")
	cmd.Dir = Root(t)
	if output, err := cmd.CombinedOutput(); err != nil {
		Missing(t, "TinyGo cannot be set up here: "+string(output))
	}
}

// modules are the builds of this process: each takes seconds of both cores, and many tests want the same.
var (
	building sync.Mutex // guards modules; held while one is built
	modules  = map[string][]byte{}
)

// Module builds the WebAssembly module, with build tags on top, unless that was done, and returns the path of a file of
// the test's own.
func (b Build) Module(t testing.TB, tags ...string) string {
	t.Helper()
	if b == Slim {
		RequireTinyGo(t)
	}
	file := filepath.Join(t.TempDir(), "pkce.wasm")
	kind := string(b) + " " + strings.Join(tags, ",")
	building.Lock()
	defer building.Unlock()
	if module, ok := modules[kind]; ok {
		if err := os.WriteFile(file, module, 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	targets := map[Build][]string{Slim: {"slim"}, Go: {"module", "loader"}}
	run(t, Root(t), "make", append(targets[b], "WASM="+file, "TAGS="+strings.Join(tags, ","))...)
	module, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	modules[kind] = module
	return file
}

// Integrity writes the integrity.js of a package in which a module, which may be built for a test, takes the place of both of
// its own, and returns the file's path.
func Integrity(t testing.TB, module string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "integrity.js")
	run(t, Root(t), "go", "run", "./internal/integrity", file, module, module)
	return file
}

// BuildProgram builds the main package in a folder, which may be a module of its own.
func BuildProgram(t testing.TB, folder string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), filepath.Base(folder))
	run(t, folder, "go", "build", "-o", file, ".")
	return file
}

func run(t testing.TB, folder, name string, args ...string) {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir = folder
	if output, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, output)
	}
}
