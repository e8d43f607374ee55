package oauth

import (
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"
)

// RFC 6749 appendix B, and R-30.
func TestFormBytes(t *testing.T) {
	require.Equal(t, "+%25%26%2B%C2%A3%E2%82%AC", string(appendFormValue(nil, " %&+£€")))
	form := appendForm(nil, "a b", "1&2")
	form = appendForm(form, "é", "~*-._=\r\n\x00\"")
	require.Equal(t, "a+b=1%262&%C3%A9=%7E*-._%3D%0D%0A%00%22", string(form))
}

// What URLSearchParams gives in browsers and Node.
func TestParseForm(t *testing.T) {
	for _, row := range []struct {
		form     string
		want     map[string]string
		repeated bool
	}{
		{"", map[string]string{}, false},
		{"&&", map[string]string{}, false},
		{"a=b&c=d", map[string]string{"a": "b", "c": "d"}, false},
		{"a", map[string]string{"a": ""}, false},
		{"=b", map[string]string{"": "b"}, false},
		{"a=b=c", map[string]string{"a": "b=c"}, false},
		{"a=1+2%2B3%20", map[string]string{"a": "1 2+3 "}, false},
		{"a=%zz%4&b=%", map[string]string{"a": "%zz%4", "b": "%"}, false},
		{"a=%2541", map[string]string{"a": "%41"}, false},
		{"%61=1&a=2", map[string]string{"a": "1"}, true},
		{"a=%C3%A9%e2%82%ac", map[string]string{"a": "é€"}, false},
		{"a=%FFx", map[string]string{"a": "\uFFFDx"}, false},
		{"a=1;b=2", map[string]string{"a": "1;b=2"}, false},
	} {
		t.Run(row.form, func(t *testing.T) {
			parsed, repeated := parseForm(row.form)
			values := map[string]string{}
			for _, param := range parsed {
				values[param.Name] = parsed.get(param.Name)
			}
			require.Equal(t, row.want, values)
			require.Equal(t, row.repeated, repeated)
		})
	}
}

func FuzzForm(f *testing.F) {
	f.Add("a b", "1&2=3+%\x00é")
	f.Fuzz(func(t *testing.T, name, value string) {
		encoded := string(appendForm(nil, name, value))
		decoded, err := url.ParseQuery(encoded)
		require.NoError(t, err)
		require.Equal(t, url.Values{name: {value}}, decoded)
	})
}
