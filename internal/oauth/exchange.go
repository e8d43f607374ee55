package oauth

// CodeRequest asks for tokens with an authorization code.
type CodeRequest struct {
	ClientID     string
	RedirectURI  string // the one of the authorization request
	Code         Secret // from ParseCallback
	CodeVerifier Secret // the verifier of the authorization request's challenge
	Params       []Param
	ClientSecret Secret // confidential clients only
	ClientAuth   string // how the secret is sent: "basic", "post" (also "" with a secret); "" without one
	Bound        bool   // tokens may be bound to a key, of which the Transport proves possession
}

// Exchange redeems an authorization code. It sends the code exactly once, whatever the answer: a code "MUST NOT" be
// used twice (RFC 6749 section 4.1.2), so an error is retryable only if it says that nothing was sent. (A Transport that
// proves possession repeats a request that the server did not look at because its proof had no nonce, RFC 9449 section 8.)
//
// Errors: config (nothing was sent), the codes of a Transport, http, rate_limited, redirect, oauth, response.
// RFC 6749 section 4.1.3, RFC 7636 section 4.5.
func Exchange(t Transport, s *Server, r *CodeRequest) (*Tokens, error) {
	request, err := r.form()
	if err != nil {
		return nil, err
	}
	tokens, err := request.tokens(t, s)
	if err != nil {
		failure := ownError(err)
		failure.Retryable = failure.Reason == "offline"
		return nil, failure
	}
	return tokens, nil
}

func (r *CodeRequest) form() (*tokenRequest, error) {
	switch {
	case r.Code.IsZero():
		return nil, ConfigError("code", "must not be empty")
	case !isVerifier(r.CodeVerifier.Reveal()):
		return nil, ConfigError("codeVerifier", "must have 43 to 128 letters, digits and characters of -._~")
	}
	if err := CheckRedirectURI(r.RedirectURI, Policy{AllowLoopbackHTTP: true}); err != nil {
		return nil, err
	}
	if err := checkParams(r.Params); err != nil {
		return nil, err
	}
	request := newTokenRequest(Param{"grant_type", "authorization_code"})
	request.addSecret("code", r.Code)
	request.add(Param{"redirect_uri", r.RedirectURI})
	request.addSecret("code_verifier", r.CodeVerifier)
	if err := request.authenticate(r.ClientID, r.ClientSecret, r.ClientAuth); err != nil {
		return nil, err
	}
	request.add(r.Params...)
	request.bound = r.Bound
	return request, nil
}
