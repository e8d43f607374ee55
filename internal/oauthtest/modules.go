package oauthtest

import (
	"encoding/base64"
	"net/http"
	"strings"
)

const (
	oidc = "oidcc-client-test"
	fapi = "fapi2-security-profile-final-client-test-"

	rejectsIDToken = "reject the ID token and send nothing more"
)

// accepts is a module whose answer is sound.
func accepts(name, asks string, steps ...string) Module {
	return Module{Name: name, Asks: asks, Steps: append([]string{SignIn}, steps...)}
}

// rejects is one whose ID token, in the token response of a sign-in, must be
// rejected. UserInfo would come next.
func rejects(name, what string, edit IDTokenEdit, reason string) Module {
	return Module{
		Name: name, Asks: what + ": " + rejectsIDToken, Steps: []string{SignIn}, Code: "id_token", Reason: reason, Stop: "token",
		Faults: map[string][]Fault{"token": {forge(edit)}},
	}
}

// with adds an answer of an endpoint.
func (m Module) with(endpoint string, faults ...Fault) Module {
	return m.add(endpoint, 0, faults...)
}

// always is with for every request.
func (m Module) always(endpoint string, faults ...Fault) Module {
	return m.add(endpoint, -1, faults...)
}

func (m Module) add(endpoint string, times int, faults ...Fault) Module {
	if m.Faults == nil {
		m.Faults = map[string][]Fault{}
	}
	for _, f := range faults {
		f.Times = times
		m.Faults[endpoint] = append(m.Faults[endpoint], f)
	}
	return m
}

func (m Module) sends(sent func([]Entry) string) Module {
	m.Sent = sent
	return m
}

func (m Module) under(settings func(*Settings)) Module {
	m.Settings = settings
	return m
}

// fails says what the last step ends in, and after which endpoint nothing may follow.
func (m Module) fails(code, reason, stop string) Module {
	m.Code, m.Reason, m.Stop = code, reason, stop
	return m
}

var (
	algNone    = IDTokenEdit{Header: raw("alg", `"none"`), Signature: "none"}
	noKeyID    = IDTokenEdit{NoKeyID: true}
	severalAud = IDTokenEdit{Claims: func(m *Members) { m.Set("aud", `[`+quote(m.Text("aud"))+`,"other-client"]`) }}
	arrayAud   = IDTokenEdit{Claims: func(m *Members) { m.Set("aud", `[`+quote(m.Text("aud"))+`]`) }}
)

func without(claim string) IDTokenEdit { return IDTokenEdit{Drop: []string{claim}} }

// anonymousKeys publishes keys without a kid: the one in force, after others.
func anonymousKeys(others ...*Key) Fault {
	return editKeys(func(key Members) []Members {
		keys := []Members{}
		for _, other := range others {
			keys = append(keys, other.JWK())
		}
		keys = append(keys, key)
		for i := range keys {
			keys[i].Drop("kid")
		}
		return keys
	})
}

// keysOf publishes another key than the one in force.
func keysOf(key *Key) Fault {
	return editKeys(func(Members) []Members { return []Members{key.JWK()} })
}

func basicModules() []Module {
	return []Module{
		accepts(oidc, "sign in, and fetch userinfo", UserInfo),
		rejects(oidc+"-invalid-iss", "`iss` is another issuer", claim("iss", `"https://evil.example"`), "iss"),
		rejects(oidc+"-missing-sub", "no `sub`", without("sub"), "sub"),
		rejects(oidc+"-invalid-aud", "`aud` is another client", claim("aud", `"other-client"`), "aud"),
		rejects(oidc+"-missing-iat", "no `iat`", without("iat"), "iat"),
		accepts(oidc+"-kid-absent-single-jwks", "no `kid`, one key: use it", UserInfo).with("token", forge(noKeyID)).always("jwks", anonymousKeys()),
		accepts(oidc+"-kid-absent-multiple-jwks", "no `kid`, several keys: try each (or reject)", UserInfo).with("token", forge(noKeyID)).always("jwks", anonymousKeys(KeyFor("RS256", 1))),
		accepts(oidc+"-idtoken-sig-rs256", "accept a signature of RS256", UserInfo),
		rejects(oidc+"-idtoken-sig-none", "`alg` is `none`", algNone, "alg"),
		rejects(oidc+"-invalid-sig-rs256", "a signature of RS256 that does not hold", IDTokenEdit{Signature: "flipped"}, "signature"),
		accepts(oidc+"-userinfo-invalid-sub", "userinfo of another `sub`: reject it", UserInfo).with("userinfo", set("sub", `"mallory"`)).fails("response", "sub", "userinfo"),
		rejects(oidc+"-nonce-invalid", "another `nonce`", claim("nonce", `"other"`), "nonce"),
		accepts(oidc+"-scope-userinfo-claims", "ask for claims by `scope`, and get them from userinfo", UserInfo).sends(asksFor("email")),
	}
}

func configModules() []Module {
	return []Module{
		accepts(oidc+"-discovery-openid-config", "fetch the provider's metadata and use it").sends(requests("discovery", 1)),
		accepts(oidc+"-discovery-jwks-uri-keys", "fetch the keys of `jwks_uri`").sends(requests("jwks", 1)),
		accepts(oidc+"-discovery-issuer-mismatch", "metadata of another issuer: stop").
			always("discovery", set("issuer", `"https://evil.example"`)).fails("issuer", "", "discovery"),
		accepts(oidc+"-signing-key-rotation-just-before-signing", "the key changes before the ID token is signed: fetch the keys again", UserInfo).
			with("jwks", keysOf(KeyFor("RS256", 1))).sends(requests("jwks", 2)),
		accepts(oidc+"-signing-key-rotation", "the key changes between two sign-ins: fetch the keys again", RotateKeys, SignIn, UserInfo).sends(requests("jwks", 2)),
	}
}

func refreshModules() []Module {
	refreshed := func(name, asks string, edit IDTokenEdit, reason string) Module {
		f := forge(edit)
		f.Grant = "refresh_token"
		return accepts(oidc+name, asks+": reject it", Refresh).with("token", f).fails("id_token", reason, "token")
	}
	return []Module{
		accepts(oidc+"-refresh-token", "refresh, and accept the ID token", Refresh, UserInfo),
		refreshed("-refresh-token-invalid-issuer", "a refreshed ID token of another issuer", claim("iss", `"https://evil.example"`), "iss"),
		refreshed("-refresh-token-invalid-sub", "a refreshed ID token for another `sub`", claim("sub", `"mallory"`), "sub"),
	}
}

func signOutModules() []Module {
	back := func(template string) Fault { return Fault{Callback: template} }
	return []Module{
		accepts(oidc+"-rp-init-logout", "sign out at the provider and come back", SignOut).sends(requests("end_session", 1)),
		accepts(oidc+"-rp-init-logout-other-state", "come back with another `state`: stay signed out", SignOut).with("end_session", back("?state=other")),
		accepts(oidc+"-rp-init-logout-no-state", "come back without a `state`: stay signed out", SignOut).with("end_session", back("?")),
	}
}

func comprehensiveModules() []Module {
	es256 := func(o *Settings) { o.IDTokenAlg = "ES256" }
	return []Module{
		rejects(oidc+"-missing-aud", "no `aud`", without("aud"), "aud"),
		accepts(oidc+"-nonce-unless-code-flow", "a `nonce` is optional in the code flow: it is sent all the same", UserInfo),
		rejects(oidc+"-invalid-sig-hs256", "a signature of HS256 that does not hold", IDTokenEdit{Header: raw("alg", `"HS256"`), Signature: "hs256"}, "alg"),
		rejects(oidc+"-invalid-sig-es256", "a signature of ES256 that does not hold", IDTokenEdit{Signature: "flipped"}, "signature").under(es256),
		accepts(oidc+"-userinfo-bearer-header", "send the access token to userinfo in a header", UserInfo).sends(bearerHeader),
	}
}

func fapiModules() []Module {
	response := func(name, asks, template, code, reason string) Module {
		return accepts(fapi+name, asks+": send no code").with("authorize", Fault{Callback: template}).fails(code, reason, "authorize")
	}
	proves := func(name, asks string, nonce NonceMode) Module {
		m := accepts(fapi+name, asks, UserInfo).under(func(o *Settings) { o.DPoP = DPoP{Mode: ProofsRequired, Nonce: nonce} })
		m.DPoP = true
		return m
	}
	modules := []Module{
		proves("happy-path", "push the request, and bind the tokens to a key, with the nonces of both servers", FixedNonce),
		proves("happy-path-no-dpop-nonce", "the same without nonces", ""),
		proves("rs-dpop-auth-scheme-case-insensitivity", "recognise a challenge of `dPoP` in any case", FixedNonce).
			with("userinfo", Fault{Header: http.Header{"WWW-Authenticate": {`dPoP error="use_dpop_nonce", algs="ES256"`}}}),
		response("invalid-authorization-response-iss", "an authorization response of another `iss`", "?code=<<code>>&state=<<state>>&iss=https%3A%2F%2Fevil.example", "issuer", ""),
		response("remove-authorization-response-iss", "one without the `iss` that was announced", "?code=<<code>>&state=<<state>>", "issuer", "missing"),
		response("ensure-authorization-response-with-invalid-state-fails", "one with another `state`", "?code=<<code>>&state=other&iss=<<iss>>", "state", ""),
		response("ensure-authorization-response-with-invalid-missing-state-fails", "one without `state`", "?code=<<code>>&iss=<<iss>>", "state", ""),
		rejects(fapi+"invalid-missing-exp", "no `exp`", without("exp"), "exp"),
		rejects(fapi+"invalid-expired-exp", "`exp` is over", IDTokenEdit{Shift: map[string]int64{"exp": -3600}}, "exp"),
		rejects(fapi+"invalid-secondary-aud", "`aud` names another client, too", severalAud, "aud"),
		rejects(fapi+"invalid-missing-nonce", "no `nonce`", without("nonce"), "nonce"),
		rejects(fapi+"invalid-null-alg", "`alg` is `none`", algNone, "alg"),
		rejects(fapi+"invalid-alternate-alg", "signed with an algorithm that was not announced", signedWith(KeyFor("RS256", 0)), "key").
			under(func(o *Settings) { o.IDTokenAlg = "PS256" }),
		accepts(fapi+"valid-aud-as-array", "accept an `aud` that is a list of one", UserInfo).with("token", forge(arrayAud)),
		proves("token-type-case-insensitivity", "accept `token_type` in any case", "").with("token", set("token_type", `"dpOp"`)),
		accepts(fapi+"token-endpoint-response-without-expires_in", "accept an answer without `expires_in`", UserInfo).with("token", drop("expires_in")),
	}
	for i, m := range modules { // a client of FAPI 2.0 pushes its requests
		modules[i] = m.sends(requests("par", 1)).under(func(o *Settings) {
			o.PAR = true
			if m.Settings != nil {
				m.Settings(o)
			}
		})
	}
	return modules
}

// signedWith signs the claims with another key, of another algorithm.
func signedWith(key *Key) IDTokenEdit {
	return IDTokenEdit{Token: func(token string) string {
		var header Members
		header.SetText("alg", key.Algorithm)
		header.SetText("kid", key.ID)
		encode := base64.RawURLEncoding.EncodeToString
		input := encode(header.Bytes()) + "." + strings.Split(token, ".")[1]
		return input + "." + encode(key.Sign(input))
	}}
}
