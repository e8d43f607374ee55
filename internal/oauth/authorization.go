package oauth

import "strings"

// AuthorizationRequest is what the user is sent to the authorization endpoint with.
type AuthorizationRequest struct {
	ClientID      string
	RedirectURI   string // sent as it is: servers compare it octet by octet
	Scope         string // space-separated; "" leaves it to the server
	State         string // from NewState
	CodeChallenge string // from Challenge; the method is always S256
	Nonce         string // from NewNonce, with the scope openid; "" otherwise
	ResponseMode  string // where the response is to be: "query" (also "", which leaves it out) or "fragment"
	KeyThumbprint string // binds the code to a DPoP key (RFC 9449 section 10); "" for none
	Params        []Param
}

// AuthorizationURL is the URL of an authorization request. A query that the endpoint has already is kept.
//
// Errors have the code config and name what is wrong; a server that does not offer S256 is one (Reason pkce).
// RFC 6749 sections 3.1 and 4.1.1, RFC 7636 section 4.3.
func AuthorizationURL(s *Server, r *AuthorizationRequest) (string, error) {
	if err := r.check(s); err != nil {
		return "", err
	}
	return withQuery(s.AuthorizationEndpoint, "authorization_endpoint", r.params())
}

// params are the parameters of the request, some of them empty.
func (r *AuthorizationRequest) params() []Param {
	mode := r.ResponseMode
	if mode == "query" {
		mode = "" // the default for a code, and not every server knows the parameter
	}
	return append([]Param{
		{"response_type", "code"},
		{"client_id", r.ClientID},
		{"redirect_uri", r.RedirectURI},
		{"response_mode", mode},
		{"scope", r.Scope},
		{"state", r.State},
		{"nonce", r.Nonce},
		{"code_challenge", r.CodeChallenge},
		{"code_challenge_method", "S256"},
		{"dpop_jkt", r.KeyThumbprint},
	}, r.Params...)
}

func (r *AuthorizationRequest) check(s *Server) error {
	switch {
	case !s.supportsS256():
		return &Error{Code: CodeConfig, Reason: "pkce",
			Message: "the server does not support the code challenge method S256, and no weaker one is used"}
	case r.State == "":
		return ConfigError("state", "must not be empty; use generateState()")
	case !isVisible(r.State):
		return ConfigError("state", "must be printable ASCII characters")
	case r.ResponseMode != "" && r.ResponseMode != "query" && r.ResponseMode != "fragment":
		return ConfigError("responseMode", "must be query or fragment")
	case len(r.CodeChallenge) != 43 || !isVerifier(r.CodeChallenge):
		return ConfigError("codeChallenge", "must be the 43 characters that generateCodeChallenge() returns")
	}
	if err := checkClientID(r.ClientID); err != nil {
		return err
	}
	if err := CheckRedirectURI(r.RedirectURI, Policy{AllowLoopbackHTTP: true}); err != nil {
		return err
	}
	if err := checkScope(r.Scope); err != nil {
		return err
	}
	return checkParams(r.Params)
}

// withQuery adds to the query of an endpoint the parameters that have a value. None may be there already.
func withQuery(endpoint, name string, params []Param) (string, error) {
	if endpoint == "" {
		return "", ConfigError(name, "is missing in the server metadata")
	}
	if problem := (Policy{AllowLoopbackHTTP: true}).problem(endpoint); problem != "" {
		return "", ConfigError(name, problem)
	}
	base, query, _ := strings.Cut(endpoint, "?")
	present, _ := parseForm(query)
	form := []byte(query)
	for _, param := range params {
		if present.has(param.Name) {
			return "", ConfigError(name, "must not have "+printable(param.Name)+" in its query, which the request sets")
		}
		if param.Value != "" {
			form = appendForm(form, param.Name, param.Value)
		}
	}
	return base + "?" + string(form), nil
}
