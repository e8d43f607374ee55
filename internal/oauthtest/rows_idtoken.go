package oauthtest

import (
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"
)

// idTokenRows are the rows of section C about the ID token (OpenID Connect
// Core sections 2, 3.1.3.7 and 12.2).
func idTokenRows() []Row {
	return []Row{
		row("F-76", "id_token that is none, while openid was asked for", forged("garbage", set("id_token", `"garbage"`), ""), onExchange(forged("null", set("id_token", "null"), ""))),
		row("F-94", "ID token that does not hold", slices.Concat(claimCases(), formCases())...),
		row("F-95", "refreshed ID token for another subject", onRefresh("", forge(claim("sub", `"mallory"`)), &Outcome{Code: "id_token", Reason: "sub", Session: "ended"})),
		row("F-96", "refreshed ID token, what may differ",
			onRefresh("absent", drop("id_token"), nil), onRefresh("nonce-absent", Fault{}, nil),
			onRefresh("nonce-other", forge(claim("nonce", `"other"`)), &Outcome{Code: "id_token", Reason: "nonce", Session: "ended"}),
			onRefresh("nonce-equal", Fault{IDToken: &IDTokenEdit{SameNonce: true}}, nil),
			onRefresh("auth-time-newer", forge(IDTokenEdit{Shift: map[string]int64{"auth_time": 1000}}), &Outcome{Code: "id_token", Reason: "auth_time", Session: "ended"})),
	}
}

func claim(name, jsonText string) IDTokenEdit {
	return IDTokenEdit{Set: raw(name, jsonText)}
}

func forge(edit IDTokenEdit) Fault { return Fault{IDToken: &edit} }

// forged is an ID token fault on both grants. On a refresh the old refresh
// token is spent already: the new tokens are kept, unless the token is sound
// and for somebody else.
func forged(name string, f Fault, reason string) Case {
	o := Outcome{Code: "id_token", Reason: reason, Retry: Never}
	c := fails(name, f, o)
	if reason == "iss" || reason == "sub" && strings.HasSuffix(name, "other") {
		c.Refresh.Session = "ended"
	}
	return c
}

// bad is a forged claim.
func bad(name string, edit IDTokenEdit, reason string) Case { return forged(name, forge(edit), reason) }

// onRefresh is a case about the refreshed ID token alone; nil is success.
func onRefresh(name string, f Fault, o *Outcome) Case {
	if o == nil {
		o = &Outcome{Session: "kept"}
	} else {
		o.Retry = Never
	}
	return Case{Name: name, Faults: []Fault{f}, Refresh: o}
}

// onExchange is the same for the exchange.
func onExchange(c Case) Case {
	c.Refresh = nil
	return c
}

func claimCases() []Case {
	without := func(name string) Case { return bad(name+"-missing", IDTokenEdit{Drop: []string{name}}, name) }
	with := func(name, form, value string) Case { return bad(name+"-"+form, claim(name, value), name) }
	appended := func(name, suffix string) IDTokenEdit {
		return IDTokenEdit{Claims: func(m *Members) { m.SetText(name, m.Text(name)+suffix) }}
	}
	audience := func(others ...string) IDTokenEdit {
		return IDTokenEdit{Claims: func(m *Members) {
			list, _ := json.Marshal(append([]string{m.Text("aud")}, others...))
			m.Set("aud", string(list))
		}}
	}
	return []Case{
		without("iss"), with("iss", "number", "1"), with("iss", "other", `"https://evil.example"`), bad("iss-slash", appended("iss", "/"), "iss"),
		without("aud"), with("aud", "number", "1"), with("aud", "other", `"other-client"`), with("aud", "empty", "[]"),
		with("aud", "mixed", `[1]`), bad("aud-extra", audience("other-client"), "aud"),
		works("aud-array", forge(audience())),
		with("azp", "number", "1"), with("azp", "other", `"other-client"`),
		works("azp-right", forge(IDTokenEdit{Claims: func(m *Members) { m.SetText("azp", m.Text("aud")) }})),
		without("exp"), with("exp", "text", `"later"`), bad("exp-past", IDTokenEdit{Shift: map[string]int64{"exp": -3600}}, "exp"), with("exp", "null", "null"), with("exp", "1e309", "1e309"),
		without("iat"), with("iat", "text", `"now"`), bad("iat-future", IDTokenEdit{Shift: map[string]int64{"iat": 1800}}, "clock"),
		onExchange(without("nonce")), with("nonce", "number", "1"), with("nonce", "other", `"other"`), with("nonce", "empty", `""`),
		without("sub"), with("sub", "number", "1"), with("sub", "empty", `""`), with("sub", "long", quote(strings.Repeat("s", 256))),
		with("at_hash", "other", `"AAAAAAAAAAAAAAAAAAAAAA"`), with("at_hash", "number", "1"),
	}
}

func formCases() []Case {
	header := func(value string) map[string]json.RawMessage {
		return map[string]json.RawMessage{"alg": json.RawMessage(value)}
	}
	token := func(change func(header, payload, signature string) string) IDTokenEdit {
		return IDTokenEdit{Token: func(t string) string {
			part := strings.Split(t, ".")
			return change(part[0], part[1], part[2])
		}}
	}
	encode := func(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }
	huge := fails("1-MiB", forge(IDTokenEdit{Claims: func(m *Members) { m.SetText("x", strings.Repeat("x", 1<<20)) }}), Outcome{Code: "too_large", Retry: Resend})
	return []Case{
		bad("alg-none", IDTokenEdit{Header: header(`"none"`), Signature: "none"}, "alg"),
		bad("alg-hs256", IDTokenEdit{Header: header(`"HS256"`), Signature: "hs256"}, "alg"),
		bad("alg-null", IDTokenEdit{Header: header(`null`)}, "alg"), bad("alg-number", IDTokenEdit{Header: header(`1`)}, "alg"),
		bad("encrypted", token(func(h, p, s string) string { return h + "." + p + "." + s + "." + p + "." + s }), ""),
		bad("2-segments", token(func(h, p, _ string) string { return h + "." + p }), ""),
		bad("4-segments", token(func(h, p, s string) string { return h + "." + p + "." + s + "." }), ""),
		bad("not-base64url", token(func(h, p, s string) string { return h + ".+" + p[1:] + "." + s }), ""),
		bad("padded", token(func(h, p, s string) string { return h + "." + p + "=." + s }), ""),
		bad("payload-array", token(func(h, _, s string) string { return h + "." + encode("[]") + "." + s }), ""),
		bad("payload-empty", token(func(h, _, s string) string { return h + ".." + s }), ""),
		bad("duplicate-claim", IDTokenEdit{Claims: func(m *Members) { *m = append(*m, Member{"sub", `"mallory"`}) }}, ""),
		huge,
	}
}
