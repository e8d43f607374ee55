package oauthtest

import (
	"net/http"
	"time"
)

// statusRows are section A: HTTP status and body.
func statusRows() []Row {
	return []Row{
		row("F-01", "200, valid body", works("", Fault{})),
		contentTypeRow(),
		row("F-03", "a success status other than 200 with a valid body",
			fails("201", Fault{Status: 201}, Outcome{Code: "http", Retry: Resend}),
			fails("202", Fault{Status: 202}, Outcome{Code: "http", Retry: Resend}),
			fails("203", Fault{Status: 203}, Outcome{Code: "http", Retry: Resend})),
		row("F-05", "200, empty body", fails("", jsonAnswer(200, ""), refused("empty"))),
		row("F-06", "200 {}", fails("", jsonAnswer(200, "{}"), refused("access_token"))),
		row("F-07", "400 invalid_request", oauthFails("", 400, "invalid_request")),
		row("F-08", "invalid_client", oauthFails("400", 400, "invalid_client"), oauthFails("401", 401, "invalid_client")),
		row("F-09", "401 invalid_client that asks for a password", challengeCase()),
		row("F-10", "400 with a code that a retry does not change", oauthFails("unauthorized_client", 400, "unauthorized_client"),
			oauthFails("unsupported_grant_type", 400, "unsupported_grant_type"), oauthFails("invalid_scope", 400, "invalid_scope")),
		row("F-11", "400 invalid_grant", invalidGrant("", 400)),
		row("F-12", "400, HTML body", fails("", htmlAnswer(400), Outcome{Code: "http", Retry: Backoff})),
		row("F-13", "400, JSON without error", fails("", jsonAnswer(400, `{"message":"no"}`), Outcome{Code: "http", Retry: Backoff})),
		row("F-14", "400, error that is not a string of its grammar",
			notAnError("array", `["invalid_grant"]`), notAnError("object", `{"code":"invalid_grant"}`),
			notAnError("empty", `""`), notAnError("null", `null`)),
		row("F-16", "400, only the user can go on", interaction("interaction_required"), interaction("login_required"), interaction("consent_required")),
		row("F-19", "the endpoint is not there", missingEndpoint(404), missingEndpoint(405), missingEndpoint(410)),
		row("F-20", "200 with an OAuth error", invalidGrant("", 200)),
		row("F-21", "200 with both tokens and error", fails("", set("error", `"invalid_grant"`), refused("conflict"))),
		row("F-22", "408 and 425", fails("408", htmlAnswer(408), Outcome{Code: "http", Retry: Resend}),
			fails("425", htmlAnswer(425), Outcome{Code: "http", Retry: Resend})),
		row("F-23", "429 with Retry-After", limited("", Outcome{RetryAfter: 7}, "7")),
		retryAfterRow(),
		row("F-27", "a gateway answers", gateway("502", htmlAnswer(502)), gateway("504", htmlAnswer(504)),
			gateway("502-committed", committed(htmlAnswer(502))), gateway("504-committed", committed(htmlAnswer(504)))),
		row("F-28", "503 with Retry-After", unavailable()),
		row("F-29", "500, 500, then 200", twoFailures(jsonAnswer(500, `{"message":"oops"}`), Outcome{Code: "http", Status: 500, Retry: Resend})),
		row("F-30", "307 to another origin", redirects("", 307, "thief")),
		row("F-31", "other redirects to another origin", redirects("308", 308, "thief"), redirects("301", 301, "thief"),
			redirects("302", 302, "thief"), redirects("303", 303, "thief")),
		row("F-32", "307 to a path of the same origin", redirects("", 307, "same-origin")),
		row("F-33", "302 to a login page", redirects("", 302, "thief")),
		row("F-35", "early hints, and statuses nobody expects", works("103", Fault{Wire: Wire{EarlyHints: true}}),
			strange(418), strange(451), strange(520), strange(530)),
		echoRow(),
		row("F-36", "200 with headers that act on the browser", works("", Fault{Header: http.Header{
			"Set-Cookie": {"session=1; Path=/; SameSite=None"}, "Clear-Site-Data": {`"*"`}, "Refresh": {"0; url=/"},
		}})),
	}
}

// echoRow is threat T-08: a server that repeats what it was sent.
func echoRow() Row {
	echo := func(name, description string) Case {
		return fails(name, jsonAnswer(400, `{"error":"invalid_request","error_description":"`+description+`"}`),
			Outcome{Code: "oauth", OAuthError: "invalid_request", Retry: Never})
	}
	return row("T-08", "an error that repeats the request's secrets",
		echo("plain", "bad <<refresh_token>><<code>> and <<code_verifier>>"), echo("behind-quotes", `\"<<refresh_token>><<code>>\"`))
}

func contentTypeRow() Row {
	odd := Outcome{Diagnostic: "content_type"}
	with := func(values ...string) Fault { return Fault{Header: http.Header{"Content-Type": values}} }
	return row("F-02", "200, valid body, unusual Content-Type",
		works("charset", with("application/json; charset=UTF-8")), works("upper", with("APPLICATION/JSON")),
		works("none", with(), odd), works("text", with("text/plain"), odd), works("two", with("application/json, text/html"), odd))
}

func oauthFails(name string, status int, code string) Case {
	return fails(name, errorAnswer(status, code), Outcome{Code: "oauth", OAuthError: code, Retry: Never})
}

func challengeCase() Case {
	f := errorAnswer(401, "invalid_client")
	f.Header.Set("WWW-Authenticate", `Basic realm="token"`)
	return fails("", f, Outcome{Code: "oauth", OAuthError: "invalid_client", Retry: Never})
}

func invalidGrant(name string, status int) Case {
	return fails(name, errorAnswer(status, "invalid_grant"),
		Outcome{Code: "oauth", OAuthError: "invalid_grant", Retry: Never, Session: "ended"})
}

func notAnError(name, value string) Case {
	return fails(name, jsonAnswer(400, `{"error":`+value+`}`), Outcome{Code: "http", Retry: Backoff})
}

func interaction(code string) Case {
	c := oauthFails(code, 400, code)
	c.Refresh.Code = "login_required"
	return c
}

func missingEndpoint(status int) Case {
	return fails(number(status), htmlAnswer(status), Outcome{Code: "http", Retry: Never})
}

func limited(name string, o Outcome, retryAfter ...string) Case {
	f := jsonAnswer(429, `{"message":"slow down"}`)
	f.Header["Retry-After"] = retryAfter
	return afterPause(fails(name, f, Outcome{Code: "rate_limited", RetryAfter: o.RetryAfter}))
}

// afterPause sets the retry class by whether there is a pause to keep.
func afterPause(c Case) Case {
	c.Refresh.Retry = Backoff
	if c.Refresh.RetryAfter > 0 {
		c.Refresh.Retry = AfterPause
	}
	return c
}

func retryAfterRow() Row {
	date := func(name string, in time.Duration, want int64) Case {
		c := limited(name, Outcome{RetryAfter: want})
		c.Faults[0].When = func(now time.Time) http.Header {
			return http.Header{"Retry-After": {now.Add(in).UTC().Format(http.TimeFormat)}}
		}
		return c
	}
	return row("F-24", "429 with every form of Retry-After",
		date("future", 30*time.Second, 30), date("past", -30*time.Second, 1), date("ten-years", tenYears*time.Second, 900),
		limited("garbage", Outcome{}, "soon"), limited("negative", Outcome{}, "-5"),
		limited("huge", Outcome{RetryAfter: 900}, "1000000000"), limited("exponent", Outcome{RetryAfter: 900}, "1e9"), limited("fraction", Outcome{}, "7.5"),
		limited("two", Outcome{RetryAfter: 3}, "3", "9"), limited("none", Outcome{}))
}

func gateway(name string, f Fault) Case {
	return fails(name, f, Outcome{Code: "http", Retry: Resend})
}

func unavailable() Case {
	f := htmlAnswer(503)
	f.Header.Set("Retry-After", "11")
	return afterPause(fails("", f, Outcome{Code: "http", RetryAfter: 11}))
}

// twoFailures is a case of two failed refreshes before the one that works.
func twoFailures(f Fault, o Outcome) Case {
	c := fails("", f, o)
	c.Exchange = nil
	c.Faults = []Fault{f, f}
	return c
}

func redirects(name string, status int, to string) Case {
	return fails(name, Fault{Status: status, RedirectTo: to}, Outcome{Code: "redirect", Retry: Backoff})
}

func strange(status int) Case {
	return fails(number(status), htmlAnswer(status), Outcome{Code: "http", Retry: Backoff})
}
