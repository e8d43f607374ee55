package oauth

import "strings"

// ParseRetryAfter is the number of seconds, 1 to 900, that a Retry-After header asks to wait: a number of seconds, or a
// date, which is compared with nowMS (ms since the epoch, best by the server's clock; with 0 a date says nothing). It is
// 0 if the value is absent or unreadable. Of several values the first counts. RFC 9110 section 10.2.3.
func ParseRetryAfter(value string, nowMS int64) int64 {
	const shortest, longest = 1, 900
	value = trimSpace(value)
	if value == "" {
		return 0
	}
	var seconds int64
	if isDigit(value[0]) {
		first, _, _ := strings.Cut(value, ",")
		r := reader{text: trimSpace(first)}
		// Gateways that print with %g write large numbers as 1e9.
		if strings.Contains(first, ".") || !r.digits() || r.skip("eE") && !r.digits() || r.pos < len(r.text) {
			return 0
		}
		seconds = integerPart(r.text)
	} else {
		at, ok := parseHTTPDate(value)
		if !ok || nowMS <= 0 {
			return 0
		}
		seconds = (at*1000 - nowMS + 999) / 1000
	}
	return min(max(seconds, shortest), longest)
}

// serverTime is the server's own clock in ms where CORS lets us see it, ours otherwise.
func serverTime(response *Response) int64 {
	if date, ok := parseHTTPDate(response.header("Date")); ok {
		return date * 1000
	}
	return response.ReceivedAt
}

// parseHTTPDate reads the form of a date that servers may send, "Sun, 06 Nov 1994 08:49:37 GMT", in seconds since the
// epoch. What follows is ignored. RFC 9110 section 5.6.7.
func parseHTTPDate(text string) (seconds int64, ok bool) {
	const form = "Sun, 06 Nov 1994 08:49:37 GMT"
	const months = "JanFebMarAprMayJunJulAugSepOctNovDec"
	if len(text) < len(form) {
		return 0, false
	}
	for i := range len(form) {
		switch c := form[i]; {
		case isDigit(c):
			ok = isDigit(text[i])
		case isAlphanumeric(c) && i < len(form)-len("GMT"):
			ok = isAlphanumeric(text[i])
		default:
			ok = text[i] == c
		}
		if !ok {
			return 0, false
		}
	}
	month := strings.Index(months, text[8:11])
	if month < 0 || month%3 != 0 {
		return 0, false
	}
	day, hour, minute, second := digits(text[5:7]), digits(text[17:19]), digits(text[20:22]), digits(text[23:25])
	if day < 1 || day > 31 || hour > 23 || minute > 59 || second > 60 {
		return 0, false
	}
	days := daysSinceEpoch(digits(text[12:16]), int64(month/3)+1, day)
	return days*86400 + hour*3600 + minute*60 + second, true
}

// daysSinceEpoch counts from 1970-01-01 in the Gregorian calendar. Years begin in March here, so that the leap day is
// the last day of its year.
func daysSinceEpoch(year, month, day int64) int64 {
	if month <= 2 {
		year, month = year-1, month+12
	}
	return 365*year + year/4 - year/100 + year/400 + (153*(month-3)+2)/5 + day - 719469
}
