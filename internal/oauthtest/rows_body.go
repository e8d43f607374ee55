package oauthtest

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf16"
)

// bodyRows are section B: shape and encoding of a 200.
func bodyRows() []Row {
	body := func(name, text, reason string) Case {
		return fails(name, committed(jsonAnswer(200, text)), refused(reason))
	}
	return []Row{
		row("F-40", "an HTML page", fails("", committed(htmlAnswer(200)), refused("not_json"))),
		row("F-41", "JSON that is not an object", body("array", "[]", "not_object"), body("string", `"x"`, "not_object"),
			body("number", "1", "not_object"), body("true", "true", "not_object"), body("null", "null", "not_object")),
		truncatedRow(),
		syntaxRow(),
		row("F-44", "a leading byte order mark", works("", around("\ufeff", ""))),
		row("F-45", "white space around the object", works("leading", around(strings.Repeat(" \n", 32<<10), "")), works("trailing", around("", "\n"))),
		row("F-46", "a UTF-16LE body", fails("mark", utf16le(true), refused("encoding")), fails("no-mark", utf16le(false), refused("encoding"))),
		row("F-47", "an invalid UTF-8 byte in the access token", fails("", rewrite(func(m Members) []byte {
			return bytes.Replace(m.Bytes(), []byte(`"AT-`), []byte("\"AT-\xff"), 1)
		}), refused("encoding"))),
		row("F-48", "a lone surrogate", fails("high", set("access_token", `"AT-\ud800"`), refused("encoding")),
			fails("low", set("access_token", `"AT-\udc00x"`), refused("encoding")),
			fails("pair-of-high", set("access_token", `"AT-\ud800\ud800"`), refused("encoding"))),
		row("F-49", "control characters in the access token", fails("nul", set("access_token", `"AT-\u0000x"`), refused("access_token")),
			fails("crlf", set("access_token", `"AT-\r\nX-Evil: 1"`), refused("access_token"))),
		row("F-51", "deep nesting in a member nobody reads", fails("33", also(nested(32)), refused("depth")),
			fails("100000", also(nested(100000)), refused("depth")), works("32", also(nested(31)))),
		// Half a second of the release build's time: the catalogue allows 50 ms, or else too_large.
		row("F-52", "100 000 members", fails("", also(manyMembers(100000)), Outcome{Code: "too_large", Retry: Resend}), works("9000", also(manyMembers(9000)))),
		row("F-53", "unusual numbers in a member nobody reads", works("1e400", also(`"x":1e400`)), works("minus-zero", also(`"x":-0`)),
			works("10000-digits", also(`"x":`+strings.Repeat("9", 10000)))),
		row("F-56", "a Content-Length that is wrong", fails("larger", Fault{Wire: Wire{Length: 50}}, Outcome{Code: "network", Retry: Resend}),
			fails("smaller", Fault{Wire: Wire{Length: -20}}, refused("truncated"))),
		row("F-57", "a member twice", fails("access_token", also(`"access_token":"AT-other"`), refused("duplicate")),
			fails("refresh_token", also(`"refresh_token":"a","refresh_token":"b"`), refused("duplicate")),
			fails("expires_in", also(`"expires_in":1`), refused("duplicate")), fails("token_type", also(`"token_type":"Bearer"`), refused("duplicate")),
			fails("nested", also(`"x":{"y":1,"y":2}`), refused("duplicate")), fails("escaped", also(`"\u0061ccess_token":"AT-other"`), refused("duplicate"))),
		row("F-58", "case variants beside the real member", works("",
			also(`"Access_Token":"AT-1","ACCESS_TOKEN":"AT-2","acce\u017f\u017f_token":"AT-3","EXPIRES_IN":1`), Outcome{ExpiresIn: new(int64(300))})),
		row("F-59", "only a case variant", fails("", rename("access_token", "Access_Token"), refused("access_token"))),
		row("F-60", "members that JavaScript objects have", works("",
			also(`"__proto__":{"access_token":"x"},"constructor":{},"toJSON":1,"then":{"x":1},"valueOf":1,"hasOwnProperty":0`))),
		row("F-61", "an escaped member name", works("", rename("access_token", `\u0061ccess_token`))),
		row("F-62", "a body around 1 MiB", works("below", padded(MaxBody-1)), works("exact", padded(MaxBody)),
			fails("above", padded(MaxBody+1), Outcome{Code: "too_large", Retry: Resend})),
		row("F-64", "a body of 256 MiB", fails("", Fault{Wire: Wire{Filler: 256 << 20}}, Outcome{Code: "too_large", Retry: Resend})),
	}
}

// compact is a short answer, so that a row over every one of its bytes stays
// short. Its length depends on the refresh token alone.
func compact(m Members) []byte {
	var short Members
	for _, name := range []string{"access_token", "token_type", "expires_in", "refresh_token"} {
		if raw := m.raw(name); raw != "" {
			short.Set(name, raw)
		}
	}
	return short.Bytes()
}

// truncatedRow ends the body cleanly after every number of bytes: what WebKit
// makes of a connection that was cut.
func truncatedRow() Row {
	var sample Members
	sample.SetText("access_token", "AT-"+random())
	sample.SetText("token_type", "Bearer")
	sample.SetNumber("expires_in", 300)
	sample.SetText("refresh_token", "RT-"+random())
	cases := []Case{}
	for k := range len(compact(sample)) {
		reason := "truncated"
		if k == 0 {
			reason = "empty"
		}
		cases = append(cases, fails(number(k), rewrite(func(m Members) []byte {
			whole := compact(m)
			return whole[:min(k, len(whole)-1)]
		}), refused(reason)))
	}
	return row("F-42", "a body that ends early, after every byte", cases...)
}

func syntaxRow() Row {
	member := func(name, text string) Case { return fails(name, also(text), refused("syntax")) }
	return row("F-43", "almost JSON",
		fails("two-objects", around("", `{"access_token":"AT-second"}`), refused("syntax")),
		fails("garbage", around("", "garbage"), refused("syntax")),
		fails("trailing-comma", rewrite(func(m Members) []byte { return []byte("{" + m.Inner() + ",}") }), refused("syntax")),
		fails("comment", around("/* tokens */", ""), refused("syntax")),
		fails("single-quotes", rewrite(func(m Members) []byte { return bytes.ReplaceAll(m.Bytes(), []byte(`"`), []byte("'")) }), refused("syntax")),
		member("nan", `"x":NaN`), member("infinity", `"x":Infinity`), member("leading-zero", `"x":01`), member("tab", "\"x\":\"\t\""))
}

func around(before, after string) Fault {
	return rewrite(func(m Members) []byte { return []byte(before + string(m.Bytes()) + after) })
}

func rename(from, to string) Fault {
	return rewrite(func(m Members) []byte {
		return bytes.Replace(m.Bytes(), []byte(quote(from)), []byte(`"`+to+`"`), 1)
	})
}

func utf16le(mark bool) Fault {
	return rewrite(func(m Members) []byte {
		text := string(m.Bytes())
		if mark {
			text = "\ufeff" + text
		}
		var body []byte
		for _, unit := range utf16.Encode([]rune(text)) {
			body = append(body, byte(unit), byte(unit>>8))
		}
		return body
	})
}

// nested is a member whose value is so many arrays deep.
func nested(depth int) string {
	return `"x":` + strings.Repeat("[", depth) + strings.Repeat("]", depth)
}

func manyMembers(count int) string {
	var b strings.Builder
	for i := range count {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `"%d":1`, i)
	}
	return b.String()
}

// padded makes the body exactly so many bytes long.
func padded(size int) Fault {
	return rewrite(func(m Members) []byte {
		body := m.Bytes()
		return append(bytes.Repeat([]byte(" "), size-len(body)), body...)
	})
}
