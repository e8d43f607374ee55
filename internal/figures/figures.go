// Package figures keeps what the long proofs of the repository measured, in docs/security.json and SECURITY.md: a section for each
// command, written by that command alone, with the commit and the machine that it ran on.
package figures

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

var file = flag.String("figures", "", "write what was measured into this file, docs/security.json, from the root of the repository")

// Section is what one command measured, and where.
type Section struct {
	Date    string         `json:"date"`
	Commit  string         `json:"commit"`
	Machine string         `json:"machine"`
	Figures map[string]any `json:"figures"`
}

// Record writes a section, if the test was asked for figures and has not failed.
func Record(t testing.TB, section string, figures map[string]any) {
	t.Helper()
	if *file == "" || t.Failed() {
		return
	}
	path := *file
	if !filepath.IsAbs(path) {
		path = filepath.Join(Root(), path)
	}
	if err := Merge(path, section, figures); err != nil {
		t.Error(err)
	}
}

// Merge puts figures into a section of a file, beside those of it that have other names. Programs that run at once wait for
// each other.
func Merge(path, section string, figures map[string]any) error {
	lock := path + ".lock"
	for began := time.Now(); ; time.Sleep(10 * time.Millisecond) {
		held, err := os.OpenFile(lock, os.O_CREATE|os.O_EXCL, 0o600)
		if err == nil {
			held.Close()
			break
		}
		if !errors.Is(err, fs.ErrExist) || time.Since(began) > 10*time.Second {
			return fmt.Errorf("figures: %w", err)
		}
	}
	defer func() { _ = os.Remove(lock) }()
	sections, err := Read(path)
	if err != nil {
		return err
	}
	merged := map[string]any{}
	for name, value := range sections[section].Figures {
		merged[name] = value
	}
	for name, value := range figures {
		merged[name] = value
	}
	sections[section] = Section{Date: time.Now().UTC().Format(time.DateOnly), Commit: commit(), Machine: machine(), Figures: merged}
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(sections); err != nil {
		return fmt.Errorf("figures: %w", err)
	}
	if err := os.WriteFile(path, text.Bytes(), 0o644); err != nil {
		return fmt.Errorf("figures: %w", err)
	}
	return Publish(path)
}

// Read returns the sections of a file, by the command that writes them; none if there is no file yet.
func Read(path string) (map[string]Section, error) {
	sections := map[string]Section{}
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return sections, nil
	}
	if err == nil {
		err = json.Unmarshal(text, &sections)
	}
	if err != nil {
		return nil, fmt.Errorf("figures: %w", err)
	}
	return sections, nil
}

// Root is the root of the repository: the nearest folder with tools.mod above the working directory.
func Root() string {
	folder, err := os.Getwd()
	for err == nil && folder != filepath.Dir(folder) {
		if _, missing := os.Stat(filepath.Join(folder, "tools.mod")); missing == nil {
			return folder
		}
		folder = filepath.Dir(folder)
	}
	return "."
}

func commit() string {
	text, err := exec.Command("git", "rev-parse", "--short", "HEAD").Output()
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(text))
}

func machine() string {
	return fmt.Sprintf("%s, %s/%s, %d cores", runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU())
}
