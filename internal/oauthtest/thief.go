package oauthtest

import (
	"io"
	"net"
	"net/http"
	"sync"
	"time"
)

// sameOriginTrap is where a redirect within the server's origin leads.
const sameOriginTrap = "/redirected"

// Thief is a second origin, and the target of every scripted redirect. It
// answers like a token endpoint and keeps what it is sent. No client of ours
// may ever send it anything.
type Thief struct {
	URL string

	server *http.Server
	done   sync.WaitGroup

	mu       sync.Mutex // guards requests
	requests []Entry
}

func startThief(host string) (*Thief, error) {
	listener, err := net.Listen("tcp", net.JoinHostPort(host, "0"))
	if err != nil {
		return nil, err
	}
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	t := &Thief{URL: "http://" + net.JoinHostPort(host, port)}
	t.server = &http.Server{Handler: t.handler(), ReadHeaderTimeout: 10 * time.Second}
	t.done.Go(func() { _ = t.server.Serve(listener) })
	return t, nil
}

func (t *Thief) close() {
	_ = t.server.Close()
	t.done.Wait()
}

// Requests returns what followed a redirect, to this origin or within the
// server's own.
func (t *Thief) Requests() []Entry {
	t.mu.Lock()
	defer t.mu.Unlock()
	return append([]Entry{}, t.requests...)
}

func (t *Thief) reset() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.requests = nil
}

func (t *Thief) handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(io.LimitReader(r.Body, 1<<20))
		t.mu.Lock()
		t.requests = append(t.requests, Entry{
			Sequence: len(t.requests) + 1, Time: time.Now(), Endpoint: "thief", Method: r.Method,
			URI: r.URL.RequestURI(), Header: r.Header.Clone(), Body: string(body), Origin: r.Header.Get("Origin"),
		})
		t.mu.Unlock()
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"access_token":"stolen","token_type":"Bearer","expires_in":300}`)
	})
}
