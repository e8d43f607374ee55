package oauth

// RefreshRequest asks for tokens with a refresh token.
type RefreshRequest struct {
	ClientID     string
	RefreshToken Secret
	Scope        string // a part of what was granted; "" means all of it
	Params       []Param
	ClientSecret Secret // confidential clients only
	ClientAuth   string // as in CodeRequest
	Bound        bool   // as in CodeRequest
}

// Refresh sends a refresh token once. If the answer has no new refresh token, the old one stays valid; if it has one,
// the old one is spent. After a network, timeout, response or http error nobody knows which: see Retryable.
//
// Errors: config (nothing was sent), the codes of a Transport, http, rate_limited, redirect, oauth, response.
// RFC 6749 section 6.
func Refresh(t Transport, s *Server, r *RefreshRequest) (*Tokens, error) {
	if r.RefreshToken.IsZero() {
		return nil, ConfigError("refreshToken", "must not be empty")
	}
	if err := checkScope(r.Scope); err != nil {
		return nil, err
	}
	if err := checkParams(r.Params); err != nil {
		return nil, err
	}
	request := newTokenRequest(Param{"grant_type", "refresh_token"})
	request.addSecret("refresh_token", r.RefreshToken)
	request.add(Param{"scope", r.Scope})
	if err := request.authenticate(r.ClientID, r.ClientSecret, r.ClientAuth); err != nil {
		return nil, err
	}
	request.add(r.Params...)
	request.bound = r.Bound
	return request.tokens(t, s)
}
