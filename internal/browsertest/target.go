package browsertest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
)

// Target is a tab, a frame or a worker of a driven browser.
type Target struct {
	ID      string
	Type    string // "page", "iframe", "worker" (a dedicated one), "shared_worker", "service_worker"
	Session string
	Parent  string // the session of what it belongs to; "" is the browser

	driven *Driven
	url    string // guarded by driven.mu
}

// Open makes a tab and goes to the URL. It returns when the server has answered, before the page is loaded.
func (d *Driven) Open(ctx context.Context, url string) (*Target, error) {
	var made struct {
		TargetID string `json:"targetId"`
	}
	if err := d.Call(ctx, "", "Target.createTarget", map[string]any{"url": "about:blank"}, &made); err != nil {
		return nil, err
	}
	tab, err := d.Find(ctx, func(t *Target) bool { return t.ID == made.TargetID })
	if err != nil {
		return nil, err
	}
	return tab, tab.Go(ctx, url)
}

// Go leads a tab to the URL, as Open does.
func (t *Target) Go(ctx context.Context, url string) error {
	var went struct {
		ErrorText string `json:"errorText"`
	}
	if err := t.Call(ctx, "Page.navigate", map[string]any{"url": url}, &went); err != nil {
		return err
	}
	if went.ErrorText != "" {
		return fmt.Errorf("go to %s: %s", url, went.ErrorText)
	}
	return nil
}

// Targets returns what is attached and matches; nil matches all.
func (d *Driven) Targets(matches func(*Target) bool) []*Target {
	d.mu.Lock()
	all := make([]*Target, 0, len(d.targets))
	for _, t := range d.targets {
		all = append(all, t)
	}
	d.mu.Unlock()
	return slices.DeleteFunc(all, func(t *Target) bool { return matches != nil && !matches(t) })
}

// Find waits for a target that matches.
func (d *Driven) Find(ctx context.Context, matches func(*Target) bool) (*Target, error) {
	for {
		d.mu.Lock()
		changed := d.changed
		d.mu.Unlock()
		if found := d.Targets(matches); len(found) > 0 {
			return found[0], nil
		}
		select {
		case <-changed:
		case <-d.ended:
			return nil, errEnded
		case <-ctx.Done():
			return nil, fmt.Errorf("find a target: %w", ctx.Err())
		}
	}
}

// follow keeps the list of targets.
func (d *Driven) follow(m message) {
	var p struct {
		Session string `json:"sessionId"`
		Info    struct {
			ID   string `json:"targetId"`
			Type string `json:"type"`
			URL  string `json:"url"`
		} `json:"targetInfo"`
	}
	switch m.Method {
	case "Target.attachedToTarget", "Target.detachedFromTarget", "Target.targetInfoChanged":
		if json.Unmarshal(m.Params, &p) != nil {
			return
		}
	default:
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	switch m.Method {
	case "Target.attachedToTarget":
		d.targets[p.Session] = &Target{ID: p.Info.ID, Type: p.Info.Type, Session: p.Session, Parent: m.Session, driven: d, url: p.Info.URL}
		go func() { _ = d.attach(p.Session) }() // fails if the target has gone already
	case "Target.detachedFromTarget":
		delete(d.targets, p.Session)
		for id, waiting := range d.calls {
			if waiting.session == p.Session {
				close(waiting.answer)
				delete(d.calls, id)
			}
		}
	default:
		for _, t := range d.targets {
			if t.ID == p.Info.ID {
				t.url = p.Info.URL
			}
		}
	}
	close(d.changed)
	d.changed = make(chan struct{})
}

// URL returns where the target is.
func (t *Target) URL() string {
	t.driven.mu.Lock()
	defer t.driven.mu.Unlock()
	return t.url
}

// Call sends a command to the target (see Driven.Call).
func (t *Target) Call(ctx context.Context, method string, params, result any) error {
	return t.driven.Call(ctx, t.Session, method, params, result)
}

// Evaluate runs a script in the target's realm, waits for the promise it may return and decodes the value, unless
// result is nil. What the script throws is the error.
func (t *Target) Evaluate(ctx context.Context, script string, result any) error {
	var answer struct {
		Result    struct{ Value json.RawMessage }
		Exception *struct {
			Text      string
			Exception struct{ Description string }
		} `json:"exceptionDetails"`
	}
	err := t.Call(ctx, "Runtime.evaluate", map[string]any{"expression": script, "awaitPromise": true, "returnByValue": true}, &answer)
	switch {
	case err != nil:
		return err
	case answer.Exception != nil:
		return errors.New(answer.Exception.Text + " " + answer.Exception.Exception.Description)
	case result == nil:
		return nil
	case answer.Result.Value == nil:
		return fmt.Errorf("evaluate: no value: %s", script)
	}
	return json.Unmarshal(answer.Result.Value, result)
}

// Close ends a tab as its user does. Workers cannot be closed so, but by a script of their page.
func (t *Target) Close(ctx context.Context) error {
	return t.driven.Call(ctx, "", "Target.closeTarget", map[string]any{"targetId": t.ID}, nil)
}

// Crash ends the process of a tab, and with it all others of its site that share it. The tab stays, empty.
func (t *Target) Crash(ctx context.Context) error {
	crashed := make(chan struct{}, 1)
	defer t.driven.Listen(func(e Event) {
		if e.Method == "Inspector.targetCrashed" && e.Session == t.Session {
			select {
			case crashed <- struct{}{}:
			default:
			}
		}
	})()
	if err := t.Call(ctx, "Inspector.enable", nil, nil); err != nil {
		return err
	}
	call, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() { _ = t.Call(call, "Page.crash", nil, nil) }() // is not answered
	select {
	case <-crashed:
		return nil
	case <-t.driven.ended:
		return errEnded
	case <-ctx.Done():
		return fmt.Errorf("crash: %w", ctx.Err())
	}
}

// Freeze stops a tab and its workers' timers, as browsers do with tabs in the background; Thaw lets them go on.
func (t *Target) Freeze(ctx context.Context) error { return t.lifecycle(ctx, "frozen") }

// Thaw ends what Freeze began.
func (t *Target) Thaw(ctx context.Context) error { return t.lifecycle(ctx, "active") }

func (t *Target) lifecycle(ctx context.Context, state string) error {
	return t.Call(ctx, "Page.setWebLifecycleState", map[string]any{"state": state}, nil)
}

// HeapSnapshot writes what is on the heap of the target's realm, after a collection: JSON in the format of the
// DevTools' .heapsnapshot files. It holds the strings of JavaScript, and no WebAssembly memory.
func (t *Target) HeapSnapshot(ctx context.Context, w io.Writer) error {
	var failed error
	stop := t.driven.Listen(func(e Event) {
		if e.Method != "HeapProfiler.addHeapSnapshotChunk" || e.Session != t.Session {
			return
		}
		var p struct{ Chunk string }
		if err := json.Unmarshal(e.Params, &p); err != nil {
			failed = err
		} else if _, err := io.WriteString(w, p.Chunk); err != nil {
			failed = err
		}
	})
	defer stop()
	if err := t.Call(ctx, "HeapProfiler.collectGarbage", nil, nil); err != nil {
		return err
	}
	// All chunks come before the answer.
	if err := t.Call(ctx, "HeapProfiler.takeHeapSnapshot", map[string]any{"reportProgress": false}, nil); err != nil {
		return err
	}
	return failed
}
