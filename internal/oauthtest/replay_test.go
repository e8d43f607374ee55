package oauthtest

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// A replay that finds nothing wrong with anything would prove nothing.
func TestReplayIsStrict(t *testing.T) {
	good := url.Values{"grant_type": {"x"}, "client_id": {"app"}}
	for _, row := range []struct {
		name   string
		want   string
		change func(*http.Request)
		form   url.Values
	}{
		{"as documented", "", nil, good},
		{"another path", "not a documented request", func(r *http.Request) { r.URL.Path = "/token" }, good},
		{"another method", "not a documented request", func(r *http.Request) { r.Method = "PUT" }, good},
		{"another grant", "not a documented request", nil, url.Values{"grant_type": {"y"}, "client_id": {"app"}}},
		{"a parameter missing", "form: client_id is []", nil, url.Values{"grant_type": {"x"}}},
		{"a parameter with another value", `form: client_id is ["application"]`, nil, url.Values{"grant_type": {"x"}, "client_id": {"application"}}},
		{"a parameter twice", `form: client_id is ["app" "app"]`, nil, url.Values{"grant_type": {"x"}, "client_id": {"app", "app"}}},
		{"a parameter too many", "form: scope is not documented", nil, url.Values{"grant_type": {"x"}, "client_id": {"app"}, "scope": {""}}},
		{"a query", "query: a is not documented", func(r *http.Request) { r.URL.RawQuery = "a=b" }, good},
		{"another content type", "the Content-Type is text/plain", func(r *http.Request) { r.Header.Set("Content-Type", "text/plain") }, good},
		{"a header with another value", "the header Accept is", func(r *http.Request) { r.Header.Set("Accept", "*/*") }, good},
		{"credentials", "it has the header Authorization", func(r *http.Request) { r.Header.Set("Authorization", "Basic x") }, good},
		{"a cookie", "it has the header Cookie", func(r *http.Request) { r.Header.Set("Cookie", "a=b") }, good},
		{"a preflight for what is not documented", "a preflight asks for [x-custom]", func(r *http.Request) {
			r.Method = "OPTIONS"
			r.Header.Set("Access-Control-Request-Headers", "x-custom")
		}, good},
	} {
		t.Run(row.name, func(t *testing.T) {
			replay := NewReplay(t, func(string) []*Step {
				return []*Step{{
					Name: "token", Method: "POST", Path: "/token/", Times: 1, Form: map[string]string{"grant_type": "x", "client_id": "app"},
					Header: map[string]string{"Accept": "application/json"}, Answer: func(*http.Request) Reply { return Reply{Body: "{}"} },
				}}
			})
			request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, replay.URL+"/token/", strings.NewReader(row.form.Encode()))
			require.NoError(t, err)
			request.Header.Set("Content-Type", "application/x-www-form-urlencoded;charset=UTF-8")
			request.Header.Set("Accept", "application/json")
			if row.change != nil {
				row.change(request)
			}
			response, err := http.DefaultClient.Do(request)
			require.NoError(t, err)
			require.NoError(t, response.Body.Close())
			if row.want == "" {
				require.Empty(t, replay.failures)
				replay.Check(t)
				return
			}
			require.Len(t, replay.failures, 1)
			require.Contains(t, replay.failures[0], row.want)
		})
	}
}
