package oauth

import "strings"

// appendForm adds name=value to a form (application/x-www-form-urlencoded, RFC 6749 appendix B).
func appendForm(form []byte, name, value string) []byte {
	if len(form) > 0 {
		form = append(form, '&')
	}
	form = appendFormValue(form, name)
	form = append(form, '=')
	return appendFormValue(form, value)
}

// appendFormValue encodes the UTF-8 bytes of one name or value.
func appendFormValue(dst []byte, value string) []byte {
	const hex = "0123456789ABCDEF"
	for _, c := range []byte(value) {
		switch {
		case isAlphanumeric(c) || c == '*' || c == '-' || c == '.' || c == '_':
			dst = append(dst, c)
		case c == ' ':
			dst = append(dst, '+')
		default:
			dst = append(dst, '%', hex[c>>4], hex[c&15])
		}
	}
	return dst
}

// parseForm decodes a query or fragment exactly once, as URLSearchParams does: a malformed escape stands for itself,
// bytes that are not UTF-8 become U+FFFD. repeated says that some name occurs more than once.
func parseForm(form string) (values parameters, repeated bool) {
	var names []string
	for form != "" {
		var pair string
		pair, form, _ = strings.Cut(form, "&")
		if pair == "" {
			continue
		}
		name, value, _ := strings.Cut(pair, "=")
		name = unescapeForm(name)
		names = append(names, name)
		values = append(values, Param{name, unescapeForm(value)})
	}
	return values, !distinct(names)
}

// parameters are those of a form, in its order.
type parameters []Param

// get returns the value of the first parameter with the name, "" if there is none.
func (p parameters) get(name string) string {
	value, _ := p.lookup(name)
	return value
}

func (p parameters) lookup(name string) (value string, present bool) {
	for _, param := range p {
		if param.Name == name {
			return param.Value, true
		}
	}
	return "", false
}

func (p parameters) has(name string) bool {
	_, present := p.lookup(name)
	return present
}

func unescapeForm(text string) string {
	plain := make([]byte, 0, len(text))
	for i := 0; i < len(text); i++ {
		c := text[i]
		if c == '+' {
			c = ' '
		}
		if c == '%' && i+2 < len(text) {
			high, low := hexDigit(text[i+1]), hexDigit(text[i+2])
			if high >= 0 && low >= 0 {
				c = byte(high<<4 | low)
				i += 2
			}
		}
		plain = append(plain, c)
	}
	return strings.ToValidUTF8(string(plain), "\uFFFD")
}

// hexDigit is the value of a hexadecimal digit, -1 for any other byte.
func hexDigit(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// isDigits says that text consists of digits, of at least one.
func isDigits(text string) bool {
	for _, c := range []byte(text) {
		if !isDigit(c) {
			return false
		}
	}
	return text != ""
}

func isAlphanumeric(c byte) bool {
	return isDigit(c) || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// isVisible says that text consists of printable ASCII characters (VSCHAR of RFC 6749 appendix A).
func isVisible(text string) bool {
	for _, c := range []byte(text) {
		if c < 0x20 || c > 0x7E {
			return false
		}
	}
	return true
}
