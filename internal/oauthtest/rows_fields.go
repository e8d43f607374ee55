package oauthtest

import (
	"encoding/json"
	"strings"
)

// fieldRows are section C without the ID token: the values of the members.
func fieldRows() []Row {
	return []Row{
		row("F-70", "access_token that is no token", fails("missing", drop("access_token"), refused("access_token")),
			badToken("null", "null"), badToken("empty", `""`), badToken("number", "123"), badToken("object", "{}"),
			badToken("array", "[]"), badToken("true", "true")),
		row("F-71", "access_token of 60 KiB", works("", set("access_token", quote(strings.Repeat("A", 60<<10))))),
		row("F-72", "access_token with spaces", works("inside", set("access_token", `"AT- with space"`)),
			badToken("leading", `" AT-x"`), badToken("trailing", `"AT-x "`), badToken("not-ascii", `"AT-é"`)),
		row("F-75", "refresh_token that is the one that was sent", Case{
			Settings: func(o *Settings) { o.Rotation = Same }, Faults: []Fault{{}}, Refresh: &Outcome{Session: "kept"},
		}),
		row("F-77", "token_type in any case", works("Bearer", set("token_type", `"Bearer"`)), works("bearer", set("token_type", `"bearer"`)),
			works("BEARER", set("token_type", `"BEARER"`))),
		row("F-78", "token_type missing", fails("", drop("token_type"), refused("token_type"))),
		row("F-79", "token_type nobody asked for", badType("mac", `"mac"`), badType("n_a", `"N_A"`), badType("dpop", `"DPoP"`), badType("space", `"Bearer "`)),
		elsewhere("F-80", "DPoP configured, answer Bearer", "internal/session/dpop_test.go: TestProofFaults"),
		row("F-81", "token_type that is not a string", badType("number", "1"), badType("null", "null")),
		row("F-82", "expires_in missing", works("", drop("expires_in"), Outcome{ExpiresIn: new(int64(-1))})),
		row("F-84", "expires_in that is a text but no number", noLifetime("unit", `"3600s"`), noLifetime("abc", `"abc"`), noLifetime("empty", `""`),
			noLifetime("space", `" 3600"`), noLifetime("hex", `"0x10"`), noLifetime("exponent", `"1e3"`), noLifetime("nan", `"NaN"`)),
		row("F-85", "expires_in of another type", noLifetime("null", "null"), noLifetime("true", "true"), noLifetime("object", "{}"), noLifetime("array", "[]")),
		row("F-86", "expires_in 0", lifetime("", "0", 0)),
		row("F-87", "expires_in below 0", noLifetime("minus-1", "-1"), noLifetime("minus-9e15", "-9e15")),
		row("F-88", "expires_in with a fraction", lifetime("", "3599.7", 3599)),
		row("F-89", "expires_in beyond every clock", lifetime("1e309", "1e309", tenYears), lifetime("1e308", "1e308", tenYears),
			lifetime("2^53+1", "9007199254740993", tenYears), lifetime("10000000000", "10000000000", tenYears),
			lifetime("400-digits", strings.Repeat("9", 400), tenYears)),
		row("F-90", "expires_in of days", lifetime("30-days", "2592000", 2592000), lifetime("2147483", "2147483", 2147483), lifetime("2147484", "2147484", 2147484)),
		row("F-91", "expires_in below the leeway", lifetime("1", "1", 1), lifetime("5", "5", 5), lifetime("59", "59", 59)),
		scopeRow(),
		row("F-93", "members of one provider or another", works("", also(
			`"refresh_expires_in":1800,"refresh_token_expires_in":1800,"not-before-policy":0,"session_state":"x","ext_expires_in":3600`))),
	}
}

const tenYears = 10 * 365 * 86400

func badToken(name, value string) Case {
	return fails(name, set("access_token", value), refused("access_token"))
}

func badType(name, value string) Case {
	return fails(name, set("token_type", value), refused("token_type"))
}

func lifetime(name, value string, want int64) Case {
	return works(name, set("expires_in", value), Outcome{ExpiresIn: &want})
}

func noLifetime(name, value string) Case {
	return works(name, set("expires_in", value), Outcome{ExpiresIn: new(int64(-1)), Diagnostic: "expires_in"})
}

func scopeRow() Row {
	scope := func(name, want string) Case {
		return works(name, Fault{Set: map[string]json.RawMessage{"scope": json.RawMessage(quote(want))}}, Outcome{Scope: &want})
	}
	many := strings.TrimSuffix(strings.Repeat("scope ", 10000), " ")
	return row("F-92", "scope in every form", works("missing", drop("scope")), scope("empty", ""), scope("narrower", "openid"),
		scope("wider", "openid profile email admin"), scope("reordered", "profile openid"), scope("10000", many),
		fails("null", set("scope", "null"), refused("scope")), fails("number", set("scope", "123"), refused("scope")))
}
