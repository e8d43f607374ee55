//go:build js && wasm

package browser

import "github.com/pkcewasm/pkcewasm/internal/oauth"

// Call is one call from JavaScript: its arguments, read by position.
type Call struct{ args []value }

func (c *Call) release() {
	for _, arg := range c.args {
		arg.release()
	}
}

// Has reports whether argument n is there at all.
func (c *Call) Has(n int) bool { return !argument(c.args, n).isNil() }

// Text returns argument n, which must be a string; name is its name in errors.
func (c *Call) Text(n int, name string) (string, error) {
	arg := argument(c.args, n)
	if arg.kind() != kindString {
		return "", oauth.ConfigError(name, "must be a string")
	}
	return arg.text(), nil
}

// JSON returns argument n, an object or its JSON text, as JSON text. Members
// that JSON cannot express (functions, a signal) are read by their own methods.
func (c *Call) JSON(n int, name string) (string, error) {
	arg := argument(c.args, n)
	switch arg.kind() {
	case kindString:
		return arg.text(), nil
	case kindObject:
		json := global("JSON")
		defer json.release()
		text, err := json.call("stringify", arg)
		defer text.release()
		if err == nil && text.kind() == kindString {
			return text.text(), nil
		}
	}
	return "", oauth.ConfigError(name, "must be a plain object")
}

// Signal returns the AbortSignal in member "signal" of argument n, or nil.
// Its owner releases it.
func (c *Call) Signal(n int) (*Signal, error) {
	signal, _ := argument(c.args, n).get("signal")
	if signal.kind() == kindUndefined {
		return nil, nil
	}
	listen, _ := signal.get("addEventListener")
	defer listen.release()
	if listen.kind() != kindFunction {
		signal.release()
		return nil, oauth.ConfigError("signal", "must be an AbortSignal")
	}
	return &Signal{signal: signal}, nil
}

// Callback returns argument n itself, or its member if one is named, as a
// function; nil when it is undefined and not required. Its owner releases it.
func (c *Call) Callback(n int, member, name string, required bool) (*Callback, error) {
	var function value
	if member == "" {
		function = take(c.args, n)
	} else {
		function, _ = argument(c.args, n).get(member)
	}
	switch function.kind() {
	case kindFunction:
		return &Callback{function}, nil
	case kindUndefined:
		if !required {
			return nil, nil
		}
	}
	function.release()
	return nil, oauth.ConfigError(name, "must be a function")
}

// Callback is a JavaScript function that Go calls. A nil Callback does nothing.
type Callback struct{ function value }

// Text calls the function with a string.
func (c *Callback) Text(text string) {
	if c != nil {
		result, _ := c.function.invoke(text)
		result.release()
	}
}

// JSON calls the function with parsed JSON text.
func (c *Callback) JSON(text string) {
	if c == nil {
		return
	}
	parsed := parseJSON(text)
	defer parsed.release()
	result, _ := c.function.invoke(parsed)
	result.release()
}

// Error calls the function with the Error for err.
func (c *Callback) Error(err error) {
	if c == nil {
		return
	}
	thrown := newError(err)
	defer thrown.release()
	result, _ := c.function.invoke(thrown)
	result.release()
}

// Release gives the function back.
func (c *Callback) Release() {
	if c != nil {
		c.function.release()
	}
}
