// Command record puts figures of a command that is no Go test into the file of figures, or, with the file alone, those of the
// file into SECURITY.md:
//
//	record docs/security.json 'make fuzz' FuzzDo='{"executions":10000000,"crashes":0}'
//	record docs/security.json
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"github.com/pkcewasm/pkcewasm/internal/figures"
)

func main() {
	if err := record(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "record:", err)
		os.Exit(1)
	}
}

func record(args []string) error {
	if len(args) == 1 {
		return figures.Publish(args[0])
	}
	if len(args) < 3 {
		return fmt.Errorf("want a file; and, to add to it, a section and at least one NAME=JSON")
	}
	values := map[string]any{}
	for _, arg := range args[2:] {
		name, text, _ := strings.Cut(arg, "=")
		var value any
		if err := json.Unmarshal([]byte(text), &value); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		values[name] = value
	}
	return figures.Merge(args[0], args[1], values)
}
