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
	raw, owned := lowerAll(args)
	ref, err := callMethod(v.ref, name, raw)
	return raised(name, ref, err, owned)
}

// invoke calls v as a function without a receiver.
func (v value) invoke(args ...any) (value, error) {
	if v.kind() != kindFunction {
		return value{}, failure{"calling a value that is no function"}
	}
	raw, owned := lowerAll(args)
	ref, err := invokeFunction(v.ref, raw)
	return raised("function", ref, err, owned)
}

// construct calls v with new.
func (v value) construct(args ...any) (value, error) {
	if v.kind() != kindFunction {
		return value{}, failure{"constructing a value that is no function"}
	}
	raw, owned := lowerAll(args)
	ref, err := constructObject(v.ref, raw)
	return raised("new", ref, err, owned)
}

// lowerAll lowers the arguments of a call; those that were created for it are
// to be released. The three callers do not share more, as a call of a function
// value is where TinyGo expects a goroutine to pause: 3 KB of the module.
func lowerAll(args []any) (raw []any, owned []reference) {
	for _, arg := range args {
		ref, created := lower(arg)
		raw = append(raw, ref)
		if created {
			owned = append(owned, ref)
		}
	}
	return raw, owned
}

// raised is the outcome of a call. It releases what lowerAll created.
func raised(doing string, ref reference, err error, owned []reference) (value, error) {
	for _, ref := range owned {
		release(ref)
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
