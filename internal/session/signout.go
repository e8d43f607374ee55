package session

import "github.com/pkcewasm/pkcewasm/internal/oauth"

// revocationTimeout is how long, in ms, a sign-out waits for the revocation.
const revocationTimeout = 3 * second

// SignOutOptions say how far a sign-out reaches.
type SignOutOptions struct {
	Local    bool   // end the session here only, not at the server
	Revoke   bool   // revoke the refresh token
	ReturnTo string // where the server sends the user afterwards; "" means the configured URI
	State    string // what the server sends along with the user
}

// SignOut ends the session here at once, revokes its token as well as that
// goes within 3 s, and returns the URL at which the server's own session ends
// (OpenID Connect RP-Initiated Logout section 2), "" if there is none.
func (s *Session) SignOut(options SignOutOptions) (url string, err error) {
	s.mu.Lock()
	s.epoch++
	s.mu.Unlock()
	held := s.refresher.SignOut("logout")
	if options.Local && (held == nil || !options.Revoke) {
		return "", nil
	}
	server := s.metadataWithin(revocationTimeout)
	if server == nil {
		return "", nil // signed out here, which is what counts
	}
	if held != nil && options.Revoke {
		s.revoke(server, held)
	}
	if options.Local {
		return "", nil
	}
	if server.EndSessionEndpoint == "" {
		s.notice(&Notice{Type: Degraded, Feature: "end_session", Reason: "the server has no sign-out page: its own session goes on"})
		return "", nil
	}
	request := oauth.SignOutRequest{ClientID: s.config.ClientID, PostLogoutRedirectURI: options.ReturnTo, State: options.State}
	if request.PostLogoutRedirectURI == "" {
		request.PostLogoutRedirectURI = s.config.PostLogoutURI
	}
	if held != nil {
		request.IDTokenHint = held.IDToken
	}
	return oauth.SignOutURL(server, &request)
}

// discard gives tokens back that nobody will use, without waiting.
func (s *Session) discard(held *Held) {
	s.platform.Go(func() {
		if server := s.metadataWithin(revocationTimeout); server != nil {
			s.revoke(server, held)
		}
	}, nil)
}

// revoke gives the grant back, best effort (RFC 7009 section 2.1).
func (s *Session) revoke(server *oauth.Server, held *Held) {
	token, hint := held.RefreshToken, "refresh_token"
	if token.IsZero() {
		token, hint = held.AccessToken, "access_token"
	}
	if server.RevocationEndpoint == "" {
		return
	}
	_ = oauth.Revoke(s.platform.Transport(revocationTimeout), server, &oauth.RevocationRequest{
		ClientID: s.config.ClientID, Token: token, TokenTypeHint: hint,
	})
}
