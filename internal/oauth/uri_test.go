package oauth

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestParseURI(t *testing.T) {
	u, ok := parseURI("HTTPS://Op.Example:8443/a/b?c=d?e#f#g")
	require.True(t, ok)
	require.Equal(t, uri{
		origin: "HTTPS://Op.Example:8443", scheme: "https", host: "op.example", port: "8443",
		path: "/a/b", query: "c=d?e", fragment: "f#g", hasQuery: true, hasFragment: true,
	}, u)
	u, ok = parseURI("https://op.example")
	require.True(t, ok)
	require.Equal(t, uri{origin: "https://op.example", scheme: "https", host: "op.example"}, u)
}

func TestURIsRefused(t *testing.T) {
	for _, text := range []string{
		"", "op.example", "/path", "//op.example/", "https:op.example", "https:/op.example", "https://", "https:///path",
		"javascript:alert(1)", "data:text/html,x", "://op.example", "1https://op.example", "ht tps://op.example",
		"https://user@op.example", "https://user:pass@op.example", "https://op.example@evil.example",
		`https:\\op.example`, `https://op.example\@evil.example`, `https://op.example/\evil`,
		" https://op.example", "https://op.example ", "https://op.example/a b", "https://op.example/\t", "https://op.example/\n",
		"https://op.example/\x00", "https://op.example/\x7f",
		"https://1.2.3", "https://0x7f.1", "https://256.1.1.1", "https://99999999999", "https://a.1", "https://op.example.", "https://01.2.3.4",
		"https://[:::::]", "https://[1:2:3]", "https://[::1::]", "https://[1:2:3:4:5:6:7:8:9]", "https://[::ffff:1.2.3.4]", "https://[12345::]",
		"https://öp.example", "https://op。example", "https://%6fp.example", "https://op.example%00", "https://op<x>.example",
		"https://op.example:", "https://op.example:x", "https://op.example:65536", "https://op.example:99999999999999999999",
		"https://op.example:-1", "https://a:b:443", "https://::1", "https://[::1", "https://[]", "https://[x]", "https://[::1]x", "https://[1]",
	} {
		t.Run(text, func(t *testing.T) {
			_, ok := parseURI(text)
			require.False(t, ok)
		})
	}
}

func TestWherePlainHTTPIsAllowed(t *testing.T) {
	const never, loopback, always = 0, 1, 2
	for text, want := range map[string]int{
		"https://op.example/a?b=c":    always,
		"https://[2001:db8::1]:1/":    always,
		"http://localhost":            loopback,
		"http://LOCALHOST:8080/a":     loopback,
		"http://127.0.0.1:3000":       loopback,
		"http://127.255.255.254/":     loopback,
		"http://[::1]:3000/cb":        loopback,
		"http://op.example":           never,
		"http://localhost.evil.com":   never,
		"http://localhost.":           never,
		"http://evil.com/localhost":   never,
		"http://evil.com?//localhost": never,
		"http://evil.com#@localhost":  never,
		"http://localhost@evil.com":   never,
		"http://127.0.0.1.evil.com":   never,
		"http://127.1":                never,
		"http://0127.0.0.1":           never,
		"http://127.0.0.010":          never,
		"http://127.0.0.256":          never,
		"http://127.0.0.0001":         never,
		"http://127.0.0.":             never,
		"http://127.0.0.1.":           never,
		"http://128.0.0.1":            never,
		"http://0x7f.0.0.1":           never,
		"http://2130706433":           never,
		"http://0.0.0.0":              never,
		"http://[::]":                 never,
		"http://[::ffff:127.0.0.1]":   never,
		"http://[0:0:0:0:0:0:0:1]":    never,
		"ftp://localhost/":            never,
		"ws://localhost/":             never,
		"com.example.app://callback":  never,
		"https://op.example/#":        never,
		"https://op.example/a#b":      never,
	} {
		t.Run(text, func(t *testing.T) {
			strict := CheckRedirectURI(text, Policy{})
			lax := CheckRedirectURI(text, Policy{AllowLoopbackHTTP: true})
			require.Equal(t, want == always, strict == nil, "strict: %v", strict)
			require.Equal(t, want >= loopback, lax == nil, "lax: %v", lax)
			if strict != nil {
				require.Equal(t, "config{redirectUri}", outcome(t, strict))
				require.Contains(t, strict.Error(), "redirectUri")
			}
		})
	}
}
