//go:build js && wasm

package browser

import (
	"github.com/pkcewasm/pkcewasm/internal/oauth"
)

// JSON is a result that JavaScript receives parsed.
type JSON string

// Object collects what JavaScript gets to see under names.
type Object struct {
	object    value
	functions []function
}

// NewObject returns an object without functions yet.
func NewObject() *Object {
	constructor := global("Object")
	defer constructor.release()
	object, _ := constructor.construct()
	return &Object{object: object}
}

// Release frees the object's functions: JavaScript calls them in vain afterwards.
func (o *Object) Release() {
	for _, fn := range o.functions {
		fn.Release()
	}
	o.functions = nil
}

// Publish makes the object reachable as globalThis.name.
func (o *Object) Publish(name string) { _ = (value{globalReference()}).set(name, o.object) }

// Text sets a string member.
func (o *Object) Text(name, text string) { _ = o.object.set(name, text) }

// Function offers f under name: it runs within the call and must not block.
// Go cannot throw into JavaScript, so the function returns an Error instead.
func (o *Object) Function(name string, f func(*Call) (any, error)) {
	o.define(name, func(args []value) value {
		var result any
		err := guard(func() (err error) {
			call := &Call{args: args}
			result, err = f(call)
			return err
		})
		if err != nil {
			return newError(err)
		}
		return raise(result)
	})
}

// AsyncFunction offers f under name: JavaScript gets a promise, f runs on a
// goroutine of its own and may block.
func (o *Object) AsyncFunction(name string, f func(*Call) (any, error)) {
	o.define(name, func(args []value) value {
		call := &Call{args: make([]value, len(args))}
		for i := range args {
			call.args[i] = take(args, i)
		}
		return promised(func() (any, error) {
			defer call.release()
			result, err := f(call)
			if err != nil {
				return nil, err
			}
			return raise(result), nil
		})
	})
}

// Getter offers the result of f as a property that is computed on reading.
func (o *Object) Getter(name string, f func() (number float64, defined bool)) {
	get := wrap(func([]reference) any {
		number, defined := f()
		if !defined {
			return unwrap(value{}.ref)
		}
		return number
	})
	o.functions = append(o.functions, get)
	descriptor := NewObject()
	_ = descriptor.object.set("get", get)
	_ = descriptor.object.set("enumerable", true)
	constructor := global("Object")
	defer constructor.release()
	defined, _ := constructor.call("defineProperty", o.object, name, descriptor.object)
	defined.release()
	descriptor.object.release()
}

// define adds a function whose result is owned by JavaScript after the call. It
// lives until Release.
func (o *Object) define(name string, f func(args []value) value) {
	fn := wrap(func(refs []reference) any {
		args := make([]value, len(refs))
		for i, ref := range refs {
			args[i] = value{ref}
		}
		result := f(args)
		for _, arg := range args {
			arg.release()
		}
		return unwrap(result.ref)
	})
	o.functions = append(o.functions, fn)
	_ = o.object.set(name, fn)
}

// raise turns a Go result into a JavaScript value.
func raise(result any) value {
	switch result := result.(type) {
	case nil:
		return value{}
	case JSON:
		return parseJSON(string(result))
	case *Object:
		return result.object
	default:
		return value{newReference(result)}
	}
}

// parseJSON turns JSON text of our own into a JavaScript value.
func parseJSON(text string) value {
	json := global("JSON")
	defer json.release()
	parsed, _ := json.call("parse", text)
	return parsed
}

// newError returns the Error that JavaScript sees for err.
func newError(err error) value {
	typed, ok := err.(*oauth.Error)
	if !ok {
		typed = crashed()
	}
	constructor := global("Error")
	defer constructor.release()
	object, _ := constructor.construct(typed.Message)
	_ = object.set("name", "AuthError")
	_ = object.set("code", string(typed.Code))
	_ = object.set("retryable", typed.Retryable)
	if typed.OAuthError != "" {
		_ = object.set("oauthError", typed.OAuthError)
	}
	if description := typed.Detail(); description != "" {
		_ = object.set("description", description)
	}
	if typed.Status != 0 {
		_ = object.set("status", float64(typed.Status))
	}
	if typed.RetryAfter != 0 {
		_ = object.set("retryAfterSeconds", float64(typed.RetryAfter))
	}
	return object
}
