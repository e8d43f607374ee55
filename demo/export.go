package main

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// export writes the page for a static host into a folder: it has no provider there, so it brings the one of
// pkcewasm/testing along, in a service worker. Such a host must serve the folder as the root of its origin.
func export(folder string, cfg pageConfig, packageDir string) error {
	published, err := publishedFiles(packageDir, path.Base(cfg.WasmURL))
	if err != nil {
		return err
	}
	page, err := fs.Sub(pageFiles, "page")
	if err != nil {
		return err
	}
	if err := os.CopyFS(folder, page); err != nil {
		return fmt.Errorf("export: %w", err)
	}
	config, err := json.Marshal(cfg)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(folder, "config.json"), config, 0o600); err != nil {
		return fmt.Errorf("export: %w", err)
	}
	files := os.DirFS(packageDir)
	return fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !published.contains(name) {
			return err
		}
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		target := filepath.Join(folder, strings.Trim(packagePath, "/"), filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(target), 0o750); err != nil {
			return err
		}
		return os.WriteFile(target, text, 0o600)
	})
}
