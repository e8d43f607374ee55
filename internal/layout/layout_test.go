// Package layout holds the tests of the project's shape: what may be linked into the module, which package may import
// which, and which files must be the toolchain's own.
package layout

import (
	"encoding/json"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const modulePath = "github.com/pkcewasm/pkcewasm"

// goPackage is what `go list -json` says of a package.
type goPackage struct {
	ImportPath string
	Standard   bool
	Imports    []string
}

// linked returns the packages that are linked into the module.
func linked(t *testing.T) map[string]goPackage {
	t.Helper()
	cmd := exec.Command("go", "list", "-deps", "-json=ImportPath,Standard,Imports", "./wasm")
	cmd.Dir = root(t)
	cmd.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm")
	output, err := cmd.Output()
	require.NoError(t, err, "go list")
	packages := map[string]goPackage{}
	for decoder := json.NewDecoder(strings.NewReader(string(output))); decoder.More(); {
		var p goPackage
		require.NoError(t, decoder.Decode(&p))
		packages[p.ImportPath] = p
	}
	require.Contains(t, packages, modulePath+"/wasm")
	return packages
}

func root(t *testing.T) string {
	t.Helper()
	folder, err := filepath.Abs(filepath.Join("..", ".."))
	require.NoError(t, err)
	return folder
}

// Bytes count, and encoding/json may not read what came from a server: it folds case and lets the last duplicate win.
func TestNothingHeavyIsLinked(t *testing.T) {
	packages := linked(t)
	for _, path := range []string{
		"net", "net/http", "net/url", "encoding/json", "regexp", "text/template", "html/template", "crypto/tls", "crypto/x509",
		"crypto/rsa", "crypto/ecdsa", "math/big", "log", "log/slog", "flag", "testing",
	} {
		require.NotContains(t, packages, path)
	}
	for path, p := range packages {
		if !p.Standard && !strings.HasPrefix(path, modulePath+"/") {
			require.True(t, strings.HasPrefix(path, "github.com/hack-pad/safejs"), "%s is linked into the module", path)
		}
	}
}

// JavaScript is fenced in one package.
func TestOnlyBrowserTouchesJavaScript(t *testing.T) {
	for path, p := range linked(t) {
		if p.Standard || strings.HasPrefix(path, "github.com/hack-pad/safejs") || path == modulePath+"/internal/browser" {
			continue
		}
		for _, imported := range p.Imports {
			require.NotEqual(t, "syscall/js", imported, "imported by %s", path)
			require.False(t, strings.HasPrefix(imported, "github.com/hack-pad/safejs"), "%s imports %s", path, imported)
		}
	}
}

// The protocol and the lifecycle run on any platform and in both compilers, and cost as few bytes as they can.
func TestProtocolAndSessionImportLittle(t *testing.T) {
	allowed := []string{
		"strings", "strconv", "errors", "unicode/utf8", "encoding/base64", "github.com/pkcewasm/pkcewasm/internal/sha256", "crypto/subtle", "slices", "sync",
		modulePath + "/internal/oauth",
	}
	packages := linked(t)
	for _, path := range []string{modulePath + "/internal/oauth", modulePath + "/internal/session"} {
		require.Contains(t, packages, path)
		require.Subset(t, allowed, packages[path].Imports, "imports of %s", path)
	}
}

// Arrows point down only: wasm -> session -> oauth, wasm -> browser; browser implements interfaces of the two.
func TestArrowsPointDown(t *testing.T) {
	below := map[string][]string{
		"wasm":             {"internal/browser", "internal/session", "internal/oauth"},
		"internal/browser": {"internal/session", "internal/oauth"},
		"internal/session": {"internal/oauth"},
		"internal/sha256":  {},
		"internal/oauth":   {"internal/sha256"},
	}
	for path, p := range linked(t) {
		name, ours := strings.CutPrefix(path, modulePath+"/")
		if !ours {
			continue
		}
		require.Contains(t, below, name, "what may %s import?", name)
		for _, imported := range p.Imports {
			if imported, ours := strings.CutPrefix(imported, modulePath+"/"); ours {
				require.Contains(t, below[name], imported, "imported by %s", name)
			}
		}
	}
}

// There is one source for both builds: what a toolchain needs of its own is little, and next to JavaScript.
func TestBuildsDifferLittle(t *testing.T) {
	const maxLines = 59
	tag := regexp.MustCompile(`(?m)^//go:build .*\btinygo\b`)
	found := 0
	for _, folder := range []string{"wasm", "internal"} {
		require.NoError(t, fs.WalkDir(os.DirFS(root(t)), folder, func(name string, _ fs.DirEntry, err error) error {
			if err != nil || path.Ext(name) != ".go" {
				return err
			}
			text, err := os.ReadFile(filepath.Join(root(t), filepath.FromSlash(name)))
			if err != nil {
				return err
			}
			constraint := tag.Find(text)
			if constraint == nil || strings.Contains(string(constraint), "crashtest") {
				return nil
			}
			found++
			require.Equal(t, "internal/browser", path.Dir(name), "%s has the build tag tinygo", name)
			require.LessOrEqual(t, strings.Count(string(text), "\n"), maxLines, "lines of %s", name)
			return nil
		}))
	}
	require.NotZero(t, found)
}

func TestRootModuleRequiresTwo(t *testing.T) {
	cmd := exec.Command("go", "mod", "edit", "-json")
	cmd.Dir = root(t)
	output, err := cmd.Output()
	require.NoError(t, err)
	var file struct {
		Require []struct {
			Path     string
			Indirect bool
		}
	}
	require.NoError(t, json.Unmarshal(output, &file))
	var direct []string
	for _, r := range file.Require {
		if !r.Indirect {
			direct = append(direct, r.Path)
		}
	}
	slices.Sort(direct)
	require.Equal(t, []string{"github.com/hack-pad/safejs", "github.com/stretchr/testify"}, direct)
}

// The loader belongs to the toolchain: a module built by one Go release does not run on another's.
func TestLoaderIsTheToolchains(t *testing.T) {
	goroot, err := exec.Command("go", "env", "GOROOT").Output()
	require.NoError(t, err)
	want, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(goroot)), "lib", "wasm", "wasm_exec.js"))
	require.NoError(t, err)
	got, err := os.ReadFile(filepath.Join(root(t), "wasm_exec.js"))
	require.NoError(t, err)
	require.True(t, string(got) == string(want), "wasm_exec.js differs from that of %s: run `make wasm_exec.js`", runtime.Version())
}
