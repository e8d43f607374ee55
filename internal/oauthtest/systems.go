package oauthtest

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"
)

// The systems whose documents this project came from, each as a Replay. Names and values are those of the documents;
// where these cut a token short ("eyJz93a...k4laUWw") it is sent in that form, but for ID tokens, which are made whole:
// a client has to check them.
const (
	Auth0Code         = "BPPLN3Z4qCTvSNOy"
	Auth0AccessToken  = "eyJz93a...k4laUWw"
	Auth0Renewed      = "eyJ...MoQ"
	Auth0RefreshToken = "GEbRxBN...edjnXbL"

	DjangoClient = "651462"
	DjangoSecret = "37b1c4ff826f8d78bd45e25bad75a2c0"

	ThingParkClient = "sub-100000778/api_client"
	ThingParkSecret = "a+b&c=d é"

	DisruptiveKeyID    = "bjehn6sdm92f9pd7f4s0"
	DisruptiveSecret   = "29be1fc6e2f34a2d9c8ab3d4b5e6f708"
	DisruptiveEmail    = "b4k3p5tgt4pg00a3b2c0@b4k3p5tgt4pg00a3b2d0.serviceaccount.d21s.com"
	DisruptiveAudience = "https://identity.disruptive-technologies.com/oauth2/token"
)

const jwtBearerGrant = "urn:ietf:params:oauth:grant-type:jwt-bearer"

// exactly is the pattern of one value.
func exactly(value string) string { return regexp.QuoteMeta(value) }

func always(body string) func(*http.Request) Reply {
	return func(*http.Request) Reply { return Reply{Body: body} }
}

// publishes are the documents that a client may read at any time.
func publishes(path, body string) *Step {
	return &Step{Name: path, Method: "GET", Path: path, Times: -1, Answer: always(body)}
}

// signIn is what an authorization endpoint remembers until the code is exchanged.
type signIn struct{ challenge, nonce string }

// comesBack sends the user straight back with a code.
func (s *signIn) comesBack(code string) func(*http.Request) Reply {
	return func(r *http.Request) Reply {
		query := r.URL.Query()
		s.challenge, s.nonce = query.Get("code_challenge"), query.Get("nonce")
		back := query.Get("redirect_uri") + "?code=" + code + "&state=" + url.QueryEscape(query.Get("state"))
		return Reply{Status: http.StatusFound, Header: map[string]string{"Location": back}}
	}
}

// verified answers if the verifier is the challenge's (RFC 7636 section 4.6).
func (s *signIn) verified(answer func() string) func(*http.Request) Reply {
	return func(r *http.Request) Reply {
		hash := sha256.Sum256([]byte(r.PostForm.Get("code_verifier")))
		if base64.RawURLEncoding.EncodeToString(hash[:]) != s.challenge {
			return Reply{Status: http.StatusForbidden, Body: `{"error":"invalid_grant","error_description":"Failed to verify code verifier"}`}
		}
		return Reply{Body: answer()}
	}
}

// wholeIDToken stands in for one that a document cuts short.
func wholeIDToken(issuer, audience, nonce string) string {
	now := time.Now().Unix()
	var m Members
	m.SetText("iss", issuer)
	m.SetText("sub", "alice")
	m.SetText("aud", audience)
	m.SetNumber("iat", now)
	m.SetNumber("exp", now+36000)
	if nonce != "" {
		m.SetText("nonce", nonce)
	}
	return KeyFor("RS256", 0).JWT(m, &IDTokenEdit{})
}

func publicKeys() string { return string(KeySet(KeyFor("RS256", 0).JWK()).Bytes()) }

// Auth0 is the Authorization Code flow with PKCE of a public client: one sign-in, two refreshes, and one call each of an
// API and of userinfo.
func Auth0(t testing.TB, redirectURI string) *Replay {
	return NewReplay(t, func(origin string) []*Step {
		issuer, user := origin+"/", new(signIn)
		const scope = "openid offline_access appointments contacts"
		return []*Step{
			publishes("/.well-known/openid-configuration", fmt.Sprintf(`{"issuer":"%s/","authorization_endpoint":"%[1]s/authorize","token_endpoint":"%[1]s/oauth/token",`+
				`"userinfo_endpoint":"%[1]s/userinfo","jwks_uri":"%[1]s/.well-known/jwks.json","code_challenge_methods_supported":["S256","plain"]}`, origin)),
			publishes("/.well-known/jwks.json", publicKeys()),
			{Name: "authorize", Method: "GET", Path: "/authorize", Times: 1, Answer: user.comesBack(Auth0Code), Query: map[string]string{
				"response_type": "code", "code_challenge": `[\w-]{43}`, "code_challenge_method": "S256", "client_id": "auth0-client",
				"redirect_uri": exactly(redirectURI), "scope": scope, "audience": "appointments:api", "state": `[\w-]{43}`, "nonce": `[\w-]{43}`,
				"organization": "org_1", "invitation": "inv_1",
			}},
			{Name: "exchange", Method: "POST", Path: "/oauth/token", Times: 1, Form: map[string]string{
				"grant_type": "authorization_code", "client_id": "auth0-client", "code_verifier": `[\w-]{43}`, "code": Auth0Code, "redirect_uri": exactly(redirectURI),
			}, Answer: user.verified(func() string {
				return fmt.Sprintf(`{"access_token":%q,"refresh_token":%q,"id_token":%q,"token_type":"Bearer","expires_in":86400}`,
					Auth0AccessToken, Auth0RefreshToken, wholeIDToken(issuer, "auth0-client", user.nonce))
			})},
			{Name: "refresh", Method: "POST", Path: "/oauth/token", Times: 2, Form: map[string]string{
				"grant_type": "refresh_token", "client_id": "auth0-client", "refresh_token": exactly(Auth0RefreshToken), // it does not rotate
			}, Answer: func(*http.Request) Reply {
				return Reply{Body: fmt.Sprintf(`{"access_token":%q,"expires_in":86400,"scope":"openid offline_access","id_token":%q,"token_type":"Bearer"}`,
					Auth0Renewed, wholeIDToken(issuer, "auth0-client", ""))}
			}},
			{Name: "API", Method: "GET", Path: "/api", Times: 1, Answer: always(`{"appointments":[]}`),
				Header: map[string]string{"Authorization": "Bearer " + exactly(Auth0AccessToken), "Content-Type": "application/json"}},
			{Name: "userinfo", Method: "GET", Path: "/userinfo", Times: 1, Answer: always(`{"sub":"alice"}`),
				Header: map[string]string{"Authorization": "Bearer " + exactly(Auth0AccessToken)}},
		}
	})
}

// Auth0Steps are the same steps as the document's samples have them, without OpenID Connect: for the stateless
// functions, which can be told the sample's state and verifier. There are two sign-ins, of which one asks for
// offline_access: only that one is answered with a refresh token.
func Auth0Steps(t testing.TB) *Replay {
	return NewReplay(t, func(string) []*Step {
		user, refreshToken := new(signIn), ""
		refresh := map[string]string{"grant_type": "refresh_token", "client_id": "auth0-client", "refresh_token": exactly(Auth0RefreshToken), "scope": "appointments"}
		return []*Step{
			{Name: "authorize", Method: "GET", Path: "/authorize", Times: 2, Answer: func(r *http.Request) Reply {
				refreshToken = ""
				if strings.HasSuffix(r.URL.Query().Get("scope"), " offline_access") {
					refreshToken = fmt.Sprintf(`"refresh_token":%q,`, Auth0RefreshToken)
				}
				return user.comesBack(Auth0Code)(r)
			}, Query: map[string]string{
				"response_type": "code", "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM", "code_challenge_method": "S256", "client_id": "auth0-client",
				"redirect_uri": "https://app\\.example/callback", "scope": "appointments contacts( offline_access)?", "audience": "appointments:api", "state": "xyzABC123",
			}},
			{Name: "exchange", Method: "POST", Path: "/oauth/token", Times: 2, Form: map[string]string{
				"grant_type": "authorization_code", "client_id": "auth0-client", "code_verifier": "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", "code": Auth0Code,
				"redirect_uri": "https://app\\.example/callback",
			}, Answer: user.verified(func() string {
				return fmt.Sprintf(`{"access_token":%q,%s"token_type":"Bearer","expires_in":86400}`, Auth0AccessToken, refreshToken)
			})},
			{Name: "refresh", Method: "POST", Path: "/oauth/token", Times: 1, Form: refresh,
				Answer: always(fmt.Sprintf(`{"access_token":%q,"expires_in":86400,"scope":"appointments","token_type":"Bearer"}`, Auth0Renewed))},
		}
	})
}

// Auth0Offline is offline access of a public client: an answer without expires_in and scope.
func Auth0Offline(t testing.TB, redirectURI string) *Replay {
	return NewReplay(t, func(string) []*Step {
		user := new(signIn)
		return []*Step{
			{Name: "authorize", Method: "GET", Path: "/authorize", Times: 1, Answer: user.comesBack(Auth0Code), Query: map[string]string{
				"audience": "https://api\\.example/", "scope": "offline_access", "response_type": "code", "client_id": "auth0-client", "redirect_uri": exactly(redirectURI),
				"state": `[\w-]{43}`, "code_challenge": `[\w-]{43}`, "code_challenge_method": "S256",
			}},
			{Name: "exchange", Method: "POST", Path: "/oauth/token", Times: 1, Form: map[string]string{
				"grant_type": "authorization_code", "client_id": "auth0-client", "code": Auth0Code, "redirect_uri": exactly(redirectURI), "code_verifier": `[\w-]{43}`,
			}, Answer: user.verified(func() string {
				return fmt.Sprintf(`{"access_token":%q,"refresh_token":%q,"token_type":"Bearer"}`, Auth0AccessToken, Auth0RefreshToken)
			})},
			{Name: "refresh", Method: "POST", Path: "/oauth/token", Times: 1, Form: map[string]string{
				"grant_type": "refresh_token", "client_id": "auth0-client", "refresh_token": exactly(Auth0RefreshToken),
			}, Answer: always(fmt.Sprintf(`{"access_token":%q,"token_type":"Bearer"}`, Auth0Renewed))},
		}
	})
}

// Auth0Confidential is offline access of a client that has a secret.
func Auth0Confidential(t testing.TB) *Replay {
	return NewReplay(t, func(string) []*Step {
		return []*Step{{Name: "exchange", Method: "POST", Path: "/oauth/token", Times: 1, Form: map[string]string{
			"grant_type": "authorization_code", "client_id": "auth0-client", "client_secret": "auth0-secret", "code": Auth0Code,
			"redirect_uri": "https://app\\.example/callback", "code_verifier": `[\w-]{43}`,
		}, Answer: always(fmt.Sprintf(`{"access_token":%q,"refresh_token":%q,"token_type":"Bearer"}`, Auth0AccessToken, Auth0RefreshToken))}}
	})
}

// Django is django-oidc-provider with a public client (secret is ""), or with the document's. The access token expires
// under way: the second call of userinfo is answered with 401.
func Django(t testing.TB, redirectURI, secret string) *Replay {
	const first, second = "82b35f3d810f4cf49dd7a52d4b22a594", "a594b22a4d52dd794cf410d883f5b328"
	return NewReplay(t, func(origin string) []*Step {
		user, calls := new(signIn), 0
		form := func(form map[string]string) map[string]string {
			form["client_id"] = DjangoClient
			if secret != "" {
				form["client_secret"] = secret
			}
			return form
		}
		noCache := map[string]string{"Cache-Control": "no-cache"}
		tokens := func(access, refresh, nonce string) string {
			return fmt.Sprintf(`{"access_token":%q,"token_type":"bearer","expires_in":3600,"refresh_token":%q,"id_token":%q}`,
				access, refresh, wholeIDToken(origin, DjangoClient, nonce))
		}
		return []*Step{
			publishes("/.well-known/openid-configuration", fmt.Sprintf(`{"issuer":%q,"authorization_endpoint":"%[2]s/authorize","token_endpoint":"%[2]s/token/",`+
				`"userinfo_endpoint":"%[2]s/userinfo/","end_session_endpoint":"%[2]s/end-session/","jwks_uri":"%[2]s/jwks"}`, origin, origin)),
			publishes("/jwks", publicKeys()),
			{Name: "authorize", Method: "GET", Path: "/authorize", Times: 1, Answer: user.comesBack("b9cedb346ee04f15ab1d3ac13da92002"), Query: map[string]string{
				"client_id": DjangoClient, "redirect_uri": exactly(redirectURI), "response_type": "code", "scope": "openid email profile", "state": `[\w-]{43}|123123`,
				"nonce": `[\w-]{43}`, "code_challenge": `[\w-]{43}`, "code_challenge_method": "S256",
			}},
			{Name: "exchange", Method: "POST", Path: "/token/", Times: 1, Header: noCache, Form: form(map[string]string{
				"code": "b9cedb346ee04f15ab1d3ac13da92002", "redirect_uri": exactly(redirectURI), "grant_type": "authorization_code", "code_verifier": `[\w-]{43}`,
			}), Answer: user.verified(func() string { return tokens(first, "0bac2d80d75d46658b0b31d3778039bb", user.nonce) })},
			{Name: "userinfo", Method: "GET", Path: "/userinfo/", Times: 3, Header: map[string]string{"Authorization": "Bearer (" + first + "|" + second + ")"},
				Answer: func(r *http.Request) Reply {
					calls++
					if calls > 1 && r.Header.Get("Authorization") != "Bearer "+second {
						return Reply{Status: http.StatusUnauthorized, Header: map[string]string{"WWW-Authenticate": `error="invalid_token", error_description="The Access Token provided is expired, revoked, malformed, or invalid for other reasons"`}}
					}
					return Reply{Body: `{"sub":"alice","email":"alice@example.org"}`}
				}},
			{Name: "refresh", Method: "POST", Path: "/token/", Times: 1, Header: noCache, Form: form(map[string]string{
				"grant_type": "refresh_token", "refresh_token": "0bac2d80d75d46658b0b31d3778039bb",
			}), Answer: func(*http.Request) Reply { return Reply{Body: tokens(second, "3978039bbb0bac2d80d75d46658b0b31", "")} }},
		}
	})
}

// ThingPark is Keycloak with a service account: two tokens, and calls of the devices API with either.
func ThingPark(t testing.TB, calls int) *Replay {
	return NewReplay(t, func(string) []*Step {
		issued := 0
		return []*Step{
			{Name: "token", Method: "POST", Path: "/users-auth/protocol/openid-connect/token", Times: 2, Form: map[string]string{
				"client_id": exactly(ThingParkClient), "client_secret": exactly(ThingParkSecret), "grant_type": "client_credentials",
			}, Answer: func(*http.Request) Reply {
				issued++
				return Reply{Body: fmt.Sprintf(`{"access_token":"thingpark-%d","expires_in":300,"refresh_expires_in":0,"token_type":"Bearer","not-before-policy":0,"scope":"profile email"}`, issued)}
			}},
			{Name: "devices", Method: "GET", Path: "/thingpark/wireless/rest/subscriptions/mine/devices", Times: calls,
				Header: map[string]string{"Authorization": "Bearer thingpark-[12]", "Accept": "application/json"},
				Answer: func(r *http.Request) Reply {
					if r.Header.Get("Authorization") != fmt.Sprintf("Bearer thingpark-%d", issued) {
						return Reply{Status: http.StatusUnauthorized}
					}
					return Reply{Body: `{"briefs":[]}`}
				}},
		}
	})
}

// Disruptive is Disruptive Technologies with a service account: four requests for a token, the last two of which it
// refuses, and a call of the API.
func Disruptive(t testing.TB) *Replay {
	return NewReplay(t, func(string) []*Step {
		issued := 0
		return []*Step{
			{Name: "token", Method: "POST", Path: "/oauth2/token", Times: 4, Form: map[string]string{
				"assertion": `[\w-]+\.[\w-]+\.[\w-]+`, "grant_type": exactly(jwtBearerGrant),
			}, Answer: func(r *http.Request) Reply {
				if problem := disruptiveAssertion(r.PostForm.Get("assertion")); problem != "" || issued == 2 {
					return Reply{Status: http.StatusUnauthorized, Body: fmt.Sprintf(`{"error":"unauthorized_client","error_description":%q}`, "the account is disabled"+problem)}
				}
				issued++
				return Reply{Body: fmt.Sprintf(`{"access_token":"disruptive-%d","token_type":"bearer","expires_in":3600}`, issued)}
			}},
			{Name: "API", Method: "GET", Path: "/v2/projects", Times: 1, Header: map[string]string{"Authorization": "Bearer disruptive-1"}, Answer: always(`{"projects":[]}`)},
		}
	})
}

// disruptiveAssertion says what is not as documented about an assertion, "" if nothing is.
func disruptiveAssertion(assertion string) string {
	part := strings.Split(assertion, ".")
	header, _ := base64.RawURLEncoding.DecodeString(part[0])
	payload, _ := base64.RawURLEncoding.DecodeString(part[1])
	signature, _ := base64.RawURLEncoding.DecodeString(part[2])
	mac := hmac.New(sha256.New, []byte(DisruptiveSecret))
	mac.Write([]byte(part[0] + "." + part[1]))
	var claims map[string]any
	_ = json.Unmarshal(payload, &claims)
	issued, _ := claims["iat"].(float64)
	expires, _ := claims["exp"].(float64)
	switch {
	case string(header) != `{"alg":"HS256","kid":"`+DisruptiveKeyID+`"}`:
		return ", header " + string(header)
	case !hmac.Equal(signature, mac.Sum(nil)):
		return ", signature"
	case len(claims) != 4 || claims["aud"] != DisruptiveAudience || claims["iss"] != DisruptiveEmail || expires-issued != 3600:
		return ", claims " + string(payload)
	}
	return ""
}
