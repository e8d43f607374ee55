package main

import (
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"strings"
)

//go:embed page
var pageFiles embed.FS

// packagePath is where the package is served, as an application without a bundler would.
const packagePath = "/pkcewasm/"

// callbackPath is where popups come back to.
const callbackPath = "/callback.html"

// pageConfig is handed to the page as /config.json.
type pageConfig struct {
	Issuer          string `json:"issuer,omitempty"` // "": the page brings a provider along (see export)
	ClientID        string `json:"clientId"`
	Scope           string `json:"scope"`
	API             string `json:"api,omitempty"`    // URL of the protected API
	Faults          string `json:"faults,omitempty"` // where the provider is told to misbehave
	Held            string `json:"held,omitempty"`   // where it says which refresh tokens are in force
	LifetimeSeconds int    `json:"lifetimeSeconds"`  // of an access token
	WasmURL         string `json:"wasmUrl"`          // path of the module, either build
}

var contentTypes = map[string]string{
	".css":  "text/css; charset=utf-8",
	".html": "text/html; charset=utf-8",
	".js":   "text/javascript; charset=utf-8",
	".json": "application/json",
	".svg":  "image/svg+xml",
	".wasm": "application/wasm",
}

// newPage serves the page at /, its configuration, and below /pkcewasm/ the files that the package
// in dir would publish, no others.
func newPage(cfg pageConfig, dir string) (http.Handler, error) {
	published, err := publishedFiles(dir, path.Base(cfg.WasmURL))
	if err != nil {
		return nil, err
	}
	page, err := fs.Sub(pageFiles, "page")
	if err != nil {
		return nil, err
	}
	config, err := json.Marshal(cfg)
	if err != nil {
		return nil, err
	}

	mux := http.NewServeMux()
	mux.HandleFunc("GET /config.json", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentTypes[".json"])
		_, _ = w.Write(config)
	})
	mux.HandleFunc("GET "+packagePath, func(w http.ResponseWriter, r *http.Request) {
		name := strings.TrimPrefix(r.URL.Path, packagePath)
		if !published.contains(name) {
			http.NotFound(w, r)
			return
		}
		serveFile(w, r, os.DirFS(dir), name)
	})
	mux.HandleFunc("GET /", func(w http.ResponseWriter, r *http.Request) {
		name := strings.TrimPrefix(r.URL.Path, "/")
		if name == "" {
			name = "index.html"
		}
		serveFile(w, r, page, name)
	})
	return headers(cfg.Issuer, mux), nil
}

func serveFile(w http.ResponseWriter, r *http.Request, files fs.FS, name string) {
	contentType, ok := contentTypes[path.Ext(name)]
	if info, err := fs.Stat(files, name); !ok || err != nil || info.IsDir() {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", contentType)
	http.ServeFileFS(w, r, files, name)
}

// headers sets what an application should set. Scripts get the policy of a worker: it counts only
// for those that are started as one, and it is the only place where WebAssembly may be compiled.
// The document itself gets by without 'wasm-unsafe-eval'.
func headers(issuer string, next http.Handler) http.Handler {
	document := "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; worker-src 'self'; connect-src 'self' " + issuer +
		"; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
	worker := "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self' " + issuer
	// The page that popups come back to starts no worker and asks for nothing. A hidden frame may come back to it, too.
	callback := "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		policy := document
		switch {
		case path.Ext(r.URL.Path) == ".js":
			policy = worker
		case r.URL.Path == callbackPath:
			policy = callback
		case r.URL.Query().Get("isolation") == "none": // the module runs in the document
			policy = strings.Replace(document, "script-src 'self'", "script-src 'self' 'wasm-unsafe-eval'", 1)
		}
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cache-Control", "no-cache")
		next.ServeHTTP(w, r)
	})
}

// publication is the `files` list of a package.json.
type publication []string

func publishedFiles(dir, module string) (publication, error) {
	text, err := os.ReadFile(filepath.Join(dir, "package.json"))
	if err != nil {
		return nil, fmt.Errorf("the package is not in %s: %w", dir, err)
	}
	var manifest struct{ Files publication }
	if err := json.Unmarshal(text, &manifest); err != nil {
		return nil, fmt.Errorf("package.json: %w", err)
	}
	for _, name := range []string{"index.js", module} {
		if _, err := os.Stat(filepath.Join(dir, name)); errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("%s is missing in %s: start with `make demo`, which builds it first", name, dir)
		}
	}
	return manifest.Files, nil
}

func (p publication) contains(name string) bool {
	for _, entry := range p {
		entry = strings.Trim(strings.TrimPrefix(entry, "./"), "/")
		if matched, err := path.Match(entry, name); err == nil && matched {
			return true
		}
		if strings.HasPrefix(name, entry+"/") {
			return true
		}
	}
	return false
}
