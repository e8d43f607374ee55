package oauth

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// What a JSON text may be at most.
const (
	maxJSON  = 1 << 20 // bytes
	maxDepth = 32      // objects and arrays inside each other, the outermost included
)

// Kind is the type of a JSON value.
type Kind uint8

// The kinds of JSON values (RFC 8259 section 3). The zero Kind belongs to no value.
const (
	String Kind = iota + 1
	Number
	Bool
	Null
	Array
	ObjectKind
)

// Value is a JSON value. Its parts are read on demand.
type Value struct {
	Kind Kind
	raw  string
}

// Raw is the JSON text of the value as it was received.
func (v Value) Raw() string { return v.raw }

// String is the decoded text of a String, "" for every other kind.
func (v Value) String() string {
	if v.Kind != String {
		return ""
	}
	return unquote(v.raw)
}

// Bool is true for the literal true, false for everything else.
func (v Value) Bool() bool { return v.raw == "true" }

// Int64 is the integer part of a Number, limited to the values of an int64; ok is false for every other kind.
func (v Value) Int64() (n int64, ok bool) {
	if v.Kind != Number {
		return 0, false
	}
	return integerPart(v.raw), true
}

// Elements are the values in an Array, nil for every other kind.
func (v Value) Elements() []Value {
	if v.Kind != Array {
		return nil
	}
	// The text is known to be well-formed: it was read once already.
	var elements []Value
	r := reader{text: v.raw, pos: 1}
	for r.next() != ']' {
		element, _ := r.value(0)
		elements = append(elements, element)
		if r.next() == ',' {
			r.pos++
		}
	}
	return elements
}

// Object is the value of an ObjectKind, nil for every other kind.
func (v Value) Object() *Object {
	if v.Kind != ObjectKind {
		return nil
	}
	object, _ := parseObject(v.raw)
	return object
}

// Object is a JSON object with distinct member names.
type Object struct {
	raw     string
	members []member
}

type member struct {
	name  string
	value Value
}

// Get is the member with exactly this name. Names are case-sensitive, unlike those of encoding/json.
func (o *Object) Get(name string) (Value, bool) {
	for i := range o.members {
		if o.members[i].name == name {
			return o.members[i].value, true
		}
	}
	return Value{}, false
}

// Names are the member names in the order of the text.
func (o *Object) Names() []string {
	names := make([]string, len(o.members))
	for i := range o.members {
		names[i] = o.members[i].name
	}
	return names
}

// Raw is the JSON text of the object as it was received, without what stood around it.
func (o *Object) Raw() string { return o.raw }

// ParseObject reads a JSON text that is one object, by the rules of RFC 8259 and these stricter ones: at most 1 MiB,
// 32 levels and 10 000 members; no member name twice in any object (section 4 leaves the meaning open, so readers differ); no invalid
// UTF-8 and no lone surrogates (they would be replaced silently). A byte order mark is ignored (section 8.1).
//
// Errors have the code response, or too_large, and one of the Reasons empty, encoding, not_json, not_object,
// truncated, syntax, duplicate, depth, too_large.
func ParseObject(data []byte) (*Object, error) {
	if len(data) > maxJSON {
		return nil, jsonError(faultTooLarge)
	}
	if !isUTF8(data) {
		return nil, jsonError(faultEncoding)
	}
	object, fault := parseObject(strings.TrimPrefix(string(data), "\uFEFF"))
	if fault != "" {
		return nil, jsonError(fault)
	}
	return object, nil
}

func jsonError(fault string) *Error {
	if fault == faultTooLarge {
		return &Error{Code: CodeTooLarge, Reason: fault, Message: "the JSON text is larger than 1 MiB, or has more than 10 000 members"}
	}
	return responseError(fault, "the answer is not a sound JSON object ("+fault+")")
}

// isUTF8 lets a character pass whose last bytes are missing at the very end: that text is cut off, not badly encoded.
// A NUL byte, which no JSON text contains, is how UTF-16 shows itself.
func isUTF8(data []byte) bool {
	for i := len(data) - 1; i >= 0 && i >= len(data)-utf8.UTFMax; i-- {
		if utf8.RuneStart(data[i]) {
			if !utf8.FullRune(data[i:]) {
				data = data[:i]
			}
			break
		}
	}
	return utf8.Valid(data) && !slices.Contains(data, 0)
}

// AppendQuoted appends s as a JSON string that is also safe inside HTML and JavaScript. Invalid UTF-8 becomes U+FFFD.
func AppendQuoted(dst []byte, s string) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	for _, c := range s {
		switch {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', byte(c))
		case c < ' ' || c == 0x7F || c == '<' || c == '>' || c == '&' || c == '\u2028' || c == '\u2029':
			dst = append(dst, '\\', 'u', hex[c>>12&15], hex[c>>8&15], hex[c>>4&15], hex[c&15])
		default:
			dst = utf8.AppendRune(dst, c)
		}
	}
	return append(dst, '"')
}
