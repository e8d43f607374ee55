package oauthtest

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestNoRotation(t *testing.T) {
	a := newApp(t, Options{Settings: Settings{Rotation: NoRotation}})
	token := a.srv.Grant(DefaultClient, "alice", "openid", "")
	for range 3 {
		assert.Empty(t, a.refresh(token).RefreshToken)
	}
	a.srv.Configure(func(o *Settings) { o.Rotation = Same })
	assert.Equal(t, token, a.refresh(token).RefreshToken)
	assert.Zero(t, a.srv.Report().Reuse)
}

func TestRotate(t *testing.T) {
	a := newApp(t, Options{Settings: Settings{Rotation: Rotate}})
	first := a.srv.Grant(DefaultClient, "alice", "openid", "")
	second := a.refresh(first).RefreshToken
	assert.Equal(t, "invalid_grant", a.refresh(first).Error)
	assert.Equal(t, 200, a.refresh(second).Status, "the family lives on")
	assert.Equal(t, 1, a.srv.Report().Reuse)
}

func TestStrict(t *testing.T) {
	a := newApp(t, Options{})
	first := a.srv.Grant(DefaultClient, "alice", "openid", "")
	answer := a.refresh(first)
	assert.Equal(t, "invalid_grant", a.refresh(first).Error)
	assert.Equal(t, "invalid_grant", a.refresh(answer.RefreshToken).Error, "reuse ended the family")
	assert.Equal(t, 401, a.hello(answer.AccessToken))

	report := a.srv.Report()
	assert.Equal(t, 1, report.Reuse)
	assert.Zero(t, report.LiveFamilies)
	entries := a.srv.Ledger.Entries("token")
	assert.Equal(t, []int{0, 0, 1}, []int{entries[0].Generation, entries[1].Generation, entries[2].Generation})
	assert.Equal(t, []int{1, -1, -1}, []int{entries[0].Issued, entries[1].Issued, entries[2].Issued})
	assert.Equal(t, 2, entries[1].Attempt)
}

func TestGrace(t *testing.T) {
	a := newApp(t, Options{Settings: Settings{Rotation: Grace(30)}})
	first := a.srv.Grant(DefaultClient, "alice", "openid", "")
	assert.Equal(t, 200, a.refresh(first).Status)
	assert.Equal(t, 200, a.refresh(first).Status)
	report := a.srv.Report()
	assert.Equal(t, []int{0, 1}, []int{report.Reuse, report.GraceReuse})

	a.srv.Configure(func(o *Settings) { o.ClockOffsetSeconds = 31 })
	assert.Equal(t, "invalid_grant", a.refresh(first).Error)
	assert.Equal(t, 1, a.srv.Report().Reuse)
}

func TestAlternate(t *testing.T) {
	a := newApp(t, Options{Settings: Settings{Rotation: Alternate}})
	token, rotated := a.srv.Grant(DefaultClient, "alice", "openid", ""), 0
	for range 6 {
		if next := a.refresh(token).RefreshToken; next != "" {
			token = next
			rotated++
		}
	}
	assert.Equal(t, 3, rotated)
	assert.Zero(t, a.srv.Report().Reuse)
}

func TestEndOfARefreshToken(t *testing.T) {
	a := newApp(t, Options{Settings: Settings{RefreshTokenSeconds: 100}})
	first := a.srv.Grant(DefaultClient, "alice", "openid", "")
	second := a.refresh(first).RefreshToken
	a.srv.Configure(func(o *Settings) { o.ClockOffsetSeconds = 101 })
	assert.Equal(t, "invalid_grant", a.refresh(second).Error, "rotation does not extend an absolute life")

	a.srv.Reset()
	third := a.srv.Grant(DefaultClient, "bob", "openid", "")
	a.srv.EndSessions("alice")
	fourth := a.refresh(third).RefreshToken
	require.NotEmpty(t, fourth)
	a.srv.EndSessions("bob")
	assert.Equal(t, "invalid_grant", a.refresh(fourth).Error)
	assert.Zero(t, a.srv.Report().Reuse)
}

func TestScopeOnRefresh(t *testing.T) {
	a := newApp(t, Options{Settings: Settings{Rotation: NoRotation}})
	form := refreshForm(a.srv.Grant(DefaultClient, "alice", "openid profile", ""))
	form.Set("scope", "profile")
	assert.Equal(t, "profile", a.token(form).Scope)
	form.Set("scope", "profile admin")
	assert.Equal(t, "invalid_scope", a.token(form).Error)
}

// One refresh token, many requests at once: only one may win, and the ledger
// tells that they raced.
func TestStrictRace(t *testing.T) {
	a := newApp(t, Options{})
	token := a.srv.Grant(DefaultClient, "alice", "openid", "")
	a.srv.Script("token", Fault{Wire: Wire{Hold: true}, Times: -1})
	var all sync.WaitGroup
	var issued atomic.Int32
	for range 8 {
		all.Go(func() {
			if res, err := a.post(refreshForm(token)); err == nil && res.Status == 200 {
				issued.Add(1)
			}
		})
	}
	require.True(t, a.srv.Ledger.Wait("token", 10*time.Second, func(e []Entry) bool {
		processed := 0
		for _, one := range e {
			if one.Processed {
				processed++
			}
		}
		return processed == 8
	}))
	a.srv.Release()
	all.Wait()
	report := a.srv.Report()
	assert.EqualValues(t, 1, issued.Load())
	assert.Equal(t, 7, report.Reuse)
	assert.Equal(t, 7, report.Overlapping)
}

// The ambiguous case: the server rotated, the answer got lost.
func TestCommitThenDrop(t *testing.T) {
	for mode, want := range map[Rotation]int{Strict: 400, Grace(30): 200} {
		t.Run(string(mode), func(t *testing.T) {
			a := newApp(t, Options{Settings: Settings{Rotation: mode}})
			token := a.srv.Grant(DefaultClient, "alice", "openid", "")
			a.srv.Script("token", Fault{Wire: Wire{KillAfter: new(-1)}})
			_, err := a.post(refreshForm(token))
			assert.Equal(t, FetchError("network"), err)
			assert.Equal(t, "issued", a.srv.Ledger.Entries("token")[0].Outcome)
			assert.Equal(t, want, a.refresh(token).Status)
		})
	}
}
