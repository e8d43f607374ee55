package browsertest

import (
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"sync"
	"testing"
	"time"
)

// Remote is a page whose clients the test leads, command by command: for tests whose steps alternate between a client and
// its authorization server. pages/remote.js is the page's side.
type Remote struct {
	commands chan command

	mu      sync.Mutex // guards the rest
	waiting map[int]chan json.RawMessage
	last    int
}

// command is one thing to do in the page.
type command struct {
	ID       int    `json:"id"`
	Client   string `json:"client"` // which of the page's clients; it may be a new name
	Action   string `json:"action"` // of pages/remote.js
	Argument any    `json:"argument,omitempty"`
}

// commandTime is how long a page may take for a command.
const commandTime = 40 * time.Second

// NewRemote adds the page to the site.
//
//	/remote/next  GET: waits for commands
//	/remote/done  POST: ?id=N, the answer to one
func NewRemote(site *Site) *Remote {
	r := &Remote{commands: make(chan command), waiting: map[int]chan json.RawMessage{}}
	site.Handle("GET /remote/next", http.HandlerFunc(r.serveNext))
	site.Handle("POST /remote/done", http.HandlerFunc(r.receiveAnswer))
	return r
}

// Lead opens the page in a browser, at the path /remote.html with the given query, and runs the test's steps. Then the page
// is done.
func (r *Remote) Lead(t testing.TB, b *Browser, query string, limit time.Duration, steps func()) {
	t.Helper()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		steps()
		r.Do("", "done", nil, nil)
	}()
	b.Run(t, "/remote.html"+query, limit)
	<-ended
}

// Do lets a client of the page do something and decodes the answer, unless into is nil. It returns false when the page did
// not answer in time, or not with what was expected.
func (r *Remote) Do(client, action string, argument, into any) bool {
	answer := make(chan json.RawMessage, 1)
	r.mu.Lock()
	r.last++
	id := r.last
	r.waiting[id] = answer
	r.mu.Unlock()
	defer func() {
		r.mu.Lock()
		delete(r.waiting, id)
		r.mu.Unlock()
	}()
	late := time.NewTimer(commandTime)
	defer late.Stop()
	select {
	case r.commands <- command{id, client, action, argument}:
	case <-late.C:
		return false
	}
	select {
	case text := <-answer:
		return into == nil || json.Unmarshal(text, into) == nil
	case <-late.C:
		return false
	}
}

func (r *Remote) serveNext(w http.ResponseWriter, request *http.Request) {
	var batch []command
	select {
	case c := <-r.commands:
		batch = append(batch, c)
	case <-request.Context().Done():
		return
	case <-time.After(20 * time.Second):
	}
	for more := true; more; {
		select {
		case c := <-r.commands:
			batch = append(batch, c)
		default:
			more = false
		}
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(batch) // commands that get lost are not answered
}

func (r *Remote) receiveAnswer(w http.ResponseWriter, request *http.Request) {
	id, _ := strconv.Atoi(request.URL.Query().Get("id"))
	text, err := io.ReadAll(io.LimitReader(request.Body, 16<<20))
	r.mu.Lock()
	answer := r.waiting[id]
	r.mu.Unlock()
	if err == nil && answer != nil {
		answer <- text
	}
	w.WriteHeader(http.StatusNoContent)
}
