package figures

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// The marks in SECURITY.md around what Page wrote.
const (
	Begin = "<!-- figures: written by the commands -->\n"
	End   = "<!-- end of figures -->\n"
)

// Page is the figures as SECURITY.md has them.
func Page(sections map[string]Section) string {
	var text strings.Builder
	for _, name := range slices.Sorted(maps.Keys(sections)) {
		s := sections[name]
		fmt.Fprintf(&text, "- `%s`, %s, commit %s, %s\n", name, s.Date, s.Commit, s.Machine)
		for _, figure := range slices.Sorted(maps.Keys(s.Figures)) {
			fmt.Fprintf(&text, "  - %s: %s\n", figure, words(s.Figures[figure]))
		}
	}
	return text.String()
}

func words(value any) string {
	several, ok := value.(map[string]any)
	if !ok {
		if number, ok := value.(float64); ok {
			return fmt.Sprintf("%.0f", number)
		}
		return fmt.Sprint(value)
	}
	if len(several) == 0 {
		return "none"
	}
	parts := make([]string, 0, len(several))
	for _, name := range slices.Sorted(maps.Keys(several)) {
		parts = append(parts, name+" "+words(several[name]))
	}
	return strings.Join(parts, ", ")
}

// Publish writes the figures of a file into SECURITY.md, above the folder of the file, if there is one.
func Publish(path string) error {
	sections, err := Read(path)
	if err != nil {
		return err
	}
	page := filepath.Join(filepath.Dir(path), "..", "SECURITY.md")
	text, err := os.ReadFile(page)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("figures: %w", err)
	}
	before, rest, begun := bytes.Cut(text, []byte(Begin))
	_, after, ended := bytes.Cut(rest, []byte(End))
	if !begun || !ended {
		return errors.New("figures: SECURITY.md has no place for them")
	}
	return os.WriteFile(page, slices.Concat(before, []byte(Begin+Page(sections)+End), after), 0o644)
}
