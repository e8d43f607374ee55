package browsertest_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pkcewasm/pkcewasm/internal/browsertest"
)

// outcome is a test that only notes how it would have ended.
type outcome struct {
	testing.TB
	ended string
}

func (o *outcome) Helper()               {}
func (o *outcome) Skip(...any)           { o.end("skipped") }
func (o *outcome) Fatalf(string, ...any) { o.end("failed") }

func (o *outcome) end(how string) {
	if o.ended == "" {
		o.ended = how
	}
}

func TestMissingBrowserFailsInCI(t *testing.T) {
	missing := &browsertest.Engine{Name: "Missing"}
	for ci, want := range map[string]string{"": "skipped", "true": "failed", "1": "failed"} {
		t.Setenv("CI", ci)
		o := &outcome{TB: t}
		browsertest.Require(o, missing)
		require.Equal(t, want, o.ended, "CI=%q", ci)
	}
}
