package session

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pkcewasm/pkcewasm/internal/oauth"
)

// bubble is a Platform on the clock of testing/synctest, and a server that
// answers from a script.
type bubble struct {
	t  *testing.T
	mu sync.Mutex // guards what follows

	wellKnown int // status of the metadata
	offline   bool
	answer    func(form url.Values) (int, string) // of the token endpoint
	latency   time.Duration
	requests  []url.Values
	urls      []string
}

var epoch = time.Now()

func (b *bubble) Now() Instant {
	return Instant{Wall: time.Now().UnixMilli(), Monotonic: time.Since(epoch).Milliseconds()}
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
	random := make([]byte, n)
	_, err := rand.Read(random)
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

func (b *bubble) Transport(int64) oauth.Transport { return b }

func (b *bubble) Send(r *oauth.Request) (*oauth.Response, error) {
	time.Sleep(b.latency)
	form, err := url.ParseQuery(r.Body.Reveal())
	require.NoError(b.t, err)
	if !b.Online() {
		return nil, &oauth.Error{Code: oauth.CodeNetwork, Reason: "offline", Retryable: true}
	}
	b.mu.Lock()
	b.requests = append(b.requests, form)
	b.urls = append(b.urls, r.URL)
	answer := b.answer
	b.mu.Unlock()
	status, body := 200, ""
	if strings.Contains(r.URL, "/.well-known/") && b.wellKnown != 0 {
		status = b.wellKnown
	}
	if strings.HasSuffix(r.URL, "/token") {
		status, body = answer(form)
	}
	if status == 0 {
		return nil, &oauth.Error{Code: oauth.CodeNetwork, Retryable: true}
	}
	return &oauth.Response{Status: status, Body: []byte(body), Headers: func(string) string { return "" }}, nil
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

// idToken returns an unsigned-for-real ID token: the signature is not read here.
func idToken(claims map[string]any) string {
	encode := func(v any) string {
		text, _ := json.Marshal(v)
		return base64.RawURLEncoding.EncodeToString(text)
	}
	return encode(map[string]any{"alg": "RS256"}) + "." + encode(claims) + ".c2lnbmF0dXJl"
}
