package browsertest

import (
	"os"
	"os/exec"
	"testing"
)

// Missing skips a test for a reason that lies with the machine. With CI set it fails the test: there nothing may be missing.
func Missing(t testing.TB, reason string) {
	t.Helper()
	if os.Getenv("CI") != "" {
		t.Fatalf("%s, and with CI set every test must run", reason)
	}
	t.Skip(reason)
}

// RequireProgram makes sure that a program is on the PATH (see Missing).
func RequireProgram(t testing.TB, name string) {
	t.Helper()
	if _, err := exec.LookPath(name); err != nil {
		Missing(t, name+" is not installed")
	}
}

// Require makes sure that the engine is installed (see Missing).
func Require(t testing.TB, e *Engine) {
	t.Helper()
	if e.Executable() == "" {
		Missing(t, e.Name+" is not installed ("+e.install+")")
	}
	if e == WebKit {
		RequireProgram(t, "Xvfb")
	}
}
