package oauthtest

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"
)

// Members is a JSON object as a list: it keeps the order, and may hold what a
// map cannot, such as one name twice or a value that is not JSON.
type Members []Member

// Member is a name and the JSON text of its value.
type Member struct {
	Name string
	JSON string
}

// Set replaces the value of the first member of that name, or adds one.
func (m *Members) Set(name, jsonText string) {
	if i := m.index(name); i >= 0 {
		(*m)[i].JSON = jsonText
		return
	}
	*m = append(*m, Member{name, jsonText})
}

// SetText sets a string.
func (m *Members) SetText(name, value string) { m.Set(name, quote(value)) }

// SetNumber sets an integer.
func (m *Members) SetNumber(name string, value int64) { m.Set(name, strconv.FormatInt(value, 10)) }

// Drop removes every member of that name.
func (m *Members) Drop(name string) {
	*m = slices.DeleteFunc(*m, func(x Member) bool { return x.Name == name })
}

// Text returns the string of that name, "" if there is none.
func (m Members) Text(name string) string {
	var value string
	if i := m.index(name); i >= 0 {
		_ = json.Unmarshal([]byte(m[i].JSON), &value)
	}
	return value
}

// Inner returns the members without the braces around them.
func (m Members) Inner() string {
	var b bytes.Buffer
	for i, x := range m {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(quote(x.Name) + ":" + x.JSON)
	}
	return b.String()
}

// Bytes returns the object as JSON text.
func (m Members) Bytes() []byte { return []byte("{" + m.Inner() + "}") }

func (m Members) index(name string) int {
	return slices.IndexFunc(m, func(x Member) bool { return x.Name == name })
}

func quote(s string) string {
	text, err := json.Marshal(s)
	if err != nil {
		panic(err) // a string always marshals
	}
	return string(text)
}

// raw returns the JSON text of that name, "" if there is none.
func (m Members) raw(name string) string {
	if i := m.index(name); i >= 0 {
		return m[i].JSON
	}
	return ""
}
