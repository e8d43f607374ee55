package oauth

import (
	"slices"
	"strings"
)

// grants is what the names of the grants begin with that RFCs other than 6749 define.
const grants = "urn:ietf:params:oauth:grant-type:"

const jwtClientAssertion = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

// GrantRequest asks for tokens by any grant but the two that have a function of their own.
type GrantRequest struct {
	GrantType       string
	ClientID        string // "" where the assertion alone says who asks
	ClientSecret    Secret
	ClientAuth      string // as in CodeRequest
	ClientAssertion Secret // a JWT in the place of a secret (RFC 7523 section 2.2)
	Assertion       Secret // RFC 7521 section 4.1
	Scope           string
	Params          []Param // what else the grant defines, `subject_token` for instance, by its name on the wire
}

// ForService tells requests that stand for a service, or act with the tokens of other clients: those with an assertion,
// client_credentials (RFC 6749 section 4.4), the assertion grants (RFC 7522, RFC 7523) and token exchange (RFC 8693).
// They need no user, and whoever can read what they need is that service. So they have no place in a page.
func (r *GrantRequest) ForService() bool {
	name, _ := strings.CutPrefix(r.GrantType, grants)
	return !r.Assertion.IsZero() || !r.ClientAssertion.IsZero() ||
		name == "client_credentials" || name == "token-exchange" || strings.HasSuffix(name, "-bearer")
}

// RequestTokens sends a grant once. An assertion may not be sent again unless its server allows that (RFC 7523 section 3
// number 7): after an ambiguous failure, sign a new one.
//
// Errors: config (nothing was sent), the codes of a Transport, http, rate_limited, redirect, oauth, response.
// RFC 6749 sections 4.4 and 4.5.
func RequestTokens(t Transport, s *Server, r *GrantRequest) (*Tokens, error) {
	if err := r.check(); err != nil {
		return nil, err
	}
	request := newTokenRequest(Param{"grant_type", r.GrantType})
	request.exchange = r.GrantType == grants+"token-exchange"
	request.addSecret("assertion", r.Assertion)
	request.add(Param{"scope", r.Scope})
	if r.ClientID != "" {
		if err := request.authenticate(r.ClientID, r.ClientSecret, r.ClientAuth); err != nil {
			return nil, err
		}
	}
	if !r.ClientAssertion.IsZero() {
		request.add(Param{"client_assertion_type", jwtClientAssertion})
		request.addSecret("client_assertion", r.ClientAssertion)
	}
	for _, param := range r.Params {
		if isCredential(param.Name) {
			request.addSecret(param.Name, NewSecret(param.Value))
		} else {
			request.add(param)
		}
	}
	return request.tokens(t, s)
}

func (r *GrantRequest) check() error {
	switch {
	case !isGrantType(r.GrantType):
		return ConfigError("grantType", "must be the name or the URI of a grant")
	case slices.Contains([]string{"authorization_code", "refresh_token", "password"}, r.GrantType):
		return ConfigError("grantType", "must be another one: exchangeCode and refreshTokens send theirs, and a user's password is never sent (RFC 9700 section 2.4)")
	case r.ClientID == "" && !r.ClientSecret.IsZero():
		return ConfigError("clientId", "is needed with a clientSecret")
	case !r.ClientSecret.IsZero() && !r.ClientAssertion.IsZero():
		return ConfigError("clientAssertion", "must not be given with a clientSecret")
	}
	if err := checkScope(r.Scope); err != nil {
		return err
	}
	return checkParams(r.Params)
}

// isGrantType tells a name or an absolute URI (RFC 6749 appendix A.10).
func isGrantType(text string) bool {
	if strings.Contains(text, ":") {
		return isResource(text)
	}
	for _, c := range []byte(text) {
		if !isAlphanumeric(c) && c != '-' && c != '.' && c != '_' {
			return false
		}
	}
	return text != ""
}

// isCredential tells parameters that are secrets by their names: `subject_token`, `device_code`.
func isCredential(name string) bool {
	return strings.HasSuffix(name, "token") || strings.HasSuffix(name, "code")
}
