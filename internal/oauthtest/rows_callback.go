package oauthtest

import "strings"

// callbackRows are section L: the authorization response.
func callbackRows() []Row {
	const ok = "?code=<<code>>&state=<<state>>&iss=<<iss>>"
	described := func(name, text string) Case {
		return callback(name, "?error=access_denied&state=<<state>>&iss=<<iss>>&error_description="+text, denied)
	}
	code := func(name, encoded, decoded string) Case {
		return callback(name, "?code="+encoded+"&state=<<state>>&iss=<<iss>>", Outcome{Value: decoded})
	}
	return []Row{
		row("F-140", "no state", callback("", "?code=<<code>>&iss=<<iss>>", stateIs("missing")), callback("error", "?error=access_denied&iss=<<iss>>", stateIs("missing")),
			callback("empty", "?code=<<code>>&state=&iss=<<iss>>", stateIs(""))),
		row("F-141", "unknown state", callback("", "?code=<<code>>&state=unknown&iss=<<iss>>", stateIs("")),
			callback("error", "?error=access_denied&state=unknown&iss=<<iss>>", stateIs("")), callback("longer", "?code=<<code>>&state=<<state>>x&iss=<<iss>>", stateIs(""))),
		elsewhere("F-142", "replayed state", "internal/faults/scenes_client.go: F-142"),
		elsewhere("F-144", "state older than 10 minutes", "internal/faults/scenes_client.go: F-144"),
		row("F-146", "a parameter twice", callback("state", ok+"&state=<<state>>", callbackIs("duplicate")), callback("state-other", ok+"&state=x", callbackIs("duplicate")),
			callback("code", ok+"&code=x", callbackIs("duplicate")), callback("error", "?error=a&error=b&state=<<state>>&iss=<<iss>>", callbackIs("duplicate"))),
		row("F-147", "both code and error", callback("", ok+"&error=access_denied", denied)),
		row("F-148", "neither code nor error", callback("", "?state=<<state>>&iss=<<iss>>", callbackIs("empty"))),
		row("F-149", "access_denied", callback("", "?error=access_denied&state=<<state>>&iss=<<iss>>", denied)),
		row("F-150", "another issuer", callback("", "?code=<<code>>&state=<<state>>&iss=https%3A%2F%2Fevil.example", issuerIs("")),
			callback("error", "?error=access_denied&state=<<state>>&iss=https%3A%2F%2Fevil.example", issuerIs(""))),
		row("F-151", "iss missing but advertised", callback("", "?code=<<code>>&state=<<state>>", issuerIs("missing")),
			callback("error", "?error=access_denied&state=<<state>>", issuerIs("missing"))),
		row("F-152", "iss that was not advertised", unadvertised(callback("right", ok, Outcome{})), unadvertised(callback("absent", "?code=<<code>>&state=<<state>>", Outcome{})),
			unadvertised(callback("wrong", "?code=<<code>>&state=<<state>>&iss=https%3A%2F%2Fevil.example", issuerIs("")))),
		row("F-153", "iss in other forms", callback("twice", ok+"&iss=<<iss>>", callbackIs("duplicate")), callback("empty", "?code=<<code>>&state=<<state>>&iss=", issuerIs("")),
			callback("slash", "?code=<<code>>&state=<<state>>&iss=<<iss>>%2F", issuerIs("")), callback("case", "?code=<<code>>&state=<<state>>&iss=<<ISS>>", issuerIs(""))),
		row("F-155", "parameters where they do not belong", callback("fragment", "#code=<<code>>&state=<<state>>&iss=<<iss>>", callbackIs("")),
			callback("both", ok+"#code=<<code>>&state=<<state>>", callbackIs(""))),
		row("F-156", "code in every form", callback("empty", "?code=&state=<<state>>&iss=<<iss>>", callbackIs("")),
			callback("100-KiB", "?code="+strings.Repeat("c", 100<<10)+"&state=<<state>>&iss=<<iss>>", callbackIs("too_large")),
			code("plus", "a+b", "a b"), code("escaped-plus", "a%2Bb", "a+b"), code("unicode", "%C3%A9", "é"), code("once", "a%252Bb", "a%2Bb"), code("8-KiB", strings.Repeat("c", 8<<10), strings.Repeat("c", 8<<10))),
		row("F-157", "malformed percent-encoding", callback("state", "?code=<<code>>&state=%zz&iss=<<iss>>", stateIs("")), code("code", "%zz", "%zz")),
		row("F-158", "a JWT-secured response nobody asked for", callback("", "?response=e30.e30.e30", callbackIs("jarm"))),
		row("F-159", "error_description that is hostile", described("html", "%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E"), described("control", "%00%0d%0aSet-Cookie%3A%20a"),
			described("right-to-left", "%E2%80%AEevil"), described("1-MiB", strings.Repeat("a", 1<<20-1024)), described("not-utf8", "%ff%fe"),
			callback("error", "?error=%22%3Cb%3E&state=<<state>>&iss=<<iss>>", Outcome{Code: "authorization"}),
			callback("long-error", "?error="+strings.Repeat("e", 65)+"&state=<<state>>&iss=<<iss>>", Outcome{Code: "authorization"})),
		row("R-26", "tokens in the front channel", callback("fragment", ok+"#access_token=AT-x", callbackIs("")), callback("query", ok+"&id_token=x", callbackIs("")),
			callback("access-token", ok+"&access_token=AT-x", callbackIs(""))),
		row("R-24", "parameters nobody knows", callback("", ok+manyParameters(50), Outcome{})),
		elsewhere("F-160", "parallel sign-ins in two tabs", "windows_test.go: two tabs: each finishes its own"),
		elsewhere("F-161", "parallel sign-ins in one tab", "internal/faults/scenes_client.go: F-161"),
		elsewhere("F-162", "a user who never returns", "internal/faults/scenes_client.go: F-162"),
		elsewhere("F-163", "popup blocked or closed", "windows_test.go: a window that the user closes"),
		elsewhere("F-164", "forged postMessage", "windows_test.go: a forged message is ignored"),
		elsewhere("F-165", "an authorization URL of 8 KiB", "internal/faults/scenes_client.go: F-165"),
		elsewhere("F-166", "the exchange fails after the transaction is spent", "internal/faults/scenes_client.go: F-166"),
	}
}

var denied = Outcome{Code: "authorization", OAuthError: "access_denied"}

func stateIs(reason string) Outcome    { return Outcome{Code: "state", Reason: reason} }
func callbackIs(reason string) Outcome { return Outcome{Code: "callback", Reason: reason} }
func issuerIs(reason string) Outcome   { return Outcome{Code: "issuer", Reason: reason} }

// callback is a case in which template follows the redirect URI.
func callback(name, template string, o Outcome) Case {
	o.Retry, o.Session = Never, "none"
	return Case{Name: name, Endpoint: "authorize", Faults: []Fault{{Callback: template}}, Callback: &o}
}

func unadvertised(c Case) Case {
	c.Settings = func(o *Settings) { o.IssParameter = new(false) }
	return c
}

func manyParameters(count int) string {
	var b strings.Builder
	for i := range count {
		b.WriteString("&unknown" + number(i) + "=1")
	}
	return b.String()
}
