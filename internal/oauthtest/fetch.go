package oauthtest

import (
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Fetch sends requests from Go as a page's fetch would with redirect "manual",
// credentials "omit" and mode "cors": the rules about what a page may read are
// applied to the answer. The zero value has no origin and no deadline.
type Fetch struct {
	Origin  string        // of the pretended page; "" applies no CORS
	Timeout time.Duration // over headers and body; 0 is none
}

// MaxBody is the most that Fetch reads of a body.
const MaxBody = 1 << 20

// FetchError is the way in which a fetch failed: "network", "timeout",
// "redirect" or "too_large". As in a browser, nothing more is known.
type FetchError string

func (e FetchError) Error() string { return "fetch: " + string(e) }

// FetchResponse is an answer as the page sees it.
type FetchResponse struct {
	Status     int
	Header     func(name string) string // "" for what CORS hides; several of one name are joined by ", "
	Body       []byte
	ReceivedAt time.Time
}

// noRedirects is the client for native requests: no redirects, no reuse of
// connections between tests, no compression that the engine did not ask for.
var noRedirects = &http.Client{
	Transport:     &http.Transport{DisableKeepAlives: true, DisableCompression: true},
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

// Do sends a request and reads the whole answer. The error is a FetchError.
func (f Fetch) Do(method, url string, header http.Header, body string) (*FetchResponse, error) {
	ctx := context.Background()
	if f.Timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, f.Timeout)
		defer cancel()
	}
	if f.Origin != "" && !simple(method, header) && !f.preflight(ctx, method, url, header) {
		return nil, failure(ctx)
	}
	res, err := f.send(ctx, method, url, header, body)
	if err != nil {
		return nil, failure(ctx)
	}
	defer res.Body.Close() //nolint:errcheck // the body has been read or given up
	if slices.Contains([]int{301, 302, 303, 307, 308}, res.StatusCode) {
		return nil, FetchError("redirect")
	}
	if !f.mayRead(res) {
		return nil, FetchError("network")
	}
	data, err := io.ReadAll(io.LimitReader(res.Body, MaxBody+1))
	if len(data) > MaxBody {
		return nil, FetchError("too_large")
	}
	if err != nil {
		return nil, failure(ctx)
	}
	return &FetchResponse{Status: res.StatusCode, Header: f.visible(res.Header), Body: data, ReceivedAt: time.Now()}, nil
}

func (f Fetch) send(ctx context.Context, method, url string, header http.Header, body string) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header = header.Clone()
	if req.Header == nil {
		req.Header = http.Header{}
	}
	if f.Origin != "" {
		req.Header.Set("Origin", f.Origin)
	}
	return noRedirects.Do(req)
}

func failure(ctx context.Context) error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return FetchError("timeout")
	}
	return FetchError("network")
}

// simple tells whether a request goes out without asking first.
func simple(method string, header http.Header) bool {
	for name := range header {
		if !slices.Contains([]string{"Accept", "Accept-Language", "Content-Language", "Content-Type"}, name) {
			return false
		}
	}
	return method == http.MethodGet || method == http.MethodPost
}

func (f Fetch) preflight(ctx context.Context, method, url string, header http.Header) bool {
	ask := http.Header{"Access-Control-Request-Method": {method}}
	for name := range header {
		ask.Add("Access-Control-Request-Headers", strings.ToLower(name))
	}
	res, err := f.send(ctx, http.MethodOptions, url, ask, "")
	if err != nil {
		return false
	}
	defer res.Body.Close() //nolint:errcheck // nothing is read from it
	return res.StatusCode < 300 && f.mayRead(res)
}

func (f Fetch) mayRead(res *http.Response) bool {
	allowed := res.Header.Get("Access-Control-Allow-Origin")
	return f.Origin == "" || allowed == "*" || allowed == f.Origin
}

// visible is the view of the headers that CORS leaves to a page.
func (f Fetch) visible(h http.Header) func(string) string {
	readable := []string{"cache-control", "content-language", "content-length", "content-type", "expires", "last-modified", "pragma"}
	for name := range strings.SplitSeq(strings.Join(h.Values("Access-Control-Expose-Headers"), ","), ",") {
		readable = append(readable, strings.ToLower(strings.TrimSpace(name)))
	}
	return func(name string) string {
		if f.Origin != "" && !slices.Contains(readable, strings.ToLower(name)) {
			return ""
		}
		return strings.Join(h.Values(name), ", ")
	}
}
