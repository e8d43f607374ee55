package main

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"sync"
)

const (
	faultsPath = "/faults"
	heldPath   = "/held"
	clockAhead = 600 // seconds that the fault "clock" adds to the times of ID tokens
)

// faults lets people see what the client does when the provider misbehaves.
//
//	POST /faults   fault=...: what every token request meets from now on, "" for nothing; "revoked" ends all grants at once
//	GET  /held     the refresh tokens that are in force, for an experiment: what a script must find to have stolen one
type faults struct {
	store *store
	key   *rsa.PrivateKey

	mu   sync.Mutex // guards mode
	mode string
}

var faultModes = []string{"", "429", "503", "lost", "clock"}

func (f *faults) set(w http.ResponseWriter, r *http.Request) {
	fault := r.PostFormValue("fault")
	if fault == "revoked" {
		f.store.endAll()
		w.WriteHeader(http.StatusNoContent)
		return
	}
	for _, mode := range faultModes {
		if fault == mode {
			f.mu.Lock()
			f.mode = fault
			f.mu.Unlock()
			w.WriteHeader(http.StatusNoContent)
			return
		}
	}
	http.Error(w, "there is no such fault", http.StatusBadRequest)
}

func (f *faults) held(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	writeJSON(w, http.StatusOK, f.store.refreshTokens())
}

// spoil gives token requests the fault that is switched on.
func (f *faults) spoil(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/token" || r.Method != http.MethodPost {
			next.ServeHTTP(w, r)
			return
		}
		f.mu.Lock()
		mode := f.mode
		f.mu.Unlock()
		switch mode {
		case "429":
			w.Header().Set("Retry-After", "5")
			writeJSON(w, http.StatusTooManyRequests, map[string]string{"error": "slow_down"})
		case "503":
			writeJSON(w, http.StatusServiceUnavailable, map[string]string{"error": "temporarily_unavailable"})
		case "lost":
			next.ServeHTTP(&recorder{header: http.Header{}}, r)
			f.store.forgive(r.PostFormValue("refresh_token")) // as providers with a grace period do
			panic(http.ErrAbortHandler)
		case "clock":
			answer := &recorder{header: http.Header{}, status: http.StatusOK}
			next.ServeHTTP(answer, r)
			maps.Copy(w.Header(), answer.header)
			w.WriteHeader(answer.status)
			_, _ = w.Write(f.ahead(answer.body.Bytes())) // a client that is gone needs no answer
		default:
			next.ServeHTTP(w, r)
		}
	})
}

// ahead is a token answer whose ID token was issued by a clock that is ahead.
func (f *faults) ahead(body []byte) []byte {
	var answer map[string]any
	if json.Unmarshal(body, &answer) != nil {
		return body
	}
	idToken, _ := answer["id_token"].(string)
	parts := strings.Split(idToken, ".")
	if len(parts) != 3 {
		return body
	}
	payload, _ := base64.RawURLEncoding.DecodeString(parts[1])
	var claims map[string]any
	if json.Unmarshal(payload, &claims) != nil {
		return body
	}
	for _, name := range []string{"iat", "exp", "auth_time"} {
		if at, ok := claims[name].(float64); ok {
			claims[name] = int64(at) + clockAhead
		}
	}
	signed, err := f.sign(parts[0], claims)
	if err != nil {
		return body
	}
	answer["id_token"] = signed
	late, err := json.Marshal(answer)
	if err != nil {
		return body
	}
	return late
}

// sign makes a token with a header that says RS256 (RFC 7515).
func (f *faults) sign(header string, claims map[string]any) (string, error) {
	payload, err := json.Marshal(claims)
	if err != nil {
		return "", fmt.Errorf("claims: %w", err)
	}
	input := header + "." + base64.RawURLEncoding.EncodeToString(payload)
	sum := sha256.Sum256([]byte(input))
	signature, err := rsa.SignPKCS1v15(rand.Reader, f.key, crypto.SHA256, sum[:])
	if err != nil {
		return "", fmt.Errorf("sign: %w", err)
	}
	return input + "." + base64.RawURLEncoding.EncodeToString(signature), nil
}

// recorder is an answer that is not sent as it is.
type recorder struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (r *recorder) Header() http.Header         { return r.header }
func (r *recorder) WriteHeader(status int)      { r.status = status }
func (r *recorder) Write(b []byte) (int, error) { return r.body.Write(b) }
