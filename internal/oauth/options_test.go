package oauth

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestOptions(t *testing.T) {
	o, err := ReadOptions(`{"text":"a","secret":"s","yes":true,"whole":12,"choice":"two","params":{"a":"1","b":"2"},"one":"x","many":["x","y"],`+
		`"raw":{"a":[1]},"group":{"inner":"i"},"signal":{}}`, "options")
	require.NoError(t, err)
	o.Ignore("signal", "onTokens")
	require.Equal(t, "a", o.RequiredText("text"))
	require.Equal(t, "s", o.RequiredSecret("secret").Reveal())
	require.True(t, o.Flag("yes", false))
	require.Equal(t, int64(12), o.Whole("whole", 1))
	require.Equal(t, "two", o.Choice("choice", "one", "two"))
	require.Equal(t, []Param{{"a", "1"}, {"b", "2"}}, o.Params("params"))
	require.Equal(t, []string{"x"}, o.Texts("one"))
	require.Equal(t, []string{"x", "y"}, o.Texts("many"))
	require.Equal(t, `{"a":[1]}`, o.Raw("raw"))
	group := o.Group("group")
	require.Equal(t, "i", group.Text("inner"))
	require.NoError(t, group.Done())

	require.Empty(t, o.Text("absent"))
	require.True(t, o.Secret("absent").IsZero())
	require.True(t, o.Flag("absent", true))
	require.Equal(t, int64(7), o.Whole("absent", 7))
	require.Equal(t, "one", o.Choice("absent", "one", "two"))
	require.Nil(t, o.Params("absent"))
	require.Nil(t, o.Texts("absent"))
	require.Empty(t, o.Raw("absent"))
	require.NoError(t, o.Group("absent").Done())
	require.NoError(t, o.Done())
}

func TestOptionsRefused(t *testing.T) {
	for _, row := range []struct {
		text string
		read func(*Options)
		want string
	}{
		{`{"x":1}`, func(o *Options) { o.Text("x") }, "config{x}"},
		{`{}`, func(o *Options) { o.RequiredText("x") }, "config{x}"},
		{`{"x":""}`, func(o *Options) { o.RequiredSecret("x") }, "config{x}"},
		{`{"x":"true"}`, func(o *Options) { o.Flag("x", false) }, "config{x}"},
		{`{"x":"1"}`, func(o *Options) { o.Whole("x", 0) }, "config{x}"},
		{`{"x":-1}`, func(o *Options) { o.Whole("x", 0) }, "config{x}"},
		{`{"x":1.5}`, func(o *Options) { o.Whole("x", 0) }, "config{x}"},
		{`{"x":99999999999999999999}`, func(o *Options) { o.Whole("x", 0) }, "config{x}"},
		{`{"x":"three"}`, func(o *Options) { o.Choice("x", "one", "two") }, "config{x}"},
		{`{"x":{"a":1}}`, func(o *Options) { o.Params("x") }, "config{x.a}"},
		{`{"x":["a",1]}`, func(o *Options) { o.Texts("x") }, "config{x}"},
		{`{"x":1}`, func(o *Options) { o.Texts("x") }, "config{x}"},
		{`{"x":"{}"}`, func(o *Options) { o.Raw("x") }, "config{x}"},
		{`{"x":[]}`, func(o *Options) { o.Group("x") }, "config{x}"},
		{`{"x":1}`, func(*Options) {}, "config{x}"},
		{`{"__proto__":1}`, func(*Options) {}, "config{__proto__}"},
		{`{"y":1}`, func(o *Options) { o.Fail("x", "is wrong") }, "config{x}"},
	} {
		t.Run(row.text+" "+row.want, func(t *testing.T) {
			o, err := ReadOptions(row.text, "options")
			require.NoError(t, err)
			row.read(o)
			require.Equal(t, row.want, outcome(t, o.Done()))
		})
	}
	for _, text := range []string{"", "[]", "null", `{"a":1,"a":2}`} {
		_, err := ReadOptions(text, "options")
		require.Equal(t, "config{options}", outcome(t, err))
	}
}
