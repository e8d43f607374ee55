package oauth

// RevocationRequest gives a token back.
type RevocationRequest struct {
	ClientID      string
	Token         Secret
	TokenTypeHint string // "refresh_token", "access_token" or ""
}

// Revoke makes the server forget a token, and with a refresh token the whole grant. It succeeds for tokens the server
// does not know, and for kinds of tokens it does not revoke (unsupported_token_type): nothing more can be done then.
//
// Errors: config (also if the server has no revocation endpoint), the codes of a Transport, http, rate_limited,
// redirect, oauth. RFC 7009 section 2.
func Revoke(t Transport, s *Server, r *RevocationRequest) error {
	if r.Token.IsZero() {
		return ConfigError("token", "must not be empty")
	}
	request := newTokenRequest()
	request.addSecret("token", r.Token)
	request.add(Param{"token_type_hint", r.TokenTypeHint})
	if err := request.authenticate(r.ClientID, Secret{}, ""); err != nil {
		return err
	}
	response, err := request.send(t, s.RevocationEndpoint, "revocation_endpoint")
	if err != nil {
		return err
	}
	if response.Status >= 200 && response.Status < 300 {
		return nil
	}
	if failure := request.failure(response); failure.OAuthError != "unsupported_token_type" {
		return failure
	}
	return nil
}
