package browsertest

import (
	"bufio"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"
)

// process is a child process together with everything it started.
type process struct {
	cmd  *exec.Cmd
	done chan struct{} // closed when the child has been waited for
}

func startProcess(cmd *exec.Cmd) (*process, error) {
	ownGroup(cmd)
	// A grandchild that keeps our pipe open must not keep Wait from returning.
	cmd.WaitDelay = time.Second
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", cmd.Path, err)
	}
	p := &process{cmd: cmd, done: make(chan struct{})}
	go func() {
		defer close(p.done)
		_ = cmd.Wait() // the exit status of a process that we kill says nothing
	}()
	return p, nil
}

func (p *process) stop() {
	killGroup(p.cmd)
	<-p.done
}

// Server is an authorization server that runs as a child process and says on its standard output when it is ready.
type Server struct {
	Issuer string

	process *process
	mu      sync.Mutex // guards lines
	lines   []string
}

// StartServer runs cmd until the test ends. It returns when the command has printed `READY url` or `READY provider url`;
// a command that says nothing for 30 seconds, or ends before it, fails the test.
func StartServer(t testing.TB, cmd *exec.Cmd) *Server {
	t.Helper()
	output, input := io.Pipe()
	cmd.Stdout, cmd.Stderr = input, input
	s := &Server{}
	issuer := make(chan string, 1)
	go func() {
		for scanner := bufio.NewScanner(output); scanner.Scan(); {
			line := scanner.Text()
			s.mu.Lock()
			s.lines = append(s.lines, line)
			s.mu.Unlock()
			words := strings.Fields(strings.Replace(line, "READY provider ", "READY ", 1))
			if len(words) > 1 && words[0] == "READY" && strings.Contains(words[1], "://") {
				select {
				case issuer <- words[1]:
				default:
				}
			}
		}
	}()
	var err error
	s.process, err = startProcess(cmd)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		s.process.stop()
		_ = input.Close()
	})
	select {
	case s.Issuer = <-issuer:
	case <-s.process.done:
		t.Fatalf("%s ended before it was ready:\n%s", cmd.Path, strings.Join(s.Lines(), "\n"))
	case <-time.After(30 * time.Second):
		t.Fatalf("%s was not ready after 30 s:\n%s", cmd.Path, strings.Join(s.Lines(), "\n"))
	}
	return s
}

// Lines returns what the server has printed so far.
func (s *Server) Lines() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.lines...)
}
