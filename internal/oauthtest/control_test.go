package oauthtest

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// control sends what a page would send to the control API.
func (a *app) control(method, path, body string) (status int, answer []byte) {
	a.Helper()
	res, err := a.fetch.Do(method, a.srv.URL+"/control/"+path, http.Header{"Content-Type": {"application/json"}}, body)
	require.NoError(a, err)
	return res.Status, res.Body
}

func (a *app) report() Report {
	a.Helper()
	status, body := a.control("GET", "report", "")
	require.Equal(a, 200, status)
	var r Report
	require.NoError(a, json.Unmarshal(body, &r))
	return r
}

func TestControlScript(t *testing.T) {
	a := newApp(t, Options{})
	status, _ := a.control("POST", "faults", `{"script":"F-27x2,F-01","grant":"refresh_token"}`)
	require.Equal(t, 200, status)
	assert.Equal(t, []int{502, 502, 400, 400}, []int{a.status(), a.status(), a.status(), a.status()})

	status, _ = a.control("POST", "faults",
		`{"faults":[{"status":418,"header":{"X-Tea":["green"]},"bytes":"/w==","times":2,"chunked":true}]}`)
	require.Equal(t, 200, status)
	res, err := a.post(refreshForm("x"))
	require.NoError(t, err)
	assert.Equal(t, 418, res.Status)
	assert.Equal(t, []byte{0xff}, res.Body)
	assert.Equal(t, 418, a.status())
	assert.Equal(t, 400, a.status())

	status, _ = a.control("POST", "faults", `{"faults":[{"set":{"expires_in":"soon"}}]}`)
	require.Equal(t, 200, status)
	_, answer := a.control("POST", "grant", `{"user":"bob","scope":"openid"}`)
	var grant struct{ RefreshToken string }
	require.NoError(t, json.Unmarshal(answer, &grant))
	res, err = a.post(refreshForm(grant.RefreshToken))
	require.NoError(t, err)
	assert.Contains(t, string(res.Body), `"expires_in":"soon"`)
}

func TestControlRefusesNonsense(t *testing.T) {
	a := newApp(t, Options{})
	for _, c := range [][2]string{
		{"faults", `{"script":"F-0815"}`}, {"faults", `{"skript":"F-01"}`}, {"faults", `{`}, {"settings", `{"rotatoin":"none"}`},
	} {
		status, _ := a.control("POST", c[0], c[1])
		assert.Equal(t, 400, status, c[1])
	}
	status, _ := a.control("GET", "nothing", "")
	assert.Equal(t, 404, status)
}

func TestControlReads(t *testing.T) {
	a := newApp(t, Options{})
	assert.Equal(t, 400, a.status())
	assert.Equal(t, 1, a.report().Refreshes)
	assert.Equal(t, []int{1}, a.report().PerSecond)

	var entries []Entry
	_, body := a.control("GET", "ledger?endpoint=token", "")
	require.NoError(t, json.Unmarshal(body, &entries))
	require.Len(t, entries, 1)
	assert.Equal(t, "invalid_grant", entries[0].Outcome)
	assert.Contains(t, entries[0].Body, "RT-unknown")

	var rows []Row
	_, body = a.control("GET", "rows", "")
	require.NoError(t, json.Unmarshal(body, &rows))
	assert.Len(t, rows, len(Rows()))
	for _, path := range []string{"thief", "secrets"} {
		_, body = a.control("GET", path, "")
		var list []any
		assert.NoError(t, json.Unmarshal(body, &list), path)
	}
}

func TestControlSettings(t *testing.T) {
	a := newApp(t, Options{Settings: Settings{AccessTokenSeconds: 7}})
	_, _ = a.control("POST", "settings", `{"rotation":"grace=5","cors":{"noExpose":true}}`)
	got := a.srv.Settings()
	assert.Equal(t, Grace(5), got.Rotation)
	assert.EqualValues(t, 7, got.AccessTokenSeconds, "what is not named stays")
	assert.True(t, got.CORS.NoExpose)

	token := a.srv.Grant(DefaultClient, "alice", "openid", "")
	_, _ = a.control("POST", "end", `{"user":"alice"}`)
	assert.Equal(t, "invalid_grant", a.refresh(token).Error)
	_, _ = a.control("POST", "release", "")
	_, _ = a.control("POST", "reset", "")
	assert.Zero(t, a.report().TokenRequests)
	assert.Equal(t, Strict, a.srv.Settings().Rotation)
}
