// Command integrity writes integrity.js, by which the package refuses a module that is not the one it was built with:
//
//	go run ./internal/integrity integrity.js pkce.slim.wasm pkce.wasm
//
// A module that is missing gets an empty digest, which is not compared: `make wasm` alone builds what development needs.
package main

import (
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
)

func main() {
	if len(os.Args) != 4 {
		fmt.Fprintln(os.Stderr, "usage: integrity integrity.js pkce.slim.wasm pkce.wasm")
		os.Exit(2)
	}
	if err := write(os.Args[1], os.Args[2], os.Args[3]); err != nil {
		fmt.Fprintln(os.Stderr, "integrity:", err)
		os.Exit(1)
	}
}

func write(target, slim, goBuild string) error {
	slimDigest, err := digest(slim)
	if err != nil {
		return err
	}
	goDigest, err := digest(goBuild)
	if err != nil {
		return err
	}
	text := fmt.Sprintf("// Made by make wasm and make slim: the SHA-384 of the package's modules, in the form that fetch compares.\n\n"+
		"export const integrity = { slim: '%s', go: '%s' };\n", slimDigest, goDigest)
	if old, err := os.ReadFile(target); err == nil && string(old) == text {
		return nil
	}
	// Under another name first: whoever imports the file meanwhile reads a whole one.
	if err := os.WriteFile(target+".new", []byte(text), 0o644); err != nil { //nolint:gosec // a file of the package, readable as its others are
		return err
	}
	return os.Rename(target+".new", target)
}

func digest(file string) (string, error) {
	module, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	sum := sha512.Sum384(module)
	return "sha384-" + base64.StdEncoding.EncodeToString(sum[:]), nil
}
