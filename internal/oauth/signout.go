package oauth

// SignOutRequest is what the user is sent to the end session endpoint with. All of it is optional.
type SignOutRequest struct {
	ClientID              string
	IDTokenHint           Secret // the last ID token; it becomes part of the URL, as the specification has it
	PostLogoutRedirectURI string // where to come back to, as registered
	State                 string // comes back with the user
}

// SignOutURL is the URL that signs the user out at the provider. Errors have the code config; a server without an end
// session endpoint is one. OpenID Connect RP-Initiated Logout 1.0 section 2.
func SignOutURL(s *Server, r *SignOutRequest) (string, error) {
	if r.PostLogoutRedirectURI != "" {
		if problem := (Policy{AllowLoopbackHTTP: true}).problem(r.PostLogoutRedirectURI); problem != "" {
			return "", ConfigError("postLogoutRedirectUri", problem)
		}
	}
	return withQuery(s.EndSessionEndpoint, "end_session_endpoint", []Param{
		{"id_token_hint", r.IDTokenHint.Reveal()},
		{"client_id", r.ClientID},
		{"post_logout_redirect_uri", r.PostLogoutRedirectURI},
		{"state", r.State},
	})
}
