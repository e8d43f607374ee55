package layout

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Every test that SECURITY.md names is there: the name of a Go test, or the file and the title of one of the package.
func TestSecurityNamesTestsThatExist(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root(t), "SECURITY.md"))
	require.NoError(t, err)
	goTests := allGoTests(t)
	named := regexp.MustCompile("`((?:Test|Fuzz)\\w+)`|`([\\w-]+\\.test\\.js): ([^`]+)`")
	rows := 0
	for _, line := range strings.Split(string(text), "\n") {
		matches := named.FindAllStringSubmatch(line, -1)
		if len(matches) > 0 {
			rows++
		}
		for _, m := range matches {
			if m[1] != "" {
				require.Contains(t, goTests, "func "+m[1]+"(", "Go tests")
				continue
			}
			source, err := os.ReadFile(filepath.Join(root(t), "jsglue", "test", m[2]))
			require.NoError(t, err)
			require.True(t, strings.Contains(string(source), "test('"+m[3]+"'"), "%s has no test %q", m[2], m[3])
		}
	}
	require.GreaterOrEqual(t, rows, 16, "threats with a test")
}

// allGoTests is the text of all Go tests.
func allGoTests(t *testing.T) string {
	t.Helper()
	var all strings.Builder
	require.NoError(t, filepath.WalkDir(root(t), func(path string, entry fs.DirEntry, err error) error {
		if entry != nil && entry.IsDir() && (entry.Name() == "node_modules" || entry.Name() == ".tinygo" || entry.Name() == ".interop") {
			return fs.SkipDir
		}
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		all.Write(text)
		return err
	}))
	return all.String()
}
