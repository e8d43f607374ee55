package figures

import (
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSectionsAreMerged(t *testing.T) {
	path := filepath.Join(t.TempDir(), "security.json")
	require.NoError(t, Merge(path, "make soak", map[string]any{"days": 1, "violations": 0}))
	require.NoError(t, Merge(path, "make fuzz", map[string]any{"FuzzA": 1}))
	require.NoError(t, Merge(path, "make fuzz", map[string]any{"FuzzB": 2}))
	sections, err := Read(path)
	require.NoError(t, err)
	require.Len(t, sections, 2)
	require.Equal(t, map[string]any{"FuzzA": 1.0, "FuzzB": 2.0}, sections["make fuzz"].Figures)
	require.Equal(t, map[string]any{"days": 1.0, "violations": 0.0}, sections["make soak"].Figures)
	for _, section := range sections {
		require.NotEmpty(t, section.Date)
		require.Contains(t, section.Machine, "go1.")
	}
}

func TestCommandsAtOnceLoseNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "security.json")
	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() { require.NoError(t, Merge(path, string(rune('a'+i)), map[string]any{"n": i})) })
	}
	all.Wait()
	sections, err := Read(path)
	require.NoError(t, err)
	require.Len(t, sections, 20)
}

func TestABrokenFileIsNotOverwritten(t *testing.T) {
	path := filepath.Join(t.TempDir(), "security.json")
	require.NoError(t, os.WriteFile(path, []byte("{"), 0o600))
	require.Error(t, Merge(path, "make soak", map[string]any{"days": 1}))
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, "{", string(text))
}

func TestNothingIsRecordedUnlessAskedFor(t *testing.T) {
	before, err := os.ReadFile(filepath.Join(Root(), "docs", "security.json"))
	require.NoError(t, err)
	Record(t, "a section that no command has", map[string]any{"n": 1})
	after, err := os.ReadFile(filepath.Join(Root(), "docs", "security.json"))
	require.NoError(t, err)
	require.Equal(t, string(before), string(after))
}

// What SECURITY.md says is what the file has.
func TestThePageHasTheFigures(t *testing.T) {
	sections, err := Read(filepath.Join(Root(), "docs", "security.json"))
	require.NoError(t, err)
	require.NotEmpty(t, sections)
	text, err := os.ReadFile(filepath.Join(Root(), "SECURITY.md"))
	require.NoError(t, err)
	require.Contains(t, string(text), Begin+Page(sections)+End)
}

func TestThePageIsWritten(t *testing.T) {
	root := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(root, "docs"), 0o700))
	path, page := filepath.Join(root, "docs", "security.json"), filepath.Join(root, "SECURITY.md")
	require.NoError(t, os.WriteFile(page, []byte("no place"), 0o600))
	require.Error(t, Merge(path, "make soak", map[string]any{"days": 1}))
	require.NoError(t, os.WriteFile(page, []byte("before\n"+Begin+"old\n"+End+"after\n"), 0o600))
	require.NoError(t, Merge(path, "make soak", map[string]any{"native": map[string]any{"days": 1000, "violations": 0}, "errors": map[string]any{}}))
	text, err := os.ReadFile(page)
	require.NoError(t, err)
	require.Regexp(t, "^before\n"+Begin+"- `make soak`, .*\n  - days: 1\n  - errors: none\n  - native: days 1000, violations 0\n"+End+"after\n$", string(text))
}
