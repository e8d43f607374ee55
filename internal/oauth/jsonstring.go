package oauth

import (
	"strings"
	"unicode/utf8"
)

// quoted reads from quote to quote.
func (r *reader) quoted() bool {
	for r.pos++; r.pos < len(r.text); {
		switch c := r.text[r.pos]; {
		case c == '"':
			r.pos++
			return true
		case c == '\\':
			if !r.escape() {
				return false
			}
		case c < ' ':
			return r.unexpected()
		default:
			r.pos++
		}
	}
	return r.unexpected()
}

func (r *reader) escape() bool {
	r.pos++
	if r.skip(`"\/bfnrt`) {
		return true
	}
	unit, ok := r.unit()
	if !ok {
		return false
	}
	switch {
	case isLowSurrogate(unit):
		return r.fail(faultEncoding)
	case isHighSurrogate(unit):
		return r.lowSurrogate()
	}
	return true
}

// lowSurrogate reads the escape that must follow a high surrogate.
func (r *reader) lowSurrogate() bool {
	if r.skip(`\`) {
		if unit, ok := r.unit(); ok && isLowSurrogate(unit) {
			return true
		}
	}
	if r.pos >= len(r.text) {
		return r.fail(faultTruncated)
	}
	return r.fail(faultEncoding)
}

// unit reads what follows the backslash of \uXXXX.
func (r *reader) unit() (rune, bool) {
	if !r.skip("u") {
		return 0, r.unexpected()
	}
	var unit rune
	for range 4 {
		if r.pos >= len(r.text) || hexDigit(r.text[r.pos]) < 0 {
			return 0, r.unexpected()
		}
		unit = unit<<4 | rune(hexDigit(r.text[r.pos]))
		r.pos++
	}
	return unit, true
}

func isHighSurrogate(unit rune) bool { return unit >= 0xD800 && unit < 0xDC00 }
func isLowSurrogate(unit rune) bool  { return unit >= 0xDC00 && unit < 0xE000 }

// unquote decodes a JSON string that has been read before, quotes included.
func unquote(raw string) string {
	raw = raw[1 : len(raw)-1]
	if strings.IndexByte(raw, '\\') < 0 {
		return raw
	}
	plain := make([]byte, 0, len(raw))
	for r := (reader{text: raw}); r.pos < len(raw); {
		c := raw[r.pos]
		r.pos++
		if c != '\\' {
			plain = append(plain, c)
			continue
		}
		plain = utf8.AppendRune(plain, r.escaped())
	}
	return string(plain)
}

// escaped is the character of a sound escape, from behind its backslash.
func (r *reader) escaped() rune {
	c := r.text[r.pos]
	if c != 'u' {
		r.pos++
		if i := strings.IndexByte("bfnrt", c); i >= 0 {
			return rune("\b\f\n\r\t"[i])
		}
		return rune(c)
	}
	unit, _ := r.unit()
	if !isHighSurrogate(unit) {
		return unit
	}
	r.pos++
	low, _ := r.unit()
	return 0x10000 + (unit-0xD800)<<10 + (low - 0xDC00)
}
