package oauth

import "slices"

// Options reads a caller's options object member by member. It keeps the first
// problem, an error with the code config that names the option; a member that
// nobody asked for by the time of Done is one too.
type Options struct {
	object *Object
	prefix string // what precedes a member's name in errors, such as "refresh."
	known  []string
	err    *Error
}

// ReadOptions parses JSON text as the options object called name in errors.
func ReadOptions(text, name string) (*Options, error) {
	object, err := ParseObject([]byte(text))
	if err != nil {
		return nil, ConfigError(name, "must be a plain object")
	}
	return &Options{object: object}, nil
}

// Ignore marks members that are read elsewhere, functions and signals for instance.
func (o *Options) Ignore(names ...string) {
	o.known = append(o.known, names...)
}

// Text returns a string member, "" when it is absent.
func (o *Options) Text(name string) string {
	value, ok := o.take(name, String, "a string")
	if !ok {
		return ""
	}
	return value.String()
}

// RequiredText returns a string member that must be there and not be empty.
func (o *Options) RequiredText(name string) string {
	text := o.Text(name)
	if text == "" {
		o.fail(name, "is required and must be a string that is not empty")
	}
	return text
}

// Secret returns a string member as a secret.
func (o *Options) Secret(name string) Secret { return NewSecret(o.Text(name)) }

// RequiredSecret returns a string member that must be there as a secret.
func (o *Options) RequiredSecret(name string) Secret { return NewSecret(o.RequiredText(name)) }

// Flag returns a boolean member, otherwise when it is absent.
func (o *Options) Flag(name string, otherwise bool) bool {
	value, ok := o.take(name, Bool, "true or false")
	if !ok {
		return otherwise
	}
	return value.Bool()
}

// Whole returns a whole number of at least 0, otherwise when it is absent.
func (o *Options) Whole(name string, otherwise int64) int64 {
	value, ok := o.take(name, Number, "a number")
	if !ok {
		return otherwise
	}
	var n int64
	for _, digit := range []byte(value.Raw()) {
		if digit < '0' || digit > '9' || n > 1<<50 {
			o.fail(name, "must be a whole number of 0 or more")
			return otherwise
		}
		n = n*10 + int64(digit-'0')
	}
	return n
}

// Choice returns a string member that must be one of allowed; the first is the default.
func (o *Options) Choice(name string, allowed ...string) string {
	text := o.Text(name)
	if text == "" {
		return allowed[0]
	}
	list := ""
	for _, choice := range allowed {
		if text == choice {
			return text
		}
		list += ", " + choice
	}
	o.fail(name, "must be one of "+list[2:])
	return allowed[0]
}

// Params returns an object member whose members are strings, in their order.
func (o *Options) Params(name string) []Param {
	value, ok := o.take(name, ObjectKind, "an object of strings")
	if !ok {
		return nil
	}
	members := value.Object()
	var params []Param
	for _, member := range members.Names() {
		value, _ := members.Get(member)
		if value.Kind != String {
			o.fail(name+"."+member, "must be a string")
			return nil
		}
		params = append(params, Param{Name: member, Value: value.String()})
	}
	return params
}

// Texts returns a member that is a string or an array of strings.
func (o *Options) Texts(name string) []string {
	value, ok := o.object.Get(name)
	if ok && value.Kind == String {
		return []string{o.Text(name)}
	}
	value, ok = o.take(name, Array, "a string or an array of strings")
	if !ok {
		return nil
	}
	var texts []string
	for _, element := range value.Elements() {
		if element.Kind != String {
			o.fail(name, "must be a string or an array of strings")
			return nil
		}
		texts = append(texts, element.String())
	}
	return texts
}

// Raw returns an object member as JSON text, "" when it is absent.
func (o *Options) Raw(name string) string {
	value, ok := o.take(name, ObjectKind, "an object")
	if !ok {
		return ""
	}
	return value.Raw()
}

// List returns an array member as JSON text, "" when it is absent.
func (o *Options) List(name string) string {
	value, ok := o.take(name, Array, "an array")
	if !ok {
		return ""
	}
	return value.Raw()
}

// Group returns an object member to be read the same way.
func (o *Options) Group(name string) *Options {
	group := &Options{object: &Object{}, prefix: o.prefix + name + "."}
	if value, ok := o.take(name, ObjectKind, "an object"); ok {
		group.object = value.Object()
	}
	return group
}

// Fail records a problem with a member's value.
func (o *Options) Fail(name, problem string) { o.fail(name, problem) }

// Done returns the first problem, an unknown member included.
func (o *Options) Done() error {
	for _, name := range o.object.Names() {
		if !slices.Contains(o.known, name) {
			o.fail(name, "is not an option here")
		}
	}
	if o.err != nil {
		return o.err
	}
	return nil
}

func (o *Options) take(name string, kind Kind, want string) (Value, bool) {
	o.known = append(o.known, name)
	value, ok := o.object.Get(name)
	if !ok {
		return Value{}, false
	}
	if value.Kind != kind {
		o.fail(name, "must be "+want)
		return Value{}, false
	}
	return value, true
}

func (o *Options) fail(name, problem string) {
	if o.err == nil {
		o.err = ConfigError(o.prefix+name, problem)
	}
}
