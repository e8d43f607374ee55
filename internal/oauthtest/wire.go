package oauthtest

import (
	"bufio"
	"bytes"
	"cmp"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"strconv"
	"time"
)

// Wire says how the bytes of an answer travel. The zero value is the ordinary
// way. Network faults come from the server, not from a browser's debugger, so
// that every engine meets the same thing.
type Wire struct {
	DelayMS    int   `json:"delayMs,omitempty"`    // wait this long before the status line
	Hold       bool  `json:"hold,omitempty"`       // wait before the status line until Release
	KillAfter  *int  `json:"killAfter,omitempty"`  // close the socket after so many body bytes; -1 is before the status line
	Reset      bool  `json:"reset,omitempty"`      // with KillAfter: RST instead of FIN
	HangAfter  *int  `json:"hangAfter,omitempty"`  // after so many body bytes send nothing more, until Release
	DripBytes  int   `json:"dripBytes,omitempty"`  // send so many body bytes at a time,
	DripMS     int   `json:"dripMs,omitempty"`     // with such a pause between them
	Chunked    bool  `json:"chunked,omitempty"`    // chunked coding instead of Content-Length
	Length     int   `json:"length,omitempty"`     // added to the true Content-Length
	EarlyHints bool  `json:"earlyHints,omitempty"` // a 103 before the answer
	Filler     int64 `json:"filler,omitempty"`     // so many spaces before the body
	NoCORS     bool  `json:"noCors,omitempty"`     // no CORS headers on this answer
}

func (w Wire) ordinary() bool {
	w.NoCORS = false
	return w == Wire{}
}

// Release lets every held or hanging answer go on, of the requests that the ledger has.
func (s *Server) Release() {
	s.mu.Lock()
	defer s.mu.Unlock()
	close(s.release)
	s.release = make(chan struct{})
}

// deliver sends an answer, the ordinary way through net/http, any other by
// writing the bytes to the socket itself.
func (s *Server) deliver(w http.ResponseWriter, r *request, how Wire, res response) {
	if res.header.Get("Date") == "" {
		res.header.Set("Date", s.Now().UTC().Format(http.TimeFormat))
	}
	if how.ordinary() {
		maps.Copy(w.Header(), res.header)
		if len(res.header.Values("Content-Type")) == 0 {
			w.Header()["Content-Type"] = nil // net/http would guess one
		}
		w.WriteHeader(res.status)
		_, _ = w.Write(res.body)
		return
	}
	conn, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(fmt.Sprintf("hijack: %v", err)) // only HTTP/1.1 is served here
	}
	d := delivery{
		how: how, conn: conn, out: buffered.Writer, release: r.release, stopped: s.stopped,
		gone: make(chan struct{}), done: func() { s.Ledger.finish(r.entry) },
	}
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		_, _ = conn.Read(make([]byte, 1)) // returns when the client leaves or the socket is closed here
		close(d.gone)
	}()
	d.send(r.Method, res)
	_ = conn.Close()
	<-watched
}

// delivery is an answer on its way.
type delivery struct {
	how                    Wire
	conn                   net.Conn
	out                    *bufio.Writer
	release, stopped, gone chan struct{}
	done                   func() // called before the client can know that it has everything
}

func (d *delivery) send(method string, res response) {
	how := d.how
	if how.DelayMS > 0 && !d.pause(how.DelayMS) || how.Hold && !d.wait() {
		return
	}
	if how.KillAfter != nil && *how.KillAfter < 0 {
		d.kill()
		return
	}
	if how.EarlyHints {
		_, _ = d.out.WriteString("HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n")
	}
	d.head(method, res)
	body := io.MultiReader(io.LimitReader(spaces{}, how.Filler), bytes.NewReader(res.body))
	for _, stop := range []*int{how.KillAfter, how.HangAfter} {
		if stop != nil {
			body = io.LimitReader(body, int64(*stop))
		}
	}
	switch {
	case !d.copy(bufio.NewReader(body)):
	case how.KillAfter != nil:
		d.kill()
	case how.HangAfter != nil:
		d.wait()
	}
}

func (d *delivery) head(method string, res response) {
	fmt.Fprintf(d.out, "HTTP/1.1 %d %s\r\n", res.status, cmp.Or(http.StatusText(res.status), "Unassigned"))
	h := res.header.Clone()
	h.Set("Connection", "close")
	switch length := d.how.Filler + int64(len(res.body)) + int64(d.how.Length); {
	case d.how.Chunked:
		h.Set("Transfer-Encoding", "chunked")
	case method != http.MethodHead:
		h.Set("Content-Length", strconv.FormatInt(length, 10))
	}
	_ = h.Write(d.out)
	_, _ = d.out.WriteString("\r\n")
}

// copy writes the body as it may travel. It returns false when nobody listens
// any more.
func (d *delivery) copy(body *bufio.Reader) bool {
	chunk := make([]byte, cmp.Or(d.how.DripBytes, 64<<10))
	whole := d.how.KillAfter == nil && d.how.HangAfter == nil
	for {
		n, _ := io.ReadFull(body, chunk)
		_, err := body.Peek(1)
		last := err != nil
		if last && d.how.HangAfter == nil {
			d.done()
		}
		if d.how.Chunked && n > 0 {
			fmt.Fprintf(d.out, "%x\r\n%s\r\n", n, chunk[:n])
		} else {
			_, _ = d.out.Write(chunk[:n])
		}
		if d.how.Chunked && last && whole {
			_, _ = d.out.WriteString("0\r\n\r\n")
		}
		if d.out.Flush() != nil {
			return false
		}
		if last {
			return true
		}
		if d.how.DripMS > 0 && !d.pause(d.how.DripMS) {
			return false
		}
	}
}

func (d *delivery) kill() {
	d.done()
	if tcp, ok := d.conn.(*net.TCPConn); ok && d.how.Reset {
		_ = tcp.SetLinger(0)
	}
	_ = d.conn.Close()
}

// pause returns false when the client or the server went away meanwhile.
func (d *delivery) pause(ms int) bool {
	timer := time.NewTimer(time.Duration(ms) * time.Millisecond)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-d.gone:
	case <-d.stopped:
	}
	return false
}

// wait returns true when it was released.
func (d *delivery) wait() bool {
	select {
	case <-d.release:
		return true
	case <-d.gone:
	case <-d.stopped:
	}
	return false
}

// spaces is an endless reader of what JSON ignores.
type spaces struct{}

func (spaces) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}
