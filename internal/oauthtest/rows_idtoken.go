package oauthtest

import (
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"
)

// idTokenRows are the rows of section C about the ID token, and F-135 about the
// keys it is verified with (OpenID Connect Core sections 2, 3.1.3.7, 10.1 and
// 12.2).
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
		row("F-135", "the key set", keyCases()...),
	}
}

func claim(name, jsonText string) IDTokenEdit {
	return IDTokenEdit{Set: raw(name, jsonText)}
}

func forge(edit IDTokenEdit) Fault { return Fault{IDToken: &edit} }

// forged is an ID token fault on both grants. On a refresh the old refresh
// token is spent already: the new tokens are kept, unless the token is sound
// and of another issuer, user or sign-in.
func forged(name string, f Fault, reason string) Case {
	o := Outcome{Code: "id_token", Reason: reason, Retry: Never}
	c := fails(name, f, o)
	if slices.Contains([]string{"iss-other", "iss-slash", "nonce-other"}, name) {
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
	decode := func(segment string) string {
		text, _ := base64.RawURLEncoding.DecodeString(segment)
		return string(text)
	}
	huge := fails("1-MiB", forge(IDTokenEdit{Claims: func(m *Members) { m.SetText("x", strings.Repeat("x", 1<<20)) }}), Outcome{Code: "too_large", Retry: Resend})
	return []Case{
		bad("alg-none", IDTokenEdit{Header: header(`"none"`), Signature: "none"}, "alg"),
		bad("alg-hs256", IDTokenEdit{Header: header(`"HS256"`), Signature: "hs256"}, "alg"),
		bad("alg-null", IDTokenEdit{Header: header(`null`)}, "alg"), bad("alg-number", IDTokenEdit{Header: header(`1`)}, "alg"),
		bad("alg-rs512", IDTokenEdit{Header: header(`"RS512"`)}, "alg"), bad("alg-other", IDTokenEdit{Header: header(`"ES256"`)}, "key"),
		bad("crit", IDTokenEdit{Header: raw("crit", `["exp"]`)}, "crit"), bad("b64", IDTokenEdit{Header: raw("b64", "false")}, "crit"),
		bad("typ-access-token", IDTokenEdit{Header: raw("typ", `"at+jwt"`)}, "typ"), bad("typ-number", IDTokenEdit{Header: raw("typ", "1")}, "typ"),
		works("typ-missing", forge(IDTokenEdit{Header: raw("typ", `""`)})), works("kid-missing", forge(IDTokenEdit{NoKeyID: true})),
		bad("kid-unknown", IDTokenEdit{Header: raw("kid", `"other"`)}, "key"), bad("kid-number", IDTokenEdit{Header: raw("kid", "1")}, "key"),
		bad("signature-flipped", IDTokenEdit{Signature: "flipped"}, "signature"), bad("signature-hmac", IDTokenEdit{Signature: "hs256"}, "signature"),
		bad("signature-none", IDTokenEdit{Signature: "none"}, "malformed"),
		bad("payload-exchanged", token(func(h, p, s string) string { return h + "." + encode("{\n"+decode(p)[1:]) + "." + s }), "signature"),
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

// keyCases are those of F-135. Which keys there are is as the server was at the
// time of the request, so that the key set in force is what is edited.
func keyCases() []Case {
	keys := func(name string, f Fault, reason string) Case {
		f.Times = -1 // whoever asks again gets the same
		return Case{
			Name: name, Endpoint: "jwks", Faults: []Fault{f},
			Exchange: &Outcome{Code: "id_token", Reason: reason, Retry: Never, Session: "none"},
		}
	}
	algorithm := func(name string) Case {
		c := works(name, Fault{})
		c.Settings = func(o *Settings) { o.IDTokenAlg = name }
		return c
	}
	return []Case{
		algorithm("PS256"), algorithm("ES256"), algorithm("EdDSA"),
		keys("404", htmlAnswer(404), "keys"), keys("500", htmlAnswer(500), "keys"), keys("html", htmlAnswer(200), "keys"),
		keys("redirect", Fault{Status: 302, RedirectTo: "thief"}, "keys"), keys("no-cors", Fault{Wire: Wire{NoCORS: true}}, "keys"),
		keys("1-MiB", set("x", quote(strings.Repeat("x", 1<<20))), "keys"), keys("no-list", drop("keys"), "keys"), keys("not-a-list", set("keys", "{}"), "keys"),
		keys("1000-keys", editKeys(func(key Members) []Members { return slices.Repeat([]Members{key}, 1000) }), "keys"),
		keys("empty", set("keys", "[]"), "key"), keys("no-objects", set("keys", `[1,"x",null,[]]`), "key"),
		keys("kid-missing", editKey(func(key *Members) { key.Drop("kid") }), "key"), keys("kid-other", editKey(func(key *Members) { key.SetText("kid", "other") }), "key"),
		keys("for-encryption", editKey(func(key *Members) { key.SetText("use", "enc") }), "key"), keys("for-signing", editKey(func(key *Members) { key.Set("key_ops", `["sign"]`) }), "key"),
		keys("alg-other", editKey(func(key *Members) { key.SetText("alg", "PS256") }), "key"), keys("alg-hs256", editKey(func(key *Members) { key.SetText("alg", "HS256") }), "key"),
		keys("symmetric", editKey(func(key *Members) { key.SetText("kty", "oct"); key.SetText("k", "c2VjcmV0") }), "key"),
		keys("private", editKey(func(key *Members) { key.SetText("d", "AQAB") }), "key"),
		keys("rsa-512", editKey(func(key *Members) { key.SetText("n", key.Text("n")[:86]) }), "key"), keys("exponent-1", editKey(func(key *Members) { key.SetText("e", "AQ") }), "key"),
		keys("another-key", editKey(func(key *Members) { key.SetText("n", KeyFor("RS256", 1).JWK().Text("n")) }), "signature"),
		keys("one-bit-off", editKey(func(key *Members) { key.SetText("n", flipBit(key.Text("n"))) }), "signature"),
	}
}

// editKeys makes the key set from the key in force.
func editKeys(edit func(Members) []Members) Fault {
	return rewrite(func(m Members) []byte {
		var texts []map[string]string
		_ = json.Unmarshal([]byte(m.raw("keys")), &texts)
		var key Members
		for _, name := range []string{"kty", "n", "e", "crv", "x", "y", "use", "alg", "kid"} {
			if value, has := texts[0][name]; has {
				key.SetText(name, value)
			}
		}
		return KeySet(edit(key)...).Bytes()
	})
}

// flipBit changes the second byte, which no size depends on.
func flipBit(number string) string {
	data, _ := base64.RawURLEncoding.DecodeString(number)
	data[1] ^= 1
	return base64.RawURLEncoding.EncodeToString(data)
}

func editKey(edit func(*Members)) Fault {
	return editKeys(func(key Members) []Members {
		edit(&key)
		return []Members{key}
	})
}
