package oauth

import "strings"

const maxInt64 = 1<<63 - 1

// integerPart is the integer part of a JSON number, limited to the values of an int64. It computes in integers: a
// floating-point number would round 9007199254740993 and have no value for 1e309.
func integerPart(number string) int64 {
	number, negative := strings.CutPrefix(number, "-")
	mantissa, exponent := number, 0
	if e := indexAny(number, "eE"); e >= 0 {
		mantissa, exponent = number[:e], exponentOf(number[e+1:])
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	n := leadingDigits(whole+fraction, len(whole)+exponent)
	if negative {
		return -n
	}
	return n
}

// exponentOf is limited to what makes a difference for a text of at most 1 MiB.
func exponentOf(text string) int {
	const limit = 2 * maxJSON
	text, negative := strings.CutPrefix(text, "-")
	text = strings.TrimPrefix(text, "+")
	n := int(min(digits(text), limit))
	if negative {
		return -n
	}
	return n
}

// leadingDigits is the number that the first count of digits make, with zeros where there are not enough digits.
func leadingDigits(digits string, count int) int64 {
	var n int64
	for i := 0; i < count; i++ {
		if i >= len(digits) && n == 0 {
			return 0
		}
		digit := int64(0)
		if i < len(digits) {
			digit = int64(digits[i] - '0')
		}
		if n > (maxInt64-digit)/10 {
			return maxInt64
		}
		n = n*10 + digit
	}
	return n
}

// digits is the number that text, nothing but digits, is.
func digits(text string) int64 { return leadingDigits(text, len(text)) }
