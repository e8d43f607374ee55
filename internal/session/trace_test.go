package session

import (
	"fmt"
	"net/url"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// traced returns the traces since the last time as "step reason attempt", with ">" where a next request is planned.
func (c *client) traced() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var lines []string
	for _, e := range c.traces {
		line := fmt.Sprint(e["step"])
		for _, member := range []string{"reason", "attempt"} {
			if e[member] != nil {
				line += fmt.Sprint(" ", e[member])
			}
		}
		if e["nextAt"] != nil {
			line += " >"
		}
		lines = append(lines, line)
	}
	c.traces = nil
	return lines
}

// requireTraces wants these traces, in this order where the module runs: there is one thread. The order of two is theirs.
func requireTraces(t *testing.T, want, got []string) {
	t.Helper()
	if runtime.GOARCH == "wasm" {
		require.Equal(t, want, got)
		return
	}
	require.ElementsMatch(t, want, got)
}

func TestTraces(t *testing.T) {
	answer := func(status int, body string) func(url.Values) (int, string) {
		return func(url.Values) (int, string) { return status, body }
	}
	force := func(c *client) { _, _ = c.Do(`{"op":"token","force":true}`) }
	for name, row := range map[string]struct {
		config string
		answer func(url.Values) (int, string) // of the token endpoint, nil for a good one
		do     func(*client)
		want   []string
	}{
		"a valid token": {
			do: func(c *client) { _, _ = c.Do(`{"op":"token"}`) },
		},
		"due": {
			do:   func(*client) { time.Sleep(260 * time.Second) },
			want: []string{"send due", "settle due >"},
		},
		"on demand": {
			do:   force,
			want: []string{"send demand", "settle demand >"},
		},
		"on demand, no timer": {
			config: `,"refresh":{"auto":false}`, do: force,
			want: []string{"send demand", "settle demand"},
		},
		"sent again": {
			answer: answer(500, ""), do: force,
			want: []string{"send demand", "send retry 1", "send retry 2", "settle http 3 >"},
		},
		"waits": {
			answer: answer(429, ""), do: force,
			want: []string{"send demand", "settle rate_limited 1 >"},
		},
		"parked": {
			answer: answer(400, `{"error":"invalid_client"}`), do: force,
			want: []string{"send demand", "settle oauth 1"},
		},
		"ended": {
			answer: answer(400, `{"error":"invalid_grant"}`), do: force,
			want: []string{"send demand", "drop demand 1", "settle session_expired 1"},
		},
		"signed out": {
			do:   func(c *client) { _, _ = c.Do(`{"op":"signOut","local":true}`) },
			want: []string{"drop", "settle signed_out"},
		},
		"closed": {
			do: func(c *client) { c.Close() },
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newClient(t, row.config)
				p := signIn(t, c, "alice")
				require.Empty(t, c.traced(), "a sign-in is no refresh")
				if row.answer != nil {
					c.script(row.answer)
				} else {
					c.script(p.token)
				}
				row.do(c)
				synctest.Wait()
				requireTraces(t, row.want, c.traced())
				c.Close()
			})
		})
	}
}

func TestTracesOfTabs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tabs, p := open(t, 2)
		traced := func(member *tab) []string {
			synctest.Wait()
			return member.traced()
		}
		traced(tabs[0])
		requireTraces(t, []string{"adopt >"}, traced(tabs[1]))
		tabs[0].do(t, `{"op":"refresh"}`)
		requireTraces(t, []string{"lock demand", "send demand", "commit demand", "settle demand >", "unlock demand >"}, traced(tabs[0]))
		requireTraces(t, []string{"adopt >", "settle >"}, traced(tabs[1]))

		tabs[1].Lock(0, true) // and does not give it back
		tabs[0].do(t, `{"op":"refresh"}`)
		requireTraces(t, []string{"lock demand", "steal demand", "send demand", "commit demand", "settle demand >", "unlock demand >"}, traced(tabs[0]))

		tabs[0].script(func(url.Values) (int, string) { return 400, `{"error":"invalid_grant"}` })
		_, err := tabs[0].Do(`{"op":"refresh"}`)
		require.Error(t, err)
		requireTraces(t, []string{"lock demand", "send demand", "read demand 1", "drop demand 1", "erase demand 1", "unlock demand 1", "settle session_expired 1"}, traced(tabs[0]))
		require.Contains(t, traced(tabs[1]), "drop")
		require.Zero(t, p.reused)
		closeAll(tabs)
	})
}
