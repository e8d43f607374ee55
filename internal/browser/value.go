//go:build js && wasm

package browser

// A value is a reference to a JavaScript value. The zero value is undefined.
//
// Whoever obtains a value releases it, except the arguments of a callback,
// which the fence releases when the callback returns; take keeps one of them.
type value struct{ ref reference }

// kind is the JavaScript type of a value, null apart from object.
type kind int

const (
	kindUndefined kind = iota
	kindNull
	kindBoolean
	kindNumber
	kindString
	kindSymbol
	kindObject
	kindFunction
)

// failure is what JavaScript threw, reduced to the fact that it threw: the
// text of a foreign error may hold anything and is never read.
type failure struct{ doing string }

func (f failure) Error() string { return f.doing + ": JavaScript threw" }

// take moves the nth argument out of a callback's arguments, so that it
// outlives the call; undefined when it is absent.
func take(args []value, n int) value {
	if n >= len(args) {
		return value{}
	}
	taken := args[n]
	args[n] = value{}
	return taken
}

// global returns the property name of the global object.
func global(name string) value {
	v, _ := value{globalReference()}.get(name)
	return v
}

func (v value) kind() kind  { return kindOf(v.ref) }
func (v value) isNil() bool { k := v.kind(); return k == kindUndefined || k == kindNull }

// get returns the property name; undefined when v has none or is no object.
func (v value) get(name string) (value, error) {
	if k := v.kind(); k != kindObject && k != kindFunction {
		return value{}, failure{"reading " + name}
	}
	ref, err := getProperty(v.ref, name)
	if err != nil {
		return value{}, failure{"reading " + name}
	}
	return value{ref}, nil
}

// set assigns x, a string, number, bool, value or function, to the property name.
func (v value) set(name string, x any) error {
	raw, owned := lower(x)
	err := setProperty(v.ref, name, raw)
	if owned {
		release(raw)
	}
	if err != nil {
		return failure{"setting " + name}
	}
	return nil
}

// call calls the method name of v.
func (v value) call(name string, args ...any) (value, error) {
	method, err := v.get(name)
	if err != nil {
		return value{}, err
	}
	defer method.release()
	if method.kind() != kindFunction {
		return value{}, failure{"calling " + name}
	}
	return apply(name, args, func(raw []any) (reference, error) { return callMethod(v.ref, name, raw) })
}

// invoke calls v as a function without a receiver.
func (v value) invoke(args ...any) (value, error) {
	if v.kind() != kindFunction {
		return value{}, failure{"calling a value that is no function"}
	}
	return apply("function", args, func(raw []any) (reference, error) { return invokeFunction(v.ref, raw) })
}

// construct calls v with new.
func (v value) construct(args ...any) (value, error) {
	if v.kind() != kindFunction {
		return value{}, failure{"constructing a value that is no function"}
	}
	return apply("new", args, func(raw []any) (reference, error) { return constructObject(v.ref, raw) })
}

// apply lowers the arguments, calls f and releases what lowering created.
func apply(doing string, args []any, f func([]any) (reference, error)) (value, error) {
	raw := make([]any, len(args))
	owned := make([]bool, len(args))
	for i, arg := range args {
		r, o := lower(arg)
		raw[i], owned[i] = r, o
	}
	ref, err := f(raw)
	for i, o := range owned {
		if o {
			release(raw[i].(reference))
		}
	}
	if err != nil {
		return value{}, failure{"calling " + doing}
	}
	return value{ref}, nil
}

// lower turns an argument into a reference and tells whether it was created here.
func lower(x any) (ref reference, owned bool) {
	switch x := x.(type) {
	case value:
		return x.ref, false
	case function:
		return x.reference(), false
	default: // string, number, bool, nil
		return newReference(x), true
	}
}

// text returns a string's content, "" for every other kind.
func (v value) text() string {
	if v.kind() != kindString {
		return ""
	}
	return textOf(v.ref)
}

// number returns a number, 0 for every other kind.
func (v value) number() float64 {
	if v.kind() != kindNumber {
		return 0
	}
	return numberOf(v.ref)
}

// isTrue reports whether v is the boolean true.
func (v value) isTrue() bool { return v.kind() == kindBoolean && boolOf(v.ref) }

// release gives the reference back. Nothing happens with the Go toolchain,
// whose garbage collector does it; under TinyGo it is the only way.
func (v value) release() { release(v.ref) }

// argument returns the nth argument of a callback, undefined when it is absent.
// It is the callback's: see take.
func argument(args []value, n int) value {
	if n >= len(args) {
		return value{}
	}
	return args[n]
}
