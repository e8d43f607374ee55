package browsertest

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"
)

// Driven is a Chromium that a test drives over the Chrome DevTools Protocol: for what no page can do, such as crashing,
// being frozen, or showing what is on its heap. It has no window of its own; Open makes tabs.
//
// Tabs, frames with a process of their own and workers of all kinds are attached to as they appear (see Targets). The
// protocol's methods are described at https://chromedevtools.github.io/devtools-protocol/.
type Driven struct {
	commands *os.File
	process  *process
	profile  string
	ended    chan struct{} // closed when the pipe has ended

	writing sync.Mutex // guards commands

	mu        sync.Mutex // guards the rest
	lastID    int
	calls     map[int]call
	targets   map[string]*Target // by session
	listeners map[int]func(Event)
	changed   chan struct{} // closed and renewed when a target comes, goes or changes
}

// Event is what the browser reports by itself, such as Page.frameNavigated.
type Event struct {
	Session string // of the target that reports it; "" is the browser
	Method  string
	Params  json.RawMessage
}

// call is a command that waits for its answer.
type call struct {
	session string
	answer  chan message // has room for one; closed when the target has gone
}

type message struct {
	ID      int             `json:"id,omitempty"`
	Session string          `json:"sessionId,omitempty"`
	Method  string          `json:"method,omitempty"`
	Params  json.RawMessage `json:"params,omitempty"`
	Result  json.RawMessage `json:"result,omitempty"`
	Error   *struct {
		Message string `json:"message"`
	} `json:"error,omitempty"`
}

// Drive starts a Chromium with a fresh profile, which ends with the test. It skips the test where there is none.
func Drive(t testing.TB, options Options) *Driven {
	t.Helper()
	Require(t, Chromium)
	d := &Driven{
		ended: make(chan struct{}), calls: map[int]call{}, targets: map[string]*Target{}, listeners: map[int]func(Event){},
		changed: make(chan struct{}),
	}
	if err := d.start(t, options); err != nil {
		t.Fatalf("drive Chromium: %v", err)
	}
	return d
}

func (d *Driven) start(t testing.TB, options Options) error {
	profile, err := os.MkdirTemp("", "pkcewasm-profile-")
	if err != nil {
		return err
	}
	d.profile = profile
	theirs, commands, err := os.Pipe()
	if err != nil {
		return err
	}
	answers, out, err := os.Pipe()
	if err != nil {
		return err
	}
	cmd := exec.Command(Chromium.Executable(), append(chromiumArgs(profile, options), "--remote-debugging-pipe", "--no-startup-window")...)
	cmd.ExtraFiles = []*os.File{theirs, out} // descriptors 3 and 4
	d.process, err = startProcess(cmd)
	_, _ = theirs.Close(), out.Close()
	if err != nil {
		return err
	}
	d.commands = commands
	t.Cleanup(func() {
		d.process.stop()
		<-d.ended
		_, _ = commands.Close(), answers.Close()
		removeProfile(profile)
	})
	go d.read(answers)
	return d.attach("")
}

// attach follows what belongs to a target, and what belongs to that.
func (d *Driven) attach(session string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	return d.Call(ctx, session, "Target.setAutoAttach", map[string]any{
		"autoAttach": true, "waitForDebuggerOnStart": false, "flatten": true,
		"filter": []map[string]any{{"type": "browser", "exclude": true}, {"type": "tab", "exclude": true}, {}},
	}, nil)
}

// Call sends a command and decodes its result, unless result is nil. The session is a target's, or "" for the browser.
func (d *Driven) Call(ctx context.Context, session, method string, params, result any) error {
	if params == nil {
		params = struct{}{}
	}
	encoded, err := json.Marshal(params)
	if err != nil {
		return fmt.Errorf("%s: %w", method, err)
	}
	waiting := call{session: session, answer: make(chan message, 1)}
	d.mu.Lock()
	if session != "" && d.targets[session] == nil {
		d.mu.Unlock()
		return fmt.Errorf("%s: %w", method, errGone)
	}
	d.lastID++
	id := d.lastID
	d.calls[id] = waiting
	d.mu.Unlock()
	defer func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		delete(d.calls, id)
	}()
	if err := d.write(message{ID: id, Session: session, Method: method, Params: encoded}); err != nil {
		return fmt.Errorf("%s: %w", method, err)
	}
	select {
	case m, ok := <-waiting.answer:
		switch {
		case !ok:
			return fmt.Errorf("%s: %w", method, errGone)
		case m.Error != nil:
			return fmt.Errorf("%s: %s", method, m.Error.Message)
		case result != nil:
			return json.Unmarshal(m.Result, result)
		}
		return nil
	case <-d.ended:
		return fmt.Errorf("%s: %w", method, errEnded)
	case <-ctx.Done():
		return fmt.Errorf("%s: %w", method, ctx.Err())
	}
}

var (
	errEnded = errors.New("the browser has ended")
	errGone  = errors.New("the target has gone")
)

// Listen calls the function with every event until stop is called. It must not block: the browser is not heard meanwhile.
func (d *Driven) Listen(hear func(Event)) (stop func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lastID++
	id := d.lastID
	d.listeners[id] = hear
	return func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		delete(d.listeners, id)
	}
}

func (d *Driven) write(m message) error {
	encoded, err := json.Marshal(m)
	if err != nil {
		return err
	}
	d.writing.Lock()
	defer d.writing.Unlock()
	_, err = d.commands.Write(append(encoded, 0))
	return err
}

// read hears the browser until the pipe ends. Messages end with a zero byte.
func (d *Driven) read(answers *os.File) {
	defer close(d.ended)
	for reader := bufio.NewReaderSize(answers, 1<<16); ; {
		text, err := reader.ReadBytes(0)
		if err != nil {
			return
		}
		var m message
		if json.Unmarshal(bytes.TrimSuffix(text, []byte{0}), &m) != nil {
			continue // nothing that the browser sends
		}
		if m.ID != 0 {
			d.settle(m)
		} else {
			d.follow(m)
			d.publish(Event{Session: m.Session, Method: m.Method, Params: m.Params})
		}
	}
}

func (d *Driven) settle(m message) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if waiting, ok := d.calls[m.ID]; ok {
		waiting.answer <- m
		delete(d.calls, m.ID)
	}
}

func (d *Driven) publish(e Event) {
	d.mu.Lock()
	listeners := make([]func(Event), 0, len(d.listeners))
	for _, hear := range d.listeners {
		listeners = append(listeners, hear)
	}
	d.mu.Unlock()
	for _, hear := range listeners {
		hear(e)
	}
}
