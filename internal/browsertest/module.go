package browsertest

import (
	"os/exec"
	"path/filepath"
	"strings"
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

// BuildModule builds the WebAssembly module as `make wasm` does, with build tags on top, and returns the file's path.
func BuildModule(t testing.TB, tags ...string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "pkce.wasm")
	run(t, Root(t), "make", "module", "WASM="+file, "TAGS="+strings.Join(tags, ","))
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
