//go:build js && wasm

package browser

import (
	"strings"
	"syscall/js"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pkcewasm/pkcewasm/internal/oauth"
)

// fake puts a fetch in place that records its arguments as globalThis.fetched
// and answers with the body's result.
func fake(t *testing.T, body string) {
	patch(t, "fetched", js.Null())
	patch(t, "fetch", script("url", "init", "globalThis.fetched = {url, init};"+body))
}

var request = &oauth.Request{
	Method: "POST", URL: "https://op.example/token",
	Headers: []oauth.Header{{Name: "Content-Type", Value: "application/x-www-form-urlencoded;charset=UTF-8"}},
	Body:    oauth.NewSecret("grant_type=refresh_token"),
}

func TestFetchSpellsItsOptionsOut(t *testing.T) {
	fake(t, "return Promise.resolve(new Response('{\"a\":1}', {status: 200, headers: {'Retry-After': '7'}}))")
	response, err := (&Transport{}).Send(request)
	require.NoError(t, err)
	require.Equal(t, 200, response.Status)
	require.Equal(t, `{"a":1}`, string(response.Body))
	require.Equal(t, []oauth.Header{{Name: "content-type", Value: "text/plain;charset=UTF-8"}, {Name: "retry-after", Value: "7"}}, response.Headers)
	require.InDelta(t, time.Now().UnixMilli(), response.ReceivedAt, 1000)

	for expression, want := range map[string]string{
		"fetched.url":                                         "https://op.example/token",
		"fetched.init.method":                                 "POST",
		"fetched.init.body":                                   "grant_type=refresh_token",
		"fetched.init.mode":                                   "cors",
		"fetched.init.credentials":                            "omit",
		"fetched.init.cache":                                  "no-store",
		"fetched.init.redirect":                               "manual",
		"fetched.init.referrerPolicy":                         "no-referrer",
		"fetched.init.headers['Content-Type']":                "application/x-www-form-urlencoded;charset=UTF-8",
		"String(Object.getPrototypeOf(fetched.init))":         "null",
		"String(Object.getPrototypeOf(fetched.init.headers))": "null",
		"String(fetched.init.signal instanceof AbortSignal)":  "true",
	} {
		require.Equal(t, want, script("return "+expression).Invoke().String(), expression)
	}
}

func TestAGetHasNoBody(t *testing.T) {
	fake(t, "return Promise.resolve(new Response(null, {status: 204}))")
	response, err := (&Transport{}).Send(&oauth.Request{Method: "GET", URL: "https://op.example/x"})
	require.NoError(t, err)
	require.Empty(t, response.Body)
	require.Equal(t, "undefined", script("return typeof fetched.init.body").Invoke().String())
}

// TestTheFirstChunkIsAskedForFirst since it comes from another thread while the headers are read.
func TestTheFirstChunkIsAskedForFirst(t *testing.T) {
	patch(t, "order", js.Global().Get("Array").New())
	fake(t, `const { body, headers } = new Response('{}');
		return Promise.resolve({
			type: 'cors', status: 200,
			get headers() { order.push('headers'); return headers; },
			body: { getReader() {
				const reader = body.getReader();
				return { read() { order.push('read'); return reader.read(); } };
			} },
		})`)
	response, err := (&Transport{}).Send(&oauth.Request{Method: "GET", URL: "https://op.example/x"})
	require.NoError(t, err)
	require.Equal(t, "{}", string(response.Body))
	require.Equal(t, "read,headers,read", script("return order.join()").Invoke().String())
}

// stream is a Response whose body yields what pull enqueues.
func stream(pull string) string {
	return "return Promise.resolve(new Response(new ReadableStream({i: 0, pull(c) {" + pull + "}})))"
}

func TestFetchFails(t *testing.T) {
	for name, test := range map[string]struct {
		body string
		want oauth.Code
	}{
		"refused":           {"return Promise.reject(new TypeError('Failed to fetch'))", oauth.CodeNetwork},
		"throws a string":   {"throw 'a string'", oauth.CodeNetwork},
		"throws":            {"throw new Error('x')", oauth.CodeNetwork},
		"no response":       {"return Promise.resolve(undefined)", oauth.CodeNetwork},
		"null":              {"return null", oauth.CodeNetwork},
		"redirect":          {"return Promise.resolve({type: 'opaqueredirect', status: 0, headers: new Headers()})", oauth.CodeRedirect},
		"hangs":             {"return new Promise((_, no) => init.signal.addEventListener('abort', () => no(init.signal.reason)))", oauth.CodeTimeout},
		"body hangs":        {"const s = init.signal;" + stream("return new Promise((_, no) => s.addEventListener('abort', () => no(s.reason)))"), oauth.CodeTimeout},
		"body dies":         {stream("if (this.i++) c.error(new TypeError('network')); else c.enqueue(new Uint8Array(10))"), oauth.CodeNetwork},
		"body without end":  {stream("c.enqueue(new Uint8Array(65536))"), oauth.CodeTooLarge},
		"one byte too many": {stream("if (this.i++ < 1) c.enqueue(new Uint8Array(1048577)); else c.close()"), oauth.CodeTooLarge},
		"locked":            {"const r = new Response('x'); r.body.getReader(); return Promise.resolve(r)", oauth.CodeNetwork},
	} {
		t.Run(name, func(t *testing.T) {
			fake(t, test.body)
			_, err := (&Transport{Timeout: 50}).Send(request)
			require.Equal(t, test.want, codeOf(err))
			require.NotContains(t, err.Error(), "Failed to fetch", "engines word it differently")
		})
	}
}

func TestAMebibyteIsNotTooLarge(t *testing.T) {
	fake(t, stream("if (this.i++ < 16) c.enqueue(new Uint8Array(65536)); else c.close()"))
	response, err := (&Transport{}).Send(request)
	require.NoError(t, err)
	require.Len(t, response.Body, 1<<20)
}

func TestACallerAborts(t *testing.T) {
	fake(t, "return new Promise((_, no) => init.signal.addEventListener('abort', () => no(init.signal.reason)))")
	controller := js.Global().Get("AbortController").New()
	signal := &Signal{signal: value{newReference(controller.Get("signal"))}}
	time.AfterFunc(10*time.Millisecond, func() { controller.Call("abort") })
	_, err := (&Transport{Signal: signal}).Send(request)
	require.Equal(t, oauth.CodeAborted, codeOf(err))

	patch(t, "fetched", js.Null())
	_, err = (&Transport{Signal: signal}).Send(request)
	require.Equal(t, oauth.CodeAborted, codeOf(err))
	require.True(t, js.Global().Get("fetched").IsNull(), "nothing was sent")
}

func TestOffline(t *testing.T) {
	fake(t, "return Promise.resolve(new Response('x'))")
	patch(t, "navigator", map[string]any{"onLine": false})
	_, err := (&Transport{}).Send(request)
	require.Equal(t, oauth.CodeNetwork, codeOf(err))
	require.True(t, js.Global().Get("fetched").IsNull(), "nothing was sent")
	patch(t, "navigator", map[string]any{})
	_, err = (&Transport{}).Send(request)
	require.NoError(t, err)
}

func TestRandom(t *testing.T) {
	random, err := Random(32)
	require.NoError(t, err)
	other, err := Random(32)
	require.NoError(t, err)
	require.NotEqual(t, random, other)
	for name, broken := range map[string]any{
		"missing":       js.Undefined(),
		"no method":     map[string]any{},
		"throws":        map[string]any{"getRandomValues": script("throw new Error('x')")},
		"not an object": "crypto",
	} {
		t.Run(name, func(t *testing.T) {
			patch(t, "crypto", broken)
			_, err := Random(32)
			require.Equal(t, oauth.CodeUnsupported, codeOf(err))
		})
	}
}

func TestTimer(t *testing.T) {
	patch(t, "delays", js.Global().Get("Array").New())
	original := js.Global().Get("setTimeout")
	patch(t, "setTimeout", script("original", "return (f, d) => { delays.push(d); return original(f, d > 1000 ? 100000 : d) }").Invoke(original))
	fired := make(chan bool, 1)
	After(-5, func() { fired <- true })
	<-fired
	long := After(30*86400*1000, func() { t.Error("a stopped timer fired") })
	long.Stop()
	long.Stop()
	delays := script("return delays.filter(d => d === 0 || d > 1e9).join()").Invoke().String()
	require.True(t, strings.HasPrefix(delays, "0"))
	require.Contains(t, delays, "2147483647", "a longer delay would fire at once")
}
