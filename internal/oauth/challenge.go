package oauth

import "strings"

// challengeNames says that one of the challenges in WWW-Authenticate has this `error`, a token or a quoted string. (A code
// has no character that would be escaped in one.) RFC 9110 sections 11.2 and 11.6.1, RFC 6750 section 3.
func challengeNames(challenge, code string) bool {
	for quoted, i := false, 0; i < len(challenge); i++ {
		switch c := challenge[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case c == '=' && !quoted:
			name, value := trimSpace(challenge[:i]), trimSpace(challenge[i+1:])
			after, is := strings.CutPrefix(value, code)
			if !is {
				after, is = strings.CutPrefix(value, `"`+code+`"`)
			}
			n := len(name) - len("error")
			if is && endsWord(after, 0) && n >= 0 && EqualFold(name[n:], "error") && endsWord(name, n-1) {
				return true
			}
		}
	}
	return false
}

// endsWord says that no word of a challenge goes on at i, which may be before or behind the text.
func endsWord(text string, i int) bool {
	return i < 0 || i >= len(text) || strings.IndexByte(" \t,", text[i]) >= 0
}
