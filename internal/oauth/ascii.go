package oauth

import "strings"

// The protocol's words are ASCII. The functions of package strings fold and trim by Unicode, whose tables cost more
// bytes than all of this package's requests.

// lowerASCII is text with A to Z in lower case.
func lowerASCII(text string) string {
	lower := []byte(text)
	for i, c := range lower {
		if c >= 'A' && c <= 'Z' {
			lower[i] = c + 'a' - 'A'
		}
	}
	return string(lower)
}

// EqualFold says that two texts are equal but for the case of ASCII letters.
func EqualFold(a, b string) bool { return len(a) == len(b) && lowerASCII(a) == lowerASCII(b) }

// trimSpace is text without the optional whitespace of HTTP around it (RFC 9110 section 5.6.3).
func trimSpace(text string) string {
	for text != "" && strings.IndexByte(" \t", text[0]) >= 0 {
		text = text[1:]
	}
	for text != "" && strings.IndexByte(" \t", text[len(text)-1]) >= 0 {
		text = text[:len(text)-1]
	}
	return text
}

// indexAny is where the first of some ASCII characters is in text, or -1.
func indexAny(text, characters string) int {
	for i := range len(text) {
		if strings.IndexByte(characters, text[i]) >= 0 {
			return i
		}
	}
	return -1
}

// isASCII says that text consists of ASCII characters.
func isASCII(text string) bool {
	for _, c := range []byte(text) {
		if c > 0x7F {
			return false
		}
	}
	return true
}

// HasScope says that scope, a list separated by spaces, has the value (RFC 6749 section 3.3).
func HasScope(scope, value string) bool { return strings.Contains(" "+scope+" ", " "+value+" ") }
