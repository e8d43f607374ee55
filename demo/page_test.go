package main

import (
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const pageURL = "http://page.test"

// packageIn writes a package with the given files into a new folder.
func packageIn(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		file := filepath.Join(dir, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
		require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	}
	return dir
}

func testPackage(t *testing.T) string {
	t.Helper()
	return packageIn(t, map[string]string{
		"package.json":           `{"files": ["index.js", "worker.js", "callback-page.js", "*.wasm", "react"]}`,
		"index.js":               "export {};",
		"worker.js":              "export {};",
		"callback-page.js":       "export {};",
		"pkce.wasm":              "\x00asm",
		"react/index.js":         "export {};",
		"secret.js":              "no",
		"test/index.js":          "no",
		"node_modules/x/main.js": "no",
	})
}

func newTestPage(t *testing.T) *browser {
	t.Helper()
	handler, err := newPage(pageConfig{Issuer: testIssuer, ClientID: clientID, Scope: scopes, API: testIssuer + helloPath, LifetimeSeconds: 20, WasmURL: "/pkcewasm/pkce.wasm"}, testPackage(t))
	require.NoError(t, err)
	return newBrowser(t, handler)
}

func TestPageHeaders(t *testing.T) {
	b := newTestPage(t)
	for path, contentType := range map[string]string{
		"/":                        "text/html; charset=utf-8",
		"/style.css":               "text/css; charset=utf-8",
		"/favicon.svg":             "image/svg+xml",
		"/main.js":                 "text/javascript; charset=utf-8",
		"/config.json":             "application/json",
		"/pkcewasm/index.js":       "text/javascript; charset=utf-8",
		"/pkcewasm/react/index.js": "text/javascript; charset=utf-8",
		"/pkcewasm/pkce.wasm":      "application/wasm",
		"/missing":                 "text/plain; charset=utf-8",
	} {
		answer := b.get(pageURL + path)
		assert.Equal(t, contentType, answer.header.Get("Content-Type"), path)
		assert.Equal(t, "no-referrer", answer.header.Get("Referrer-Policy"), path)
		assert.Equal(t, "nosniff", answer.header.Get("X-Content-Type-Options"), path)
		assert.Equal(t, "same-origin", answer.header.Get("Cross-Origin-Resource-Policy"), path)
		assert.NotEmpty(t, answer.header.Get("Content-Security-Policy"), path)
	}
}

func TestDocumentPolicy(t *testing.T) {
	directives := map[string]string{}
	for _, directive := range strings.Split(newTestPage(t).get(pageURL+"/").header.Get("Content-Security-Policy"), ";") {
		name, value, _ := strings.Cut(strings.TrimSpace(directive), " ")
		directives[name] = value
	}
	assert.Equal(t, map[string]string{
		"default-src":     "'none'",
		"script-src":      "'self'",
		"style-src":       "'self'",
		"img-src":         "'self'",
		"worker-src":      "'self'",
		"connect-src":     "'self' " + testIssuer,
		"base-uri":        "'none'",
		"form-action":     "'none'",
		"frame-ancestors": "'none'",
	}, directives)
}

func TestCallbackPolicy(t *testing.T) {
	policy := newTestPage(t).get(pageURL + callbackPath).header.Get("Content-Security-Policy")
	assert.Equal(t, "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'", policy)
}

func TestWorkerPolicy(t *testing.T) {
	b := newTestPage(t)
	for _, worker := range []string{"/pkcewasm/worker.js", "/proof-worker.js"} {
		policy := b.get(pageURL + worker).header.Get("Content-Security-Policy")
		assert.Equal(t, "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self' "+testIssuer, policy)
	}
}

func TestOnlyPublishedFiles(t *testing.T) {
	b := newTestPage(t)
	for _, path := range []string{
		"/pkcewasm/", "/pkcewasm/secret.js", "/pkcewasm/package.json", "/pkcewasm/test/index.js", "/pkcewasm/react",
		"/pkcewasm/node_modules/x/main.js", "/pkcewasm/react/%2e%2e/secret.js", "/pkcewasm/react/..%2fsecret.js", "/page/index.html", "/provider.go",
	} {
		assert.NotEqual(t, http.StatusOK, b.get(pageURL+path).status, path)
	}
	assert.Equal(t, http.StatusMethodNotAllowed, b.send(http.MethodPost, pageURL+"/", nil, nil).status)
}

func TestConfig(t *testing.T) {
	config := newTestPage(t).get(pageURL + "/config.json").object(t)
	assert.Equal(t, map[string]any{
		"issuer": testIssuer, "clientId": clientID, "scope": scopes, "api": testIssuer + helloPath, "lifetimeSeconds": 20.0, "wasmUrl": "/pkcewasm/pkce.wasm",
	}, config)
}

func TestMissingPackage(t *testing.T) {
	_, err := newPage(pageConfig{}, t.TempDir())
	assert.ErrorContains(t, err, "package.json")
	_, err = newPage(pageConfig{WasmURL: "/pkcewasm/pkce.slim.wasm"}, packageIn(t, map[string]string{"package.json": `{"files": []}`, "index.js": "", "pkce.wasm": ""}))
	assert.ErrorContains(t, err, "make demo")
	_, err = newPage(pageConfig{}, packageIn(t, map[string]string{"package.json": `{`}))
	assert.ErrorContains(t, err, "package.json")
}

// The page promises that it needs no exception from its own policy.
func TestNothingInline(t *testing.T) {
	inline := regexp.MustCompile(`(?i)<script[^>]*>[^<]|<style|\sstyle=|\son[a-z]+=|="javascript:`)
	sources := []fs.FS{pageFiles, signInFiles}
	pages := 0
	for _, source := range sources {
		require.NoError(t, fs.WalkDir(source, ".", func(name string, _ fs.DirEntry, err error) error {
			if err != nil || filepath.Ext(name) != ".html" {
				return err
			}
			pages++
			text, err := fs.ReadFile(source, name)
			assert.NotRegexp(t, inline, string(text), name)
			return err
		}))
	}
	assert.Equal(t, 4, pages)
}

// Every module and every element that the page's scripts name must be there.
func TestPageIsComplete(t *testing.T) {
	b := newTestPage(t)
	html := b.get(pageURL + "/").body
	imports := regexp.MustCompile(`(?:from|Worker\() ?'(/[^']+)'`)
	ids := regexp.MustCompile(`byId\('([^']+)'\)`)
	names, err := fs.Glob(pageFiles, "page/*.js")
	require.NoError(t, err)
	require.NotEmpty(t, names)
	for _, name := range names {
		text, err := fs.ReadFile(pageFiles, name)
		require.NoError(t, err)
		for _, match := range imports.FindAllStringSubmatch(string(text), -1) {
			assert.Equal(t, http.StatusOK, b.get(pageURL+match[1]).status, "%s imports %s", name, match[1])
		}
		for _, match := range ids.FindAllStringSubmatch(string(text), -1) {
			assert.Contains(t, html, `id="`+match[1]+`"`, name)
		}
	}
}
