package oauth

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// faults.md B, as far as it concerns a body: the fault, or "" for a sound object.
func TestParseObject(t *testing.T) {
	deep := func(levels int) string {
		return `{"x":` + repeat("[", levels) + repeat("]", levels) + `}`
	}
	for _, row := range []struct{ id, text, want string }{
		{"F-05 nothing", "", "empty"},
		{"F-05 white space", " \r\n\t", "empty"},
		{"F-05 byte order mark", "\uFEFF", "empty"},
		{"F-06 {}", "{}", ""},
		{"F-40 HTML", "<!doctype html><title>Sign in</title>", "not_json"},
		{"F-40 HTML after white space", "\n\n <html>", "not_json"},
		{"F-40 form", "access_token=AT&token_type=bearer", "not_json"},
		{"F-40 text like a literal", "not found", "not_json"},
		{"F-40 text like a literal, cut", "nul!", "not_json"},
		{"F-41 array", `["a", {"b":1}]`, "not_object"},
		{"F-41 string", `"{}"`, "not_object"},
		{"F-41 number", "-12.5e3", "not_object"},
		{"F-41 true", "true", "not_object"},
		{"F-41 false", "false", "not_object"},
		{"F-41 null", " null\n", "not_object"},
		{"F-41 null, cut", "nul", "truncated"},
		{"F-41 array, cut", `["a`, "truncated"},
		{"F-43 two objects", `{"a":1}{"a":1}`, "syntax"},
		{"F-43 garbage behind", `{"a":1} garbage`, "syntax"},
		{"F-43 brace behind", `{"a":1}}`, "syntax"},
		{"F-43 two values", `1 2`, "syntax"},
		{"F-43 comma at the end", `{"a":1,}`, "syntax"},
		{"F-43 comma in an array", `{"a":[1,]}`, "syntax"},
		{"F-43 comma first", `{,"a":1}`, "syntax"},
		{"F-43 comma missing", `{"a":1 "b":2}`, "syntax"},
		{"F-43 colon missing", `{"a" 1}`, "syntax"},
		{"F-43 value missing", `{"a":}`, "syntax"},
		{"F-43 comment first", `/* a */{"a":1}`, "syntax"},
		{"F-43 comment inside", `{"a":1 // a
		}`, "syntax"},
		{"F-43 comment behind", `{"a":1} // a`, "syntax"},
		{"F-43 single quotes", `{'a':1}`, "syntax"},
		{"F-43 no quotes", `{a:1}`, "syntax"},
		{"F-43 NaN", `{"a":NaN}`, "syntax"},
		{"F-43 Infinity", `{"a":Infinity}`, "syntax"},
		{"F-43 -Infinity", `{"a":-Infinity}`, "syntax"},
		{"F-43 True", `{"a":True}`, "syntax"},
		{"F-43 undefined", `{"a":undefined}`, "syntax"},
		{"F-43 wrong bracket", `{"a":[1}`, "syntax"},
		{"F-43 line break in a string", "{\"a\":\"b\nc\"}", "syntax"},
		{"F-43 tab in a string", "{\"a\":\"b\tc\"}", "syntax"},
		{"F-43 unknown escape", `{"a":"\x41"}`, "syntax"},
		{"F-43 bad \\u", `{"a":"\u00g0"}`, "syntax"},
		{"F-43 vertical tab between", "{\"a\":\v1}", "syntax"},
		{"F-43 no-break space between", "{\"a\":\u00A01}", "syntax"},
		{"F-43 second byte order mark", "\uFEFF\uFEFF{}", "not_json"},
		{"F-44 byte order mark", "\uFEFF{\"a\":1}", ""},
		{"F-45 white space", repeat("\n \t\r", 16<<10) + `{"a":1}` + "\n", ""},
		{"F-46 UTF-16LE", "{\x00\"\x00a\x00\"\x00:\x001\x00}\x00", "encoding"},
		{"F-46 UTF-16LE with mark", "\xFF\xFE{\x00}\x00", "encoding"},
		{"F-46 UTF-16BE", "\x00{\x00}", "encoding"},
		{"F-46 NUL", "{\"a\":\"\x00\"}", "encoding"},
		{"F-47 invalid byte", "{\"a\":\"\xFF\"}", "encoding"},
		{"F-47 Latin-1", "{\"a\":\"\xE9t\xE9\"}", "encoding"},
		{"F-47 overlong", "{\"a\":\"\xC0\xAF\"}", "encoding"},
		{"F-47 surrogate", "{\"a\":\"\xED\xA0\x80\"}", "encoding"},
		{"F-47 half a character, closed", "{\"a\":\"\xE2\x82\"}", "encoding"},
		{"F-47 half a character behind", "{\"a\":1}\xE2\x82", "syntax"},
		{"F-48 high surrogate", `{"a":"\ud800"}`, "encoding"},
		{"F-48 high surrogate, text", `{"a":"\ud800x"}`, "encoding"},
		{"F-48 high surrogate, escape", `{"a":"\ud800\n"}`, "encoding"},
		{"F-48 two high surrogates", `{"a":"\ud800\ud800"}`, "encoding"},
		{"F-48 low surrogate", `{"a":"\udc00"}`, "encoding"},
		{"F-48 in a name", `{"\ud800":1}`, "encoding"},
		{"F-48 in a nested value", `{"a":[{"b":"\ud800"}]}`, "encoding"},
		{"F-48 pair", `{"a":"\ud83d\ude00"}`, ""},
		{"F-51 32 levels", deep(31), ""},
		{"F-51 33 levels", deep(32), "depth"},
		{"F-51 100 000 levels", deep(100_000), "depth"},
		{"F-51 33 objects", repeat(`{"a":`, 33) + "1" + repeat("}", 33), "depth"},
		{"F-53 numbers", `{"a":[1e400,-0,0,-0.0,1E+5,1e-999999,` + repeat("7", 10_000) + `]}`, ""},
		{"F-53 leading zero", `{"a":01}`, "syntax"},
		{"F-53 plus", `{"a":+1}`, "syntax"},
		{"F-53 no digits", `{"a":-}`, "syntax"},
		{"F-53 no fraction", `{"a":1.}`, "syntax"},
		{"F-53 no integer", `{"a":.5}`, "syntax"},
		{"F-53 no exponent", `{"a":1e}`, "syntax"},
		{"F-53 hexadecimal", `{"a":0x10}`, "syntax"},
		{"F-57 twice", `{"a":1,"b":2,"a":1}`, "duplicate"},
		{"F-57 twice, escaped", `{"a":1,"\u0061":2}`, "duplicate"},
		{"F-57 twice, nested", `{"x":[{"a":1,"a":2}]}`, "duplicate"},
		{"F-57 outside and inside", `{"a":{"a":{"a":1}},"b":[{"a":1},{"a":1}]}`, ""},
		{"F-57 empty name twice", `{"":1,"":2}`, "duplicate"},
		{"F-58 case", `{"a":1,"A":2,"s":3,"ſ":4}`, ""},
		{"F-60 names of JavaScript", `{"__proto__":{"a":1},"constructor":1,"toJSON":1,"then":1}`, ""},
		{"F-62 1 MiB", `{"a":"` + repeat("x", 1<<20-8) + `"}`, ""},
		{"F-62 1 MiB + 1", `{"a":"` + repeat("x", 1<<20-7) + `"}`, "too_large"},
	} {
		t.Run(row.id, func(t *testing.T) {
			object, err := ParseObject([]byte(row.text))
			if row.want == "" {
				require.NoError(t, err)
				require.True(t, json.Valid([]byte(object.Raw())))
				return
			}
			require.Nil(t, object)
			e := failure(t, err)
			require.Equal(t, row.want, e.Reason)
			if row.want != "too_large" {
				require.Equal(t, CodeResponse, e.Code)
				require.True(t, e.Retryable)
			} else {
				require.Equal(t, CodeTooLarge, e.Code)
			}
		})
	}
}

// F-42: wherever an object is cut, it is recognised as cut. WebKit reports no error for that.
func TestEveryPrefixIsTruncated(t *testing.T) {
	text := `{"access_token":"aé\u00e9\ud83d\ude00€😀\n","expires_in":-3600.5e+1,"x":[true,false,null,{"y":[]}],"scope":"a b"}`
	for n := 1; n < len(text); n++ {
		for _, mark := range []string{"", "\uFEFF"} {
			_, err := ParseObject([]byte(mark + text[:n]))
			require.Equal(t, "response{truncated}", outcome(t, err), "%q", text[:n])
		}
	}
	for n := 1; n < len("\uFEFF"); n++ {
		_, err := ParseObject([]byte("\uFEFF"[:n]))
		require.NotNil(t, err)
	}
	_, err := ParseObject([]byte(text))
	require.NoError(t, err)
}

func TestObject(t *testing.T) {
	object, err := ParseObject([]byte(" \uFEFF"[1:] + ` {"s":"a\"\\\/\b\f\n\r\t\u0041\u00e9\ud83d\ude00z","n":12,"t":true,"f":false,"u":null,` +
		`"a":["x","\u0079",[1]],"o":{"k":"v"},"N":0,"\u0061ccess_token":"escaped"} `))
	require.NoError(t, err)
	require.Equal(t, []string{"s", "n", "t", "f", "u", "a", "o", "N", "access_token"}, object.Names())

	get := func(name string, kind Kind) Value {
		value, ok := object.Get(name)
		require.True(t, ok)
		require.Equal(t, kind, value.Kind)
		return value
	}
	require.Equal(t, "a\"\\/\b\f\n\r\tAé😀z", get("s", String).String())
	require.Equal(t, "12", get("n", Number).Raw())
	require.Empty(t, get("n", Number).String())
	require.True(t, get("t", Bool).Bool())
	require.False(t, get("f", Bool).Bool())
	require.False(t, get("u", Null).Bool())
	require.Equal(t, "escaped", get("access_token", String).String()) // F-61

	elements := get("a", Array).Elements()
	require.Len(t, elements, 3)
	require.Equal(t, "x", elements[0].String())
	require.Equal(t, "y", elements[1].String())
	require.Equal(t, "[1]", elements[2].Raw())
	require.Len(t, elements[2].Elements(), 1)
	require.Nil(t, get("s", String).Elements())

	inner := get("o", ObjectKind).Object()
	value, ok := inner.Get("k")
	require.True(t, ok)
	require.Equal(t, "v", value.String())
	require.Nil(t, get("a", Array).Object())

	for _, name := range []string{"S", "missing", "", "k"} {
		_, ok := object.Get(name)
		require.False(t, ok, name)
	}
	require.True(t, strings.HasPrefix(object.Raw(), "{") && strings.HasSuffix(object.Raw(), "}"))
}

func TestInt64(t *testing.T) {
	const most, least = int64(maxInt64), -int64(maxInt64)
	for number, want := range map[string]int64{
		"0": 0, "-0": 0, "-0.0e5": 0, "1": 1, "-1": -1, "3599.7": 3599, "-1.9": -1, "0.9": 0,
		"1e3": 1000, "1E+3": 1000, "12.345e2": 1234, "12345e-2": 123, "1e-5": 0, "0e999999999999": 0, "0.0e999": 0,
		"0.0001e4": 1, "0.0001e5": 10, "9007199254740993": 9007199254740993,
		"9223372036854775807": most, "9223372036854775808": most, "1e308": most, "1e309": most, "-9e15": -9e15,
		"-1e309": least, "1e99999999999999999999": most, "1e-99999999999999999999": 0, "00012": 12,
		repeat("9", 400): most, "0." + repeat("0", 400) + "1": 0,
	} {
		n, ok := Value{Number, number}.Int64()
		require.True(t, ok)
		require.Equal(t, want, n, number)
	}
	_, ok := Value{String, `"1"`}.Int64()
	require.False(t, ok)
}

// F-52: so many members would keep the release build busy for seconds.
func TestManyMembers(t *testing.T) {
	members := func(count int, open string) string {
		var text strings.Builder
		text.WriteString(open)
		for i := range count {
			fmt.Fprintf(&text, `,"%d":1`, i)
		}
		return text.String()
	}
	object, err := ParseObject([]byte(members(9_999, `{"first":1`) + `}`))
	require.NoError(t, err)
	require.Len(t, object.Names(), 10_000)
	for name, text := range map[string]string{
		"of one object":        members(10_000, `{"first":1`) + `}`,
		"of objects in others": members(5_000, `{"first":1`) + members(5_000, `,"in":{"first":1`) + `}}`,
	} {
		_, err = ParseObject([]byte(text))
		require.Equal(t, "too_large{too_large}", outcome(t, err), name)
	}
	_, err = ParseObject([]byte(`{"a":[` + strings.Repeat(`{"a":1},`, 50_000) + `1]}`))
	require.NoError(t, err, "siblings do not count")
}

func TestAppendQuoted(t *testing.T) {
	require.Equal(t, `"a\"\\\u0000\u000a\u001f\u007f\u003cb\u003e\u0026\u2028\u2029é😀"`,
		string(AppendQuoted(nil, "a\"\\\x00\n\x1f\x7f<b>&\u2028\u2029é😀")))
	require.Equal(t, `x"`+"\uFFFD"+`"`, string(AppendQuoted([]byte("x"), "\xFF")))
	for _, text := range []string{"", "plain", `\`, `"`, "\t", "😀", "</script>"} {
		var back string
		require.NoError(t, json.Unmarshal(AppendQuoted(nil, text), &back))
		require.Equal(t, text, back)
		object, err := ParseObject([]byte(`{"a":` + string(AppendQuoted(nil, text)) + `}`))
		require.NoError(t, err)
		value, _ := object.Get("a")
		require.Equal(t, text, value.String(), strconv.Quote(text))
	}
}
