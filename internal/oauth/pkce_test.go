package oauth

import (
	"bytes"
	"crypto/rand"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"
)

// RFC 7636 appendix B.
func TestAppendixB(t *testing.T) {
	octets := []byte{116, 24, 223, 180, 151, 153, 224, 37, 79, 250, 96, 125, 216, 173, 187, 186,
		22, 212, 37, 77, 105, 214, 191, 240, 91, 88, 5, 88, 83, 132, 141, 121}
	verifier, err := NewVerifier(octets)
	require.NoError(t, err)
	require.Equal(t, testVerifier, verifier)
	challenge, err := Challenge(verifier)
	require.NoError(t, err)
	require.Equal(t, testChallenge, challenge)
}

func TestRandomValues(t *testing.T) {
	form := regexp.MustCompile(`^[A-Za-z0-9_-]{43}$`)
	seen := map[string]bool{}
	for _, newValue := range []func([]byte) (string, error){NewVerifier, NewState, NewNonce} {
		for range 1000 {
			random := make([]byte, 32)
			_, _ = rand.Read(random)
			value, err := newValue(random)
			require.NoError(t, err)
			require.Regexp(t, form, value)
			require.False(t, seen[value])
			seen[value] = true
		}
	}
}

// Threat T-03: a broken generator must not go unnoticed.
func TestRandomFailsClosed(t *testing.T) {
	for name, random := range map[string][]byte{
		"none":     nil,
		"short":    bytes.Repeat([]byte{1, 2}, 15),
		"long":     bytes.Repeat([]byte{1, 2}, 17),
		"zeros":    make([]byte, 32),
		"all ones": bytes.Repeat([]byte{0xFF}, 32),
	} {
		t.Run(name, func(t *testing.T) {
			for _, newValue := range []func([]byte) (string, error){NewVerifier, NewState, NewNonce} {
				value, err := newValue(random)
				require.Empty(t, value)
				require.Equal(t, "unsupported{random}", outcome(t, err))
			}
		})
	}
}

func TestChallengeWantsAVerifier(t *testing.T) {
	for _, row := range []struct {
		name, verifier string
		ok             bool
	}{
		{"43", repeat("a", 43), true},
		{"128", repeat("~", 128), true},
		{"all kinds", repeat("aZ09-._~", 6), true},
		{"empty", "", false},
		{"42", repeat("a", 42), false},
		{"129", repeat("a", 129), false},
		{"space", repeat("a", 42) + " ", false},
		{"plus", repeat("a", 42) + "+", false},
		{"padding", repeat("a", 43) + "=", false},
		{"line break", repeat("a", 43) + "\n", false},
		{"not ASCII", repeat("a", 42) + "é", false},
	} {
		t.Run(row.name, func(t *testing.T) {
			challenge, err := Challenge(row.verifier)
			if row.ok {
				require.NoError(t, err)
				require.Len(t, challenge, 43)
				return
			}
			require.Empty(t, challenge)
			require.Equal(t, "config{verifier}", outcome(t, err))
		})
	}
}
