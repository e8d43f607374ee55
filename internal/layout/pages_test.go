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

// named is a test in a page: the name of a Go test, or the file and the title of one of the package.
var named = regexp.MustCompile("`((?:Test|Fuzz)\\w+)`|`([\\w-]+\\.test\\.js): ([^`]+)`")

// Every test that these pages name is there.
func TestPagesNameTestsThatExist(t *testing.T) {
	goTests := allGoTests(t)
	for page, least := range map[string]int{"SECURITY.md": 16, "docs/features.md": 60} {
		rows := 0
		for _, line := range strings.Split(read(t, page), "\n") {
			matches := named.FindAllStringSubmatch(line, -1)
			if len(matches) > 0 {
				rows++
			}
			for _, m := range matches {
				if m[1] != "" {
					require.Contains(t, goTests, "func "+m[1]+"(", "Go tests")
					continue
				}
				require.True(t, strings.Contains(read(t, "jsglue/test/"+m[2]), "test('"+m[3]+"'"), "%s has no test %q", m[2], m[3])
			}
		}
		require.GreaterOrEqual(t, rows, least, page)
	}
}

// What docs/features.md says is here is part of the API, or is left out for a reason.
func TestFeaturesAreOfTheAPI(t *testing.T) {
	api := read(t, "jsglue/api.txt")
	for _, line := range strings.Split(read(t, "docs/features.md"), "\n") {
		cells := strings.Split(line, " | ")
		if len(cells) != 3 || !strings.HasPrefix(line, "| ") || cells[1] == "here" {
			continue
		}
		for _, name := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(cells[1], -1) {
			if name[1] != "types.d.ts" && name[1] != "openid" {
				require.Contains(t, api, name[1], line)
			}
		}
		require.True(t, strings.Contains(line, "(refused.md)") || named.MatchString(cells[2]), "nothing holds: %s", line)
	}
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root(t), filepath.FromSlash(name)))
	require.NoError(t, err)
	return string(text)
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
