// Package provider is what the programs below interop/ have in common: real
// authorization servers with the clients that the interoperability tests have,
// each in a process and a Go module of its own. It knows no server.
package provider

import (
	"bytes"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"
)

// What every server is registered with.
const (
	User          = "alice" // signed in, and agrees, without being asked
	Client        = "test-spa"
	Service       = "test-service" // client_credentials
	ServiceSecret = "test-service-secret"
	Scopes        = "openid profile email offline_access api:read"
	Resource      = "https://api.example.test/"

	Asserter        = "test-asserter" // iss and sub of jwt-bearer assertions
	AssertionKeyID  = "test-key"
	AssertionSecret = "an HS256 secret of the tests, 32 bytes and more" // where the server takes HS256

	AccessTokenLifetime = 3 * time.Second
)

// Config is what a server is started with.
type Config struct {
	Issuer string // on loopback
	Origin string // of the application
	// Key verifies assertions signed with RS256.
	Key *rsa.PublicKey
}

// RedirectURIs are where the application comes back to, from a sign-in as from a
// sign-out.
func (c *Config) RedirectURIs() []string { return []string{c.Origin + "/callback.html"} }

// Main serves what the server makes of its configuration until it is ended, and
// prints "READY issuer", then a line for every token request ("token GRANT
// STATUS") and revocation ("revocation STATUS").
func Main(newServer func(*Config) (http.Handler, error)) {
	log.SetFlags(0)
	origin := flag.String("origin", "", "the application's")
	keyFile := flag.String("key", "", "PEM file with the public key of assertions")
	flag.Parse()
	if err := run(*origin, *keyFile, newServer); err != nil {
		log.Fatal(err)
	}
}

func run(origin, keyFile string, newServer func(*Config) (http.Handler, error)) error {
	key, err := readKey(keyFile)
	if err != nil {
		return fmt.Errorf("read the key: %w", err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	// localhost is another site than the application's 127.0.0.1, as a provider's mostly is.
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	config := &Config{Issuer: "http://localhost:" + port, Origin: origin, Key: key}
	handler, err := newServer(config)
	if err != nil {
		return err
	}
	server := &http.Server{Handler: told(handler), ReadHeaderTimeout: 10 * time.Second}
	fmt.Println("READY " + config.Issuer)
	return server.Serve(listener)
}

func readKey(file string) (*rsa.PublicKey, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, errors.New("not a PEM file")
	}
	key, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return nil, err
	}
	public, ok := key.(*rsa.PublicKey)
	if !ok {
		return nil, errors.New("not an RSA key")
	}
	return public, nil
}

// told prints what the tests count.
func told(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost {
			next.ServeHTTP(w, r)
			return
		}
		status := &statusWriter{ResponseWriter: w, status: http.StatusOK}
		grant := peek(r).Get("grant_type")
		next.ServeHTTP(status, r)
		switch {
		case grant != "":
			fmt.Println("token", grant, status.status)
		case strings.Contains(r.URL.Path, "revo"):
			fmt.Println("revocation", status.status)
		}
	})
}

// peek reads the form of a request, and leaves it there.
func peek(r *http.Request) url.Values {
	body, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	if err != nil {
		return nil
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	form, _ := url.ParseQuery(string(body))
	return form
}

type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

// CORS lets the application read answers from another origin, for servers that
// have nothing of the kind.
func (c *Config) CORS(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Add("Vary", "Origin")
		if r.Header.Get("Origin") == c.Origin {
			h.Set("Access-Control-Allow-Origin", c.Origin)
			h.Set("Access-Control-Expose-Headers", "WWW-Authenticate, DPoP-Nonce")
			if r.Method == http.MethodOptions {
				h.Set("Access-Control-Allow-Methods", "GET, POST")
				h.Set("Access-Control-Allow-Headers", "Authorization, Content-Type, DPoP")
				w.WriteHeader(http.StatusNoContent)
				return
			}
		}
		next.ServeHTTP(w, r)
	})
}
