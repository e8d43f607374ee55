package session

import "github.com/pkcewasm/pkcewasm/internal/oauth"

// authorizationURL is where a sign-in leads, by way of a pushed authorization
// request where the configuration and the server want one (RFC 9126).
//
// A server that offers them may still not let this origin push one, which is all
// that a network error tells here: then "auto" sends the request in the URL.
func (s *Session) authorizationURL(server *oauth.Server, request *oauth.AuthorizationRequest) (string, error) {
	if !s.pushes(server) {
		return oauth.AuthorizationURL(server, request)
	}
	url, err := oauth.Push(s.platform.Transport(s.config.Timeout), server, request)
	failure, ok := err.(*oauth.Error)
	if !ok || failure.Code != oauth.CodeNetwork || failure.Reason == "offline" || s.config.PAR == "required" || server.PushRequired {
		return url, err
	}
	s.notice(&Notice{Type: Degraded, Feature: "par",
		Reason: "the pushed authorization request got no answer, possibly because of CORS: the request is in the URL"})
	return oauth.AuthorizationURL(server, request)
}

func (s *Session) pushes(server *oauth.Server) bool {
	if s.config.PAR == "auto" {
		return server.PushRequired || server.PushedAuthorizationRequestEndpoint != ""
	}
	return s.config.PAR == "required"
}
