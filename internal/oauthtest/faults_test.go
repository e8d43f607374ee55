package oauthtest

import (
	"bytes"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func (a *app) status() int {
	a.Helper()
	res, err := a.post(refreshForm("RT-unknown"))
	require.NoError(a, err)
	return res.Status
}

func TestScriptIsAQueue(t *testing.T) {
	a := newApp(t, Options{})
	require.NoError(t, a.srv.ScriptRows("F-27/504x2, F-01, F-28", ""))
	got := []int{a.status(), a.status(), a.status(), a.status(), a.status()}
	assert.Equal(t, []int{504, 504, 400, 503, 400}, got)
	assert.Equal(t, "F-27/504", a.srv.Ledger.Entries("token")[0].Fault)
	assert.Error(t, a.srv.ScriptRows("F-0815", ""))
	assert.Error(t, a.srv.ScriptRows("F-27/nothing", ""))
}

func TestSteadyFault(t *testing.T) {
	a := newApp(t, Options{})
	require.NoError(t, a.srv.ScriptRows("F-28x-1", ""))
	assert.Equal(t, []int{503, 503, 503}, []int{a.status(), a.status(), a.status()})
	a.srv.Unscript()
	assert.Equal(t, 400, a.status())
}

func TestFaultOfOneGrant(t *testing.T) {
	a := newApp(t, Options{})
	require.NoError(t, a.srv.ScriptRows("F-28", "refresh_token"))
	assert.Equal(t, 200, a.exchange(a.authorize(nil).Get("code"), nil).Status)
	assert.Equal(t, 503, a.status())
}

// A fault that answers in the server's place leaves the token alone, unless it
// says otherwise.
func TestCommit(t *testing.T) {
	a := newApp(t, Options{Settings: Settings{Rotation: Rotate}})
	token := a.srv.Grant(DefaultClient, "alice", "openid", "")
	a.srv.Script("token", htmlAnswer(502), committed(htmlAnswer(502)))
	for _, outcome := range []string{"", "issued"} {
		res, err := a.post(refreshForm(token))
		require.NoError(t, err)
		assert.Equal(t, 502, res.Status)
		assert.Equal(t, page, string(res.Body))
		entries := a.srv.Ledger.Entries("token")
		last := entries[len(entries)-1]
		assert.Equal(t, outcome, last.Outcome)
		assert.Equal(t, outcome == "issued", last.Processed)
	}
	assert.Equal(t, "invalid_grant", a.refresh(token).Error)
}

func TestFaultsOfOtherEndpoints(t *testing.T) {
	a := newApp(t, Options{})
	a.srv.Script("discovery", Fault{Set: raw("issuer", `"https://evil.example"`)})
	res, err := a.fetch.Do("GET", a.srv.URL+"/.well-known/openid-configuration", nil, "")
	require.NoError(t, err)
	assert.Contains(t, string(res.Body), `"issuer":"https://evil.example"`)

	a.srv.Script("api", htmlAnswer(503))
	assert.Equal(t, 503, a.hello("x"))
	assert.Equal(t, 401, a.hello("x"))
}

func TestThiefGetsWhatFollows(t *testing.T) {
	a := newApp(t, Options{})
	for _, to := range []string{"thief", "same-origin"} {
		a.srv.Reset()
		a.srv.Script("token", Fault{Status: 307, RedirectTo: to})
		_, err := a.post(refreshForm("RT-x"))
		assert.Equal(t, FetchError("redirect"), err)
		assert.Zero(t, a.srv.Report().Thief)

		a.srv.Script("token", Fault{Status: 307, RedirectTo: to})
		res, err := http.PostForm(a.srv.URL+"/token", refreshForm("RT-x")) // follows, as a careless client does
		require.NoError(t, err)
		require.NoError(t, res.Body.Close())
		require.Len(t, a.srv.Thief.Requests(), 1)
		assert.Contains(t, a.srv.Thief.Requests()[0].Body, "RT-x")
	}
}

func TestWire(t *testing.T) {
	a := newApp(t, Options{})
	body := strings.Repeat("0123456789", 20)
	deadline := 20 * time.Second
	send := func(w Wire) (string, error) {
		a.srv.Script("token", Fault{Status: 200, Body: &body, Wire: w})
		res, err := Fetch{Origin: a.fetch.Origin, Timeout: deadline}.Do("POST", a.srv.URL+"/token", nil, "")
		if err != nil {
			return "", err
		}
		return string(res.Body), nil
	}
	for _, w := range []Wire{
		{}, {DelayMS: 10}, {Chunked: true}, {EarlyHints: true}, {DripBytes: 7, DripMS: 1}, {DripBytes: 10, Chunked: true}, {DripBytes: 200},
	} {
		got, err := send(w)
		assert.NoError(t, err)
		assert.Equal(t, body, got, "%+v", w)
	}
	got, err := send(Wire{Length: -150})
	assert.NoError(t, err)
	assert.Equal(t, body[:50], got)
	got, err = send(Wire{Filler: 1000})
	assert.NoError(t, err)
	assert.Equal(t, strings.Repeat(" ", 1000)+body, got)

	for _, c := range []struct {
		wire Wire
		want FetchError
	}{
		{Wire{KillAfter: new(-1)}, "network"}, {Wire{KillAfter: new(0)}, "network"}, {Wire{KillAfter: new(7)}, "network"},
		{Wire{KillAfter: new(7), Chunked: true}, "network"}, {Wire{KillAfter: new(7), Reset: true}, "network"},
		{Wire{Length: 1}, "network"}, {Wire{NoCORS: true}, "network"},
		{Wire{HangAfter: new(7)}, "timeout"}, {Wire{HangAfter: new(0)}, "timeout"}, {Wire{Hold: true}, "timeout"},
		{Wire{DelayMS: 5000}, "timeout"}, {Wire{DripBytes: 1, DripMS: 50}, "timeout"}, {Wire{Filler: 4 << 20}, "too_large"},
	} {
		deadline = 20 * time.Second
		if c.want == "timeout" {
			deadline = 200 * time.Millisecond
		}
		_, err := send(c.wire)
		assert.Equal(t, c.want, err, "%+v", c.wire)
	}
}

func TestReleaseAndClose(t *testing.T) {
	a := newApp(t, Options{})
	a.srv.Script("token", Fault{Wire: Wire{Hold: true}, Times: -1})
	answered := make(chan error, 2)
	ask := func() {
		_, err := a.post(url.Values{})
		answered <- err
	}
	held := func(n int) bool {
		return a.srv.Ledger.Wait("token", 10*time.Second, func(e []Entry) bool { return len(e) == n && e[n-1].Processed })
	}
	go ask()
	require.True(t, held(1))
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for len(answered) == 0 {
		<-tick.C
		a.srv.Release()
	}
	assert.NoError(t, <-answered)

	go ask()
	require.True(t, held(2))
	a.srv.Close() // must not wait for somebody to release
	assert.Equal(t, FetchError("network"), <-answered)
}

func TestCORS(t *testing.T) {
	a := newApp(t, Options{})
	for name, c := range map[string]struct {
		cors         CORS
		reads, hello bool
	}{
		"right":         {CORS{}, true, true},
		"off":           {CORS{Off: true}, false, false},
		"not on errors": {CORS{NotOnErrors: true}, false, false},
		"other origin":  {CORS{Origins: []string{"https://other.example"}}, false, false},
		"this origin":   {CORS{Origins: []string{"https://app.example"}}, true, true},
		"no preflight":  {CORS{RejectPreflight: true}, true, false},
	} {
		t.Run(name, func(t *testing.T) {
			a.srv.Reset()
			a.srv.Configure(func(o *Settings) { o.CORS = c.cors })
			_, err := a.post(url.Values{})
			assert.Equal(t, c.reads, err == nil)
			assert.Zero(t, a.srv.Report().Preflights)
			_, err = a.fetch.Do("GET", a.srv.URL+"/api/hello", http.Header{"Authorization": {"Bearer x"}}, "")
			assert.Equal(t, c.hello, err == nil)
			assert.Equal(t, 1, a.srv.Report().Preflights)
		})
	}
	a.srv.Configure(func(o *Settings) { o.CORS = CORS{NoExpose: true} })
	require.NoError(t, a.srv.ScriptRows("F-23x2", ""))
	res, err := a.post(url.Values{})
	require.NoError(t, err)
	assert.Empty(t, res.Header("Retry-After"))
	a.srv.Configure(func(o *Settings) { o.CORS = CORS{} })
	res, err = a.post(url.Values{})
	require.NoError(t, err)
	assert.Equal(t, "7", res.Header("retry-after"))
}

// Every row of the catalogue's sections A to D and L is either data here or
// names who tests it.
func TestCatalogueIsWhole(t *testing.T) {
	ids := "F-01 F-02 F-03 F-05 F-06 F-07 F-08 F-09 F-10 F-11 F-12 F-13 F-14 F-16 F-19 F-20 F-21 F-22 F-23 F-24 F-27 F-28 F-29 F-30 F-31 F-32 F-33 F-35 F-36 " +
		"F-40 F-41 F-42 F-43 F-44 F-45 F-46 F-47 F-48 F-49 F-51 F-52 F-53 F-56 F-57 F-58 F-59 F-60 F-61 F-62 F-64 " +
		"F-70 F-71 F-72 F-75 F-76 F-77 F-78 F-79 F-80 F-81 F-82 F-84 F-85 F-86 F-87 F-88 F-89 F-90 F-91 F-92 F-93 F-94 F-95 F-96 F-135 " +
		"F-T2 F-T3 F-T4 F-T5 F-T6 F-T8 F-T9 F-T11 F-T12 F-T13 F-T14 F-T15 F-T16 F-T17 F-T18 " +
		"F-140 F-141 F-142 F-144 F-146 F-147 F-148 F-149 F-150 F-151 F-152 F-153 F-155 F-156 F-157 F-158 F-159 F-160 F-161 F-162 F-163 F-164 F-165 F-166"
	rows := map[string]Row{}
	names := map[string]bool{}
	for _, r := range Rows() {
		assert.NotContains(t, rows, r.ID)
		rows[r.ID] = r
		assert.Equal(t, r.Elsewhere == "", len(r.Cases) > 0, r.ID)
		for _, c := range r.Cases {
			assert.False(t, names[c.Name], "two cases %s", c.Name)
			names[c.Name] = true
			assert.True(t, c.Exchange != nil || c.Refresh != nil || c.Callback != nil, c.Name)
			found, ok := FindCase(c.Name)
			assert.True(t, ok && found.Name == c.Name, c.Name)
		}
	}
	for id := range strings.FieldsSeq(ids) {
		assert.Contains(t, rows, id)
	}
}

func TestMembersKeepOrder(t *testing.T) {
	var m Members
	m.SetText("b", `"<é`)
	m.SetNumber("a", 1)
	m.Set("b", "2")
	m = append(m, Member{"a", "3"})
	assert.Equal(t, `{"b":2,"a":1,"a":3}`, string(m.Bytes()))
	m.Drop("a")
	assert.Equal(t, `{"b":2}`, string(m.Bytes()))
	assert.Empty(t, m.Text("b"))
}

func TestBusiest(t *testing.T) {
	var times []time.Time
	for _, ms := range []int{0, 900, 999, 1000, 1901, 5000} {
		times = append(times, time.UnixMilli(int64(ms)))
	}
	assert.Equal(t, 3, busiest(times, time.Second))
	assert.Equal(t, 6, busiest(times, time.Minute))
	assert.Zero(t, busiest(nil, time.Second))
}

func TestUTF16IsWhatItSays(t *testing.T) {
	body := utf16le(true).Rewrite(Members{{"a", "1"}})
	assert.True(t, bytes.Equal([]byte("\xff\xfe{\x00\"\x00a\x00\"\x00:\x001\x00}\x00"), body), fmt.Sprintf("%q", body))
}
