// Command runtests runs every kind of test of the project, most of them one after the other, and adds them up.
//
//	go run ./internal/runtests [-v] [name ...]
//
// Without names it runs all steps of steps.go. Of a step that failed it prints what failed, of the others one line. The
// last line is `N passed, N failed, N skipped`; the exit status is 1 if anything failed.
package main

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// result is how a step, or all of them, went.
type result struct {
	passed, failed, skipped int
	notes                   string // what a reader must see: failures with their output, skips with their reasons
}

func (r *result) add(other result) {
	r.passed += other.passed
	r.failed += other.failed
	r.skipped += other.skipped
}

func (r result) String() string {
	return fmt.Sprintf("%d passed, %d failed, %d skipped", r.passed, r.failed, r.skipped)
}

func main() {
	verbose := flag.Bool("v", false, "pass on all output of the tests")
	flag.Parse()
	fmt.Println("building the linter and the test runner, where that is not done yet ...")
	steps, err := allSteps()
	if err != nil {
		fmt.Fprintln(os.Stderr, "runtests:", err)
		os.Exit(1)
	}
	for _, name := range flag.Args() {
		if !slices.ContainsFunc(steps, func(s step) bool { return s.name == name }) {
			fmt.Fprintf(os.Stderr, "runtests: there is no step %q\n", name)
			os.Exit(2)
		}
	}
	var total result
	var mu sync.Mutex // guards total and the output
	var aside sync.WaitGroup
	for _, s := range steps {
		if flag.NArg() > 0 && !slices.Contains(flag.Args(), s.name) {
			continue
		}
		run := func() {
			start := time.Now()
			r := s.run(*verbose)
			mu.Lock()
			defer mu.Unlock()
			fmt.Printf("%-18s %s (%.1f s)\n%s", s.name, r, time.Since(start).Seconds(), r.notes)
			total.add(r)
		}
		if s.aside && !*verbose {
			aside.Go(run)
		} else {
			run()
		}
	}
	aside.Wait()
	fmt.Println(total)
	if total.failed > 0 {
		os.Exit(1)
	}
}

// run runs the step's command and reads what it prints.
func (s step) run(verbose bool) result {
	if s.needs != nil {
		if reason := s.needs(); reason != "" {
			if os.Getenv("CI") != "" {
				return result{failed: 1, notes: indent(reason + ", and with CI set nothing may be left out")}
			}
			return result{skipped: 1, notes: indent(reason)}
		}
	}
	cmd := exec.Command(s.command[0], s.command[1:]...)
	cmd.Dir = filepath.FromSlash(s.dir)
	cmd.Env = append(os.Environ(), s.env...)
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	if verbose {
		fmt.Printf("%s: %s\n", s.name, strings.Join(s.command, " "))
		cmd.Stdout = io.MultiWriter(&output, os.Stdout)
		cmd.Stderr = cmd.Stdout
	}
	err := cmd.Run()
	r := result{passed: 1}
	if s.read != nil {
		r = s.read(output.Bytes())
	} else if err != nil {
		r = result{}
	}
	if err != nil && r.failed == 0 {
		r.failed = 1
		r.notes += indent(err.Error() + "\n" + output.String())
	}
	return r
}

func indent(text string) string {
	return "    " + strings.ReplaceAll(strings.TrimRight(text, " \n"), "\n", "\n    ") + "\n"
}
