package packagetest

import (
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pkcewasm/pkcewasm/internal/browsertest"
)

// testCDN signs in with a page that has no bundler: an import map takes the package from a server of another origin, and
// holds the digest of each file (Subresource Integrity). A worker must be of the page's origin, so one line there imports it.
func testCDN(t *testing.T, application string) {
	installed := filepath.Join(application, "node_modules", "pkcewasm")
	const path = "/npm/pkcewasm@0.1.0/"
	var changed atomic.Bool
	files := http.StripPrefix(path, http.FileServer(http.Dir(installed)))
	cdn := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Access-Control-Allow-Origin", "*")
		w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		if changed.Load() && r.URL.Path == path+"session.js" {
			w.Header().Set("Content-Type", "text/javascript")
			_, _ = io.WriteString(w, "export const acquireSession = () => {};") // the page sees a write that failed
			return
		}
		files.ServeHTTP(w, r)
	}))
	t.Cleanup(cdn.Close)

	digests := map[string]string{}
	scripts, err := filepath.Glob(filepath.Join(installed, "*.js"))
	require.NoError(t, err)
	require.NotEmpty(t, scripts)
	for _, script := range scripts {
		text, err := os.ReadFile(script)
		require.NoError(t, err)
		sum := sha512.Sum384(text)
		digests[cdn.URL+path+filepath.Base(script)] = "sha384-" + base64.StdEncoding.EncodeToString(sum[:])
	}
	importMap, err := json.Marshal(map[string]any{"imports": map[string]string{"pkcewasm": cdn.URL + path + "index.js"}, "integrity": digests})
	require.NoError(t, err)

	site, ledger := bundledSite(t)
	site.Mount("/cdn/", application, nil)
	site.Handle("GET /cdn/page.html", answer("text/html", fmt.Sprintf("<!doctype html>\n<script type=importmap>%s</script>\n<script type=module src=cdn.js></script>\n", importMap)))
	site.Handle("GET /cdn/worker.js", answer("text/javascript", fmt.Sprintf("import %q;", cdn.URL+path+"worker.js")))
	signIn(t, browsertest.NewBrowser(t, browsertest.Chromium, site, browsertest.Options{}), ledger, "/cdn/page.html")

	changed.Store(true)
	// With a profile of its own: the one before has the genuine file in its cache.
	browsertest.NewBrowser(t, browsertest.Chromium, site, browsertest.Options{}).Run(t, "/cdn/page.html?changed", time.Minute).Expect(t, "a changed file is refused")
}

// testMisserved has servers answer something else than the package's files.
func testMisserved(t *testing.T, application string) {
	installed := filepath.Join(application, "node_modules", "pkcewasm")
	site, _ := bundledSite(t)
	page := answer("text/html; charset=utf-8", "<!doctype html>\n<title>an application</title>")
	site.Mount("/misserved/", filepath.Join(application, "dist", "misserved"), nil)
	site.Mount("/moduleless/", installed, nil)
	site.Handle("GET /moduleless/pkce.slim.wasm", page)
	site.Handle("GET /spa/", page)
	site.Handle("GET /plain/", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		http.ServeFile(w, r, filepath.Join(installed, strings.TrimPrefix(r.URL.Path, "/plain/")))
	}))
	browser := browsertest.NewBrowser(t, browsertest.Chromium, site, browsertest.Options{})
	browser.Run(t, "/misserved/index.html", 3*time.Minute).Expect(t,
		"a page in the place of the worker", "a worker as plain text", "a page in the place of the module", "a module as plain text works")
}

func answer(contentType, text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		_, _ = io.WriteString(w, text) // the page sees a write that failed
	}
}
