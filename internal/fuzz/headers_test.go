package fuzz

import (
	"strconv"
	"testing"
	"time"

	"github.com/pkcewasm/pkcewasm/internal/oauth"
)

// FuzzParseRetryAfter holds dates against time.Parse and numbers against strconv.
func FuzzParseRetryAfter(f *testing.F) {
	const httpDate = "Mon, 02 Jan 2006 15:04:05 GMT" // RFC 9110 section 5.6.7
	for _, value := range []string{
		"120", "0", "-1", "1e9", "1.5", "99999999999999999999", "120, 60", " 7 ", "Sat, 21 Nov 2026 12:02:00 GMT", "Sat, 21 Nov 2026 12:02:00 UTC",
		"Saturday, 21-Nov-26 12:02:00 GMT", "Sat, 31 Feb 2026 12:02:60 GMT", "Thu, 01 Jan 1970 00:00:00 GMT", "Fri, 31 Dec 9999 23:59:59 GMT", "soon", "\x00",
	} {
		f.Add(value, testNowMS)
	}
	f.Fuzz(func(t *testing.T, value string, nowMS int64) {
		seconds := oauth.ParseRetryAfter(value, nowMS)
		holds(t, seconds == 0 || seconds >= 1 && seconds <= 900, "%d", seconds)
		if n, err := strconv.ParseUint(value, 10, 64); err == nil && value[0] != '+' {
			equal(t, int64(min(max(n, 1), 900)), seconds, "a number")
		}
		at, err := time.Parse(httpDate, value)
		if err == nil && at.Format(httpDate) == value && nowMS > 0 && nowMS < 1<<52 { // dates are case-sensitive, time.Parse is not
			wait := (at.UnixMilli() - nowMS + 999) / 1000
			equal(t, min(max(wait, 1), 900), seconds, "a date")
		}
	})
}
