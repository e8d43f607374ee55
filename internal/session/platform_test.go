package session

import (
	"cmp"
	"crypto/rand"
	"crypto/sha512"
	"encoding/json"
	"io"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pkcewasm/pkcewasm/internal/oauth"
	"github.com/pkcewasm/pkcewasm/internal/oauthtest"
)

// bubble is a Platform on the clock of testing/synctest, and a server that
// answers from a script.
type bubble struct {
	t  *testing.T
	mu sync.Mutex // guards what follows

	offline   bool
	asleep    time.Duration                       // for how long the machine was, which only the wall clock counted
	random    io.Reader                           // nil is crypto/rand's
	wellKnown int                                 // status of the metadata, 0 is as described
	answer    func(form url.Values) (int, string) // of the token endpoint
	other     func(*oauth.Request) (int, string)  // of every other endpoint; nil answers 200
	latency   time.Duration
	requests  []url.Values // but for those of keys
	urls      []string

	described  string               // that the server publishes, "" is none
	algorithm  string               // that ID tokens are signed with, "" is EdDSA
	rotations  int                  // of the signing key
	published  func() (int, string) // what the server answers who asks for its keys, nil for those in force
	asked      int                  // how often it was
	keyLatency time.Duration        // of answers with keys, besides
	mute       *oauth.Error         // why signatures cannot be verified here
}

// epoch is before the time at which a bubble begins.
var epoch = time.Date(1999, time.December, 31, 0, 0, 0, 0, time.UTC)

func (b *bubble) Now() Instant {
	return Instant{Wall: b.wall().UnixMilli(), Monotonic: time.Since(epoch).Milliseconds()}
}

// wall is the time of everybody's calendar.
func (b *bubble) wall() time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	return time.Now().Add(b.asleep)
}

func (b *bubble) After(delay int64, f func()) func() {
	timer := time.AfterFunc(time.Duration(delay)*time.Millisecond, f)
	return func() { timer.Stop() }
}

func (b *bubble) Online() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return !b.offline
}

func (b *bubble) Random(n int) ([]byte, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	random, source := make([]byte, n), rand.Reader
	if b.random != nil {
		source = b.random
	}
	_, err := io.ReadFull(source, random)
	return random, err
}

func (b *bubble) Go(f func(), onCrash func(error)) {
	go func() {
		defer func() {
			if recover() != nil {
				onCrash(&oauth.Error{Code: oauth.CodeCrashed})
			}
		}()
		f()
	}()
}

func (b *bubble) Transport(timeout int64) oauth.Transport {
	return transport{b, time.Duration(timeout) * time.Millisecond}
}

// transport is the bubble's, with a deadline.
type transport struct {
	*bubble
	timeout time.Duration
}

func (b transport) Send(r *oauth.Request) (*oauth.Response, error) {
	b.mu.Lock()
	latency := b.latency
	b.mu.Unlock()
	if strings.HasSuffix(r.URL, "/jwks") {
		latency += b.keyLatency
	}
	if latency > b.timeout {
		time.Sleep(b.timeout)
		return nil, &oauth.Error{Code: oauth.CodeTimeout, Retryable: true}
	}
	time.Sleep(latency)
	form, err := url.ParseQuery(r.Body.Reveal())
	require.NoError(b.t, err)
	if !b.Online() {
		return nil, &oauth.Error{Code: oauth.CodeNetwork, Reason: "offline", Retryable: true}
	}
	status, body := 200, ""
	if strings.HasSuffix(r.URL, "/jwks") {
		status, body = b.keys()
	} else if strings.Contains(r.URL, "/.well-known/") {
		status, body = 404, ""
		if b.described != "" {
			status, body = 200, b.described
		}
		if b.wellKnown != 0 {
			status = b.wellKnown
		}
	} else {
		b.mu.Lock()
		b.requests = append(b.requests, form)
		b.urls = append(b.urls, r.URL)
		answer, other := b.answer, b.other
		b.mu.Unlock()
		if strings.HasSuffix(r.URL, "/token") {
			status, body = answer(form)
		} else if other != nil {
			status, body = other(r)
		}
	}
	if status == 0 {
		return nil, &oauth.Error{Code: oauth.CodeNetwork, Retryable: true}
	}
	return &oauth.Response{Status: status, Body: []byte(body)}, nil
}

// headersOf are the headers of an answer that the protocol asks for.
func headersOf(get func(name string) string) (headers []oauth.Header) {
	for _, name := range []string{"Content-Type", "Date", "DPoP-Nonce", "Retry-After", "WWW-Authenticate"} {
		if value := get(name); value != "" {
			headers = append(headers, oauth.Header{Name: name, Value: value})
		}
	}
	return headers
}

// script sets what the token endpoint answers from now on.
func (b *bubble) script(answer func(url.Values) (int, string)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.answer = answer
}

func (b *bubble) count() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.requests)
}

// keys answers who asks for the server's keys.
func (b *bubble) keys() (int, string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.asked++
	if b.published != nil {
		return b.published()
	}
	return 200, string(oauthtest.KeySet(b.key().JWK()).Bytes())
}

// key is the one that the server signs with.
func (b *bubble) key() *oauthtest.Key {
	return oauthtest.KeyFor(cmp.Or(b.algorithm, "EdDSA"), b.rotations)
}

// idToken returns an ID token of the server, forged as edit, which may be nil, says.
func (b *bubble) idToken(claims map[string]any, edit *oauthtest.IDTokenEdit) string {
	var payload oauthtest.Members
	for name, value := range claims {
		text, _ := json.Marshal(value)
		payload.Set(name, string(text))
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.key().JWT(payload, edit)
}

func (b *bubble) Verify(algorithm string, key *oauth.PublicKey, signed string, signature []byte) (bool, error) {
	if b.mute != nil {
		return false, b.mute
	}
	return oauthtest.Verify(algorithm, map[string]string{"n": key.N, "e": key.E, "x": key.X, "y": key.Y}, signed, signature), nil
}

func (b *bubble) SHA512(data string) ([]byte, error) {
	hash := sha512.Sum512([]byte(data))
	return hash[:], nil
}
