package browsertest

import (
	"embed"
	"encoding/json"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

//go:embed pages
var pages embed.FS

// Site serves the test pages and the package to one browser, on a loopback port of its own, and hears their reports.
//
//	/pkcewasm/...     the npm package (see Mount)
//	/config.json      the authorization servers (see AddProvider)
//	/harness/report   POST: a Check
//	/harness/done     POST: the page is done
//	/harness/next     GET: waits for the next page's address; 204 if there is none yet
//	/...              the files of pages/
//
// A page of its own without an origin may load all of it. The parameter coop of any address becomes its Cross-Origin-Opener-Policy, csp its
// Content-Security-Policy, cache its Cache-Control.
type Site struct {
	Origin string

	mux *http.ServeMux

	mu     sync.Mutex // guards the rest
	config map[string]Provider
	report *Report
	next   chan string // the address that a waiting browser goes to; a new one for every browser
}

// NewSite serves until the test ends.
func NewSite(t testing.TB) *Site {
	t.Helper()
	s := &Site{mux: http.NewServeMux(), config: map[string]Provider{}, next: make(chan string, 1), report: &Report{finished: make(chan struct{})}}
	files, err := fs.Sub(pages, "pages")
	if err != nil {
		t.Fatal(err)
	}
	s.mux.Handle("GET /", http.FileServerFS(files))
	s.mux.HandleFunc("GET /config.json", s.serveConfig)
	s.mux.HandleFunc("POST /harness/report", s.receiveCheck)
	s.mux.HandleFunc("POST /harness/done", s.receiveDone)
	s.mux.HandleFunc("GET /harness/next", s.serveNext)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		if r.Header.Get("Origin") == "null" {
			w.Header().Set("Access-Control-Allow-Origin", "null")
		}
		for name, header := range map[string]string{"coop": "Cross-Origin-Opener-Policy", "csp": "Content-Security-Policy", "cache": "Cache-Control"} {
			if policy := r.URL.Query().Get(name); policy != "" {
				w.Header().Set(header, policy)
			}
		}
		s.mux.ServeHTTP(w, r)
	}))
	t.Cleanup(server.CloseClientConnections)
	t.Cleanup(server.Close)
	s.Origin = server.URL
	return s
}

// Handle adds a handler for what a single test needs.
func (s *Site) Handle(pattern string, handler http.Handler) { s.mux.Handle(pattern, handler) }

// Mount serves a folder below a prefix such as "/pkcewasm/". Files of the overlay (name to path on disk) stand in for
// the folder's own: that is how a module just built is served with the package in the tree.
func (s *Site) Mount(prefix, folder string, overlay map[string]string) {
	files := http.StripPrefix(prefix, http.FileServer(http.Dir(folder)))
	s.mux.HandleFunc("GET "+prefix, func(w http.ResponseWriter, r *http.Request) {
		if file, ok := overlay[strings.TrimPrefix(r.URL.Path, prefix)]; ok {
			serveFile(w, r, file)
			return
		}
		files.ServeHTTP(w, r)
	})
}

// serveFile is http.ServeFile without its redirects, and with the type taken from the extension.
func serveFile(w http.ResponseWriter, r *http.Request, file string) {
	f, err := os.Open(file)
	if err != nil {
		http.NotFound(w, r)
		return
	}
	defer f.Close()
	http.ServeContent(w, r, filepath.Base(file), time.Time{}, f)
}

// Provider describes an authorization server to the pages: its user is alice.
type Provider struct {
	Issuer   string `json:"issuer"`
	ClientID string `json:"clientId"`
	API      string `json:"api"` // answers 200 to a valid access token, and names the user
}

// AddProvider lets pages find a provider by name, as a member of /config.json.
func (s *Site) AddProvider(name string, p Provider) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.config[name] = p
}

func (s *Site) serveConfig(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(s.config) // the page sees a write that failed
}

func (s *Site) receiveCheck(w http.ResponseWriter, r *http.Request) {
	var c Check
	if err := json.NewDecoder(io.LimitReader(r.Body, 1<<20)).Decode(&c); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	s.current().add(c)
}

func (s *Site) receiveDone(http.ResponseWriter, *http.Request) { s.current().finish() }

func (s *Site) serveNext(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	next := s.next
	s.mu.Unlock()
	select {
	case address := <-next:
		_, _ = io.WriteString(w, address)
	case <-r.Context().Done():
	case <-time.After(20 * time.Second):
		w.WriteHeader(http.StatusNoContent)
	}
}

func (s *Site) current() *Report {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.report
}

func (s *Site) begin() *Report {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.report = &Report{finished: make(chan struct{})}
	return s.report
}

func (s *Site) lead(address string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.next <- s.absolute(address)
}

// forget drops what a browser that is being stopped might still ask for.
func (s *Site) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.next = make(chan string, 1)
}

func (s *Site) absolute(address string) string {
	if strings.Contains(address, "://") {
		return address
	}
	return s.Origin + address
}
