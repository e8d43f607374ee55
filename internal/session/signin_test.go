package session

import (
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/pkcewasm/pkcewasm/internal/oauth"
)

func TestTheStateSaysWhichWindowIsAnswered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClient(t, "")
		require.Regexp(t, `^[\w-]{43}$`, c.do(t, `{"op":"signIn"}`)["state"])
		require.Regexp(t, `^[\w-]{43}\.popup$`, c.do(t, `{"op":"signIn","window":"popup"}`)["state"])
		require.Regexp(t, `^[\w-]{43}\.frame$`, c.do(t, `{"op":"signIn","window":"frame"}`)["state"])
		_, err := c.Do(`{"op":"signIn","window":"tab"}`)
		require.Equal(t, oauth.CodeConfig, codeOf(err))
		c.Close()
	})
}
