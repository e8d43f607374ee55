//go:build js && wasm

package browser

import (
	"errors"
	"syscall/js"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pkcewasm/pkcewasm/internal/oauth"
)

// script compiles a JavaScript function of the given body.
func script(args ...any) js.Value { return js.Global().Get("Function").New(args...) }

// patch replaces a global for the length of a test.
func patch(t *testing.T, name string, replacement any) {
	descriptor := js.Global().Get("Object").Call("getOwnPropertyDescriptor", js.Global(), name)
	define := func(value any) {
		js.Global().Get("Object").Call("defineProperty", js.Global(), name,
			js.ValueOf(map[string]any{"value": value, "configurable": true, "writable": true}))
	}
	define(replacement)
	t.Cleanup(func() {
		if descriptor.IsUndefined() {
			js.Global().Delete(name)
			return
		}
		js.Global().Get("Object").Call("defineProperty", js.Global(), name, descriptor)
	})
}

func codeOf(err error) oauth.Code {
	var typed *oauth.Error
	if errors.As(err, &typed) {
		return typed.Code
	}
	return ""
}

// evaluate runs a script and fences its result.
func evaluate(t *testing.T, body string) value {
	fn := value{newReference(script(body))}
	result, err := fn.invoke()
	require.NoError(t, err)
	return result
}
