package oauth

import (
	"strings"
)

// The faults of a JSON text.
const (
	faultEmpty     = "empty"
	faultEncoding  = "encoding"
	faultNotJSON   = "not_json"
	faultNotObject = "not_object"
	faultTruncated = "truncated"
	faultSyntax    = "syntax"
	faultDuplicate = "duplicate"
	faultDepth     = "depth"
	faultTooLarge  = "too_large"
)

// maxMembers is how many members an object may have, together with the objects around it: a server must not keep us busy
// for seconds with a megabyte of names.
const maxMembers = 10_000

// parseObject reads a text that is known to be UTF-8.
func parseObject(text string) (*Object, string) {
	r := reader{text: text}
	if r.next() == 0 {
		return nil, faultEmpty
	}
	object := new(Object)
	start := r.pos
	if r.text[start] != '{' {
		return nil, r.otherThanObject()
	}
	if !r.object(1, object) {
		return nil, r.fault
	}
	object.raw = text[start:r.pos]
	if r.next() != 0 {
		return nil, faultSyntax
	}
	return object, ""
}

// otherThanObject tells a JSON value that is no object from a text that is not JSON at all, such as an HTML page.
func (r *reader) otherThanObject() string {
	first := r.text[r.pos]
	_, ok := r.value(0)
	switch {
	case ok && r.next() == 0:
		return faultNotObject
	case ok:
		return faultSyntax
	case r.fault == faultSyntax && strings.IndexByte(`["-/'0123456789`, first) < 0:
		return faultNotJSON
	}
	return r.fault
}

// reader reads a JSON text from front to back. Its methods return false after they have set fault.
type reader struct {
	text  string
	pos   int
	fault string
	names []string // the member names so far of the objects that are still open, innermost last
}

// next skips white space and returns the byte there, 0 at the end (no JSON text contains a NUL).
func (r *reader) next() byte {
	for ; r.pos < len(r.text); r.pos++ {
		switch c := r.text[r.pos]; c {
		case ' ', '\t', '\n', '\r':
		default:
			return c
		}
	}
	return 0
}

func (r *reader) fail(fault string) bool {
	r.fault = fault
	return false
}

// unexpected is the fault of a byte that may not stand here, or of a text that ends here.
func (r *reader) unexpected() bool {
	if r.pos >= len(r.text) {
		return r.fail(faultTruncated)
	}
	return r.fail(faultSyntax)
}

// value reads a value; depth is the number of objects and arrays around it.
func (r *reader) value(depth int) (Value, bool) {
	var kind Kind
	var ok bool
	first := r.next()
	start := r.pos
	switch {
	case first == '"':
		kind, ok = String, r.quoted()
	case first == '{':
		kind, ok = ObjectKind, r.object(depth+1, nil)
	case first == '[':
		kind, ok = Array, r.array(depth+1)
	case first == 't':
		kind, ok = Bool, r.literal("true")
	case first == 'f':
		kind, ok = Bool, r.literal("false")
	case first == 'n':
		kind, ok = Null, r.literal("null")
	case first == '-' || isDigit(first):
		kind, ok = Number, r.number()
	default:
		ok = r.unexpected()
	}
	if !ok {
		return Value{}, false
	}
	return Value{kind, r.text[start:r.pos]}, true
}

// object reads from "{" to "}" and keeps the members in keep, if that is not nil.
func (r *reader) object(depth int, keep *Object) bool {
	if depth > maxDepth {
		return r.fail(faultDepth)
	}
	outer := len(r.names)
	r.pos++
	if r.next() == '}' {
		r.pos++
		return true
	}
	for {
		name, ok := r.name()
		if !ok {
			return false
		}
		value, ok := r.value(depth)
		if !ok {
			return false
		}
		if len(r.names) == maxMembers {
			return r.fail(faultTooLarge)
		}
		r.names = append(r.names, name)
		if keep != nil {
			keep.members = append(keep.members, member{name, value})
		}
		switch r.next() {
		case ',':
			r.pos++
		case '}':
			r.pos++
			return r.distinct(outer)
		default:
			return r.unexpected()
		}
	}
}

// distinct drops the names of an object that ends, and fails if one occurs twice.
func (r *reader) distinct(outer int) bool {
	if !distinct(r.names[outer:]) {
		return r.fail(faultDuplicate)
	}
	r.names = r.names[:outer]
	return true
}

// name reads a member name and the colon after it.
func (r *reader) name() (string, bool) {
	if r.next() != '"' {
		return "", r.unexpected()
	}
	start := r.pos
	if !r.quoted() {
		return "", false
	}
	name := unquote(r.text[start:r.pos])
	if r.next() != ':' {
		return "", r.unexpected()
	}
	r.pos++
	return name, true
}

func (r *reader) array(depth int) bool {
	if depth > maxDepth {
		return r.fail(faultDepth)
	}
	r.pos++
	if r.next() == ']' {
		r.pos++
		return true
	}
	for {
		if _, ok := r.value(depth); !ok {
			return false
		}
		switch r.next() {
		case ',':
			r.pos++
		case ']':
			r.pos++
			return true
		default:
			return r.unexpected()
		}
	}
}

func (r *reader) literal(word string) bool {
	for i := range len(word) {
		if r.pos >= len(r.text) || r.text[r.pos] != word[i] {
			return r.unexpected()
		}
		r.pos++
	}
	return true
}

// number reads a number without computing it: 10 000 digits are as good as one.
func (r *reader) number() bool {
	r.skip("-")
	if !r.skip("0") && !r.digits() {
		return false
	}
	if r.skip(".") && !r.digits() {
		return false
	}
	if r.skip("eE") {
		r.skip("+-")
		return r.digits()
	}
	return true
}

// skip steps over one byte if it is one of these.
func (r *reader) skip(bytes string) bool {
	found := r.pos < len(r.text) && strings.IndexByte(bytes, r.text[r.pos]) >= 0
	if found {
		r.pos++
	}
	return found
}

func (r *reader) digits() bool {
	start := r.pos
	for r.pos < len(r.text) && isDigit(r.text[r.pos]) {
		r.pos++
	}
	return r.pos > start || r.unexpected()
}
