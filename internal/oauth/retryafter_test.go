package oauth

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// F-23, F-24.
func TestParseRetryAfter(t *testing.T) {
	for value, want := range map[string]int64{
		"": 0, "7": 7, " 7 ": 7, "0": 1, "1": 1, "900": 900, "901": 900, "1000000000": 900, "1e9": 900, "007": 7,
		repeat("9", 400): 900, "7, 9": 7, "7,garbage": 7, "1200, 3": 900,
		"-5": 0, "+5": 0, "7.5": 0, "7s": 0, "7 s": 0, "0x10": 0, "1e": 0, "e9": 0, "garbage": 0, ",7": 0, "NaN": 0, "1e-9": 0,
		"Sat, 21 Nov 2026 12:00:30 GMT":                                30,
		"Sat, 21 Nov 2026 12:00:30 GMT, Sat, 21 Nov 2026 12:00:10 GMT": 30,
		"Sat, 21 Nov 2026 12:00:00 GMT":                                1,
		"Sat, 21 Nov 2026 11:00:00 GMT":                                1,
		"Sun, 06 Nov 1994 08:49:37 GMT":                                1,
		"Sat, 21 Nov 2026 12:15:00 GMT":                                900,
		"Fri, 20 Nov 2036 12:00:00 GMT":                                900,
		"Sat, 21 Nov 2026 12:00:30":                                    0,
		"Sat, 21 Nov 2026 12:00:30 UTC":                                0,
		"Sat, 21 Nov 2026 12:00:30 +0000":                              0,
		"Sat, 21 Foo 2026 12:00:30 GMT":                                0,
		"Sat, 21 anF 2026 12:00:30 GMT":                                0,
		"Sat, 32 Nov 2026 12:00:30 GMT":                                0,
		"Sat, 21 Nov 2026 24:00:30 GMT":                                0,
		"Sat, 21 Nov 2026 12:60:30 GMT":                                0,
		"Sat, 1 Nov 2026 12:00:30 GMT":                                 0,
		"2026-11-21T12:00:30Z":                                         0,
		"Sat, \xff1 Nov 2026 12:00:30 GMT":                             0,
	} {
		require.Equal(t, want, ParseRetryAfter(value, testNowMS), value)
	}
	require.Equal(t, int64(1), ParseRetryAfter("Sat, 21 Nov 2026 12:00:01 GMT", testNowMS+1))
	require.Equal(t, int64(2), ParseRetryAfter("Sat, 21 Nov 2026 12:00:02 GMT", testNowMS+1), "rounded up")
	require.Zero(t, ParseRetryAfter("Sat, 21 Nov 2026 12:00:30 GMT", 0), "no clock")
	require.Equal(t, int64(7), ParseRetryAfter("7", 0))
}

func TestHTTPDates(t *testing.T) {
	day := time.Date(1970, 1, 1, 23, 59, 58, 0, time.UTC)
	for ; day.Year() < 2101; day = day.AddDate(0, 0, 13) {
		seconds, ok := parseHTTPDate(day.Format(http.TimeFormat))
		require.True(t, ok)
		require.Equal(t, day.Unix(), seconds)
	}
}
