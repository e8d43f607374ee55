package oauth

import "strings"

// Policy says where plain http is allowed. The zero value allows it nowhere.
type Policy struct {
	// AllowLoopbackHTTP allows http on localhost, 127.0.0.0/8 and [::1], for development (RFC 8252 section 7.3).
	AllowLoopbackHTTP bool
}

// uri is an absolute URI with an authority (RFC 3986 section 3), in parts that put together again are the original.
type uri struct {
	origin      string // scheme and authority as written: "https://op.example:8443"
	scheme      string // lower case
	host        string // lower case; an IPv6 address keeps its brackets
	port        string
	path        string // "" or from the first "/"
	query       string
	fragment    string
	hasQuery    bool
	hasFragment bool
}

// parseURI refuses what browsers and servers read differently: user information, backslashes, spaces, control
// characters, and hosts that are not plain ASCII.
func parseURI(text string) (u uri, ok bool) {
	for _, c := range []byte(text) {
		if c <= ' ' || c == 0x7F || c == '\\' {
			return uri{}, false
		}
	}
	text, u.fragment, u.hasFragment = strings.Cut(text, "#")
	text, u.query, u.hasQuery = strings.Cut(text, "?")
	scheme, rest, found := strings.Cut(text, "://")
	if !found || !isScheme(scheme) {
		return uri{}, false
	}
	authority := rest
	if slash := strings.IndexByte(rest, '/'); slash >= 0 {
		authority, u.path = rest[:slash], rest[slash:]
	}
	u.origin = scheme + "://" + authority
	u.scheme = lowerASCII(scheme)
	u.host, u.port, ok = splitAuthority(lowerASCII(authority))
	return u, ok
}

// isScheme tells a scheme: a letter, then letters, digits, "+", "-" and "." (RFC 3986 section 3.1).
func isScheme(text string) bool {
	for i, c := range []byte(text) {
		punctuation := c == '+' || c == '-' || c == '.'
		if !isAlphanumeric(c) && !punctuation || i == 0 && (punctuation || isDigit(c)) {
			return false
		}
	}
	return text != ""
}

func splitAuthority(authority string) (host, port string, ok bool) {
	host = authority
	end := strings.LastIndexByte(authority, ':')
	if end >= 0 && end > strings.IndexByte(authority, ']') {
		host, port = authority[:end], authority[end+1:]
		if !isPort(port) {
			return "", "", false
		}
	}
	if strings.HasPrefix(host, "[") {
		return host, port, isIPv6Literal(host)
	}
	return host, port, isHostName(host)
}

func isPort(text string) bool {
	n := 0
	for _, c := range []byte(text) {
		if !isDigit(c) || n > 65535 {
			return false
		}
		n = n*10 + int(c-'0')
	}
	return text != "" && n <= 65535
}

// isHostName leaves out "%" and everything beyond ASCII on purpose: browsers decode both into other hosts.
func isHostName(host string) bool {
	for _, c := range []byte(host) {
		if !isAlphanumeric(c) && c != '-' && c != '.' && c != '_' {
			return false
		}
	}
	last := host[strings.LastIndexByte(host, '.')+1:]
	// Browsers read a host that ends in a number as an IPv4 address, in many spellings; one is enough.
	if last == "" || isDigit(last[0]) {
		return isIPv4(host)
	}
	return true
}

// isIPv6Literal leaves out embedded IPv4 addresses and zones (RFC 3986 section 3.2.2).
func isIPv6Literal(host string) bool {
	address, closed := strings.CutSuffix(host[1:], "]")
	if !closed || strings.Count(address, "::") > 1 || strings.Contains(address, ":::") {
		return false
	}
	groups := strings.Split(address, ":")
	empty := 0
	for _, group := range groups {
		if group == "" {
			empty++
		}
		for _, c := range []byte(group) {
			if hexDigit(c) < 0 || len(group) > 4 {
				return false
			}
		}
	}
	if empty == 0 {
		return len(groups) == 8
	}
	return strings.Contains(address, "::") && len(groups) <= 9 &&
		(empty == 1 || strings.HasPrefix(address, "::") || strings.HasSuffix(address, "::"))
}

// isLoopback tells the hosts that always mean this machine. It looks at the exact host: what starts with "localhost"
// or ends in "127.0.0.1" may be anyone's.
func (u uri) isLoopback() bool {
	return u.host == "localhost" || u.host == "[::1]" || isLoopbackIPv4(u.host)
}

func isLoopbackIPv4(host string) bool { return strings.HasPrefix(host, "127.") && isIPv4(host) }

// isIPv4 tells four decimal numbers.
func isIPv4(host string) bool {
	parts := strings.Split(host, ".")
	if len(parts) != 4 {
		return false
	}
	for _, part := range parts {
		// A leading zero means octal to browsers.
		leadingZero := len(part) > 1 && part[0] == '0'
		if len(part) > 3 || leadingZero || !isPort(part) || len(part) == 3 && part > "255" {
			return false
		}
	}
	return true
}

// problem says why text cannot be the URL of an endpoint, "" if it can: absolute, without fragment, and https or
// plain http where the policy allows it.
func (p Policy) problem(text string) string {
	u, ok := parseURI(text)
	switch {
	case !ok:
		return "must be an absolute URL without user name, spaces or backslashes"
	case u.hasFragment:
		return "must not have a fragment"
	case u.scheme == "https":
		return ""
	case u.scheme != "http" || !u.isLoopback():
		return "must be an https URL"
	case !p.AllowLoopbackHTTP:
		return "must be an https URL unless allowLoopbackHttp is set"
	}
	return ""
}

// CheckRedirectURI refuses, with an error that names redirectUri, what cannot be a redirect URI: it must be absolute,
// without a fragment, and https or http where p allows it. RFC 6749 section 3.1.2.
func CheckRedirectURI(redirectURI string, p Policy) error {
	if problem := p.problem(redirectURI); problem != "" {
		return ConfigError("redirectUri", problem)
	}
	return nil
}
