//go:build js && wasm

package browser

import (
	"errors"
	"syscall/js"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pkcewasm/pkcewasm/internal/oauth"
)

func TestAwait(t *testing.T) {
	for name, test := range map[string]struct {
		body string
		want string
		fail bool
	}{
		"fulfilled":                {"return Promise.resolve('yes')", "yes", false},
		"later":                    {"return new Promise(r => setTimeout(() => r('later'), 5))", "later", false},
		"rejected":                 {"return Promise.reject(new Error('no'))", "", true},
		"rejected with a string":   {"return Promise.reject('no')", "", true},
		"rejected with undefined":  {"return Promise.reject()", "", true},
		"not a promise":            {"return {}", "", true},
		"then throws":              {"return {then() { throw 'a string' }}", "", true},
		"then throws null":         {"return {then() { throw null }}", "", true},
		"a thenable that fulfills": {"return {then(f) { f('yes') }}", "yes", false},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := await(evaluate(t, test.body))
			require.Equal(t, test.fail, err != nil)
			require.Equal(t, test.want, got.text())
		})
	}
}

// settled waits for a promise from JavaScript's side and returns what it
// became: ["ok", value] or ["error", error].
func settled(t *testing.T, promise js.Value) (string, js.Value) {
	done := make(chan js.Value, 1)
	report := js.FuncOf(func(_ js.Value, args []js.Value) any {
		done <- args[0]
		return nil
	})
	defer report.Release()
	script("promise", "report", "promise.then(v => report(['ok', v]), e => report(['error', e]))").Invoke(promise, report)
	select {
	case outcome := <-done:
		return outcome.Index(0).String(), outcome.Index(1)
	case <-time.After(5 * time.Second):
		t.Fatal("the promise never settled")
		return "", js.Undefined()
	}
}

// publish offers one function to JavaScript and returns it.
func publish(t *testing.T, define func(*Object)) js.Value {
	object := NewObject()
	define(object)
	object.Publish("pkcewasmTest")
	t.Cleanup(func() { js.Global().Delete("pkcewasmTest") })
	return js.Global().Get("pkcewasmTest").Get("f")
}

func TestAsyncFunction(t *testing.T) {
	failure := &oauth.Error{Code: oauth.CodeHTTP, Message: "no", Status: 502, Retryable: true, RetryAfter: 7, OAuthError: "x", Description: "d"}
	for name, test := range map[string]struct {
		f    func(*Call) (any, error)
		kind string
		want string // a JavaScript expression over v
	}{
		"text":      {func(*Call) (any, error) { return "text", nil }, "ok", "v === 'text'"},
		"JSON":      {func(*Call) (any, error) { return JSON(`{"a":[1]}`), nil }, "ok", "v.a[0] === 1"},
		"__proto__": {func(*Call) (any, error) { return JSON(`{"__proto__":{"x":1}}`), nil }, "ok", "v.x === undefined && ({}).x === undefined"},
		"nothing":   {func(*Call) (any, error) { return nil, nil }, "ok", "v === undefined"},
		"error": {func(*Call) (any, error) { return nil, failure }, "error",
			"v instanceof Error && v.name === 'AuthError' && v.code === 'http' && v.status === 502 && v.retryable === true && v.retryAfterSeconds === 7 && v.oauthError === 'x' && v.description === 'd' && v.message === 'no'"},
		"foreign error": {func(*Call) (any, error) { return nil, errors.New("the secret") }, "error", "v.code === 'crashed' && !v.message.includes('secret')"},
		"panic":         {func(*Call) (any, error) { panic("the secret") }, "error", "v.code === 'crashed' && !v.message.includes('secret')"},
		"nil pointer": {func(*Call) (any, error) {
			var nothing *oauth.Error
			return nothing.Message, nil
		}, "error", "v.code === 'crashed'"},
		"arguments": {func(c *Call) (any, error) { return c.Text(0, "x") }, "ok", "v === 'given'"},
	} {
		t.Run(name, func(t *testing.T) {
			f := publish(t, func(o *Object) { o.AsyncFunction("f", test.f) })
			kind, v := settled(t, f.Invoke("given"))
			require.Equal(t, test.kind, kind)
			require.True(t, script("v", "return "+test.want).Invoke(v).Bool())
		})
	}
}

func TestFunction(t *testing.T) {
	f := publish(t, func(o *Object) {
		o.Function("f", func(c *Call) (any, error) {
			text, err := c.Text(0, "what")
			if text == "panic" {
				panic("the secret")
			}
			return text + "!", err
		})
	})
	require.Equal(t, "yes!", f.Invoke("yes").String())
	require.Equal(t, "config", f.Invoke(1).Get("code").String())
	require.Equal(t, "config", f.Invoke().Get("code").String())
	require.Equal(t, "crashed", f.Invoke("panic").Get("code").String())
	require.Equal(t, "alive!", f.Invoke("alive").String(), "one broken call does not end the module")
}

func TestCallJSON(t *testing.T) {
	f := publish(t, func(o *Object) {
		o.Function("f", func(c *Call) (any, error) { return c.JSON(0, "options") })
	})
	for body, want := range map[string]string{
		"return {a: 1, f() {}, u: undefined}":         `{"a":1}`,
		"return '{\"a\":1}'":                          `{"a":1}`,
		"return [1]":                                  `[1]`,
		"const o = {}; o.o = o; return o":             "config",
		"return {get a() { throw 'a string' }}":       "config",
		"return {toJSON() { throw new Error() }}":     "config",
		"return {toJSON() { return undefined }}":      "config",
		"return 1":                                    "config",
		"return undefined":                            "config",
		"return null":                                 "config",
		"return () => 1":                              "config",
		"return Symbol('x')":                          "config",
		"return 1n":                                   "config",
		"return new Proxy({}, {ownKeys() {throw 1}})": "config",
	} {
		result := f.Invoke(script(body).Invoke())
		if result.Type() == js.TypeObject {
			result = result.Get("code")
		}
		require.Equal(t, want, result.String(), body)
	}
}

func TestSignalAndCallback(t *testing.T) {
	f := publish(t, func(o *Object) {
		o.Function("f", func(c *Call) (any, error) {
			signal, err := c.Signal(0)
			if err != nil {
				return nil, err
			}
			defer signal.Release()
			callback, err := c.Callback(0, "onTokens", "onTokens", true)
			if err != nil {
				return nil, err
			}
			defer callback.Release()
			callback.JSON(`{"x":1}`)
			callback.Text("text")
			callback.Error(errors.New("x"))
			return signal.Aborted(), nil
		})
	})
	for body, want := range map[string]string{
		"return {}":                              "onTokens must be a function",
		"return {onTokens: 1}":                   "onTokens must be a function",
		"return {signal: 1, onTokens() {}}":      "signal must be an AbortSignal",
		"return {signal: {}, onTokens() {}}":     "signal must be an AbortSignal",
		"return {signal: null, onTokens() {}}":   "signal must be an AbortSignal",
		"return {onTokens() { throw 'thrown' }}": "",
		"return {signal: new AbortController().signal, onTokens(x) { globalThis.pkcewasmTest.x = x }}": "",
	} {
		result := f.Invoke(script(body).Invoke())
		if want == "" {
			require.Equal(t, js.TypeBoolean, result.Type(), body)
			continue
		}
		require.Equal(t, want, result.Get("message").String(), body)
	}
}
