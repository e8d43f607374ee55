package session

import "github.com/pkcewasm/pkcewasm/internal/oauth"

// metadataLifetime is how long discovered metadata is used, in ms.
const metadataLifetime = 24 * 3600 * second

// discovery is a request for metadata under way; done is closed at its end.
type discovery struct {
	done   chan struct{}
	server *oauth.Server
	err    error
}

// metadata returns the server's metadata: as configured, or discovered once and
// kept in memory for a day.
func (s *Session) metadata() (*oauth.Server, error) {
	now := s.platform.Now().Monotonic
	s.mu.Lock()
	if s.server != nil && now < s.serverUntil {
		defer s.mu.Unlock()
		return s.server, nil
	}
	running := s.discovering
	if running == nil {
		running = &discovery{done: make(chan struct{})}
		s.discovering = running
		s.platform.Go(func() { s.discover(running) }, func(err error) { s.discovered(running, nil, err) })
	}
	s.mu.Unlock()
	<-running.done
	return running.server, running.err
}

// metadataWithin returns the metadata if it is there within some milliseconds.
func (s *Session) metadataWithin(limit int64) *oauth.Server {
	found := make(chan *oauth.Server, 2)
	stop := s.platform.After(limit, func() { found <- nil })
	defer stop()
	s.platform.Go(func() {
		server, _ := s.metadata()
		found <- server
	}, func(error) { found <- nil })
	return <-found
}

// distrust has the metadata asked for again after an answer that looks as if the
// token endpoint had moved, or when it says that there is no PKCE.
func (s *Session) distrust(err error) {
	typed, ok := err.(*oauth.Error)
	if !ok || typed.Status != 404 && typed.Status != 405 && typed.Status != 410 && typed.Reason != "pkce" {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.serverUntil = 0
}

func (s *Session) discover(running *discovery) {
	server, err := s.configured()
	if err == nil && (server.TokenEndpoint == "" || server.AuthorizationEndpoint == "") {
		server, err = s.published()
	}
	s.discovered(running, server, err)
}

// published returns what the server says of itself, with what the configuration
// says in its place.
func (s *Session) published() (*oauth.Server, error) {
	server, err := oauth.Discover(s.platform.Transport(s.config.Timeout), s.config.Issuer, s.config.policy())
	if err == nil && s.config.Server != "" {
		return server.With([]byte(s.config.Server), s.config.policy())
	}
	return server, err
}

// verifiable returns the metadata with the address of the server's keys. A
// configuration that names the endpoints may leave that out: then it is
// discovered, but no refresh and no sign-out waits for it.
func (s *Session) verifiable() (*oauth.Server, error) {
	server, err := s.metadata()
	if err != nil || server.JWKSURI != "" {
		return server, err
	}
	server, err = s.published()
	if err != nil {
		return nil, keysUnknown(err)
	}
	if server.JWKSURI == "" {
		return nil, keysUnknown(&oauth.Error{Code: oauth.CodeDiscovery, Reason: "jwks_uri"})
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.server, s.serverUntil = server, s.platform.Now().Monotonic+metadataLifetime
	return server, nil
}

func keysUnknown(err error) error {
	unknown := ownError(err)
	unknown.Message = "the server publishes no jwks_uri, the address of the keys that ID tokens are verified with (" + unknown.Reason +
		"); give it as server.jwks_uri, or leave openid out of the scope"
	return unknown
}

// signInServer returns the metadata that a sign-in needs.
func (s *Session) signInServer() (*oauth.Server, error) {
	if oauth.HasScope(s.config.Scope, "openid") {
		return s.verifiable()
	}
	return s.metadata()
}

// configured returns what the configuration says of the server.
func (s *Session) configured() (*oauth.Server, error) {
	server := &oauth.Server{Issuer: s.config.Issuer}
	if s.config.Server == "" {
		return server, nil
	}
	return server.With([]byte(s.config.Server), s.config.policy())
}

func (s *Session) discovered(running *discovery, server *oauth.Server, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err == nil {
		s.server, s.serverUntil = server, s.platform.Now().Monotonic+metadataLifetime
	}
	s.discovering = nil
	running.server, running.err = server, err
	close(running.done)
}
