package session

import "github.com/pkcewasm/pkcewasm/internal/oauth"

// renewalPause is how often, in ms, a userinfo endpoint that refuses good
// tokens may make us refresh.
const renewalPause = 10 * second

// UserInfo asks the userinfo endpoint for the claims of whoever is signed in;
// those of anybody else are an error. A token that is refused is renewed and
// sent once more (OpenID Connect Core section 5.3, RFC 6750 section 3.1).
func (s *Session) UserInfo() (*oauth.Object, error) {
	held, err := s.refresher.Token(Demand{})
	if err != nil {
		return nil, err
	}
	if held.Claims == nil {
		return nil, oauth.ConfigError("scope", "needs openid for fetchUserInfo: without an ID token there is no subject to compare with")
	}
	server, err := s.metadata()
	if err != nil {
		return nil, err
	}
	claims, err := s.userInfo(server, held)
	if failure, ok := err.(*oauth.Error); !ok || failure.Status != 401 {
		return claims, err
	}
	if held = s.renewRefused(held); held == nil {
		return nil, err
	}
	return s.userInfo(server, held)
}

func (s *Session) userInfo(server *oauth.Server, held *Held) (*oauth.Object, error) {
	key := ""
	if held.TokenType == "DPoP" {
		key = held.Key
	}
	claims, err := oauth.UserInfo(s.transport(key, held.AccessToken, false), server, &oauth.UserInfoRequest{
		AccessToken: held.AccessToken, TokenType: held.TokenType, ExpectedSubject: held.Subject(),
	})
	if err != nil {
		s.endIfLost(err, key)
	}
	return claims, err
}

// renewRefused returns the tokens that follow those a server refused, nil if
// there are none to be had.
func (s *Session) renewRefused(refused *Held) *Held {
	if current := s.refresher.Held(); current != nil && current.AccessToken.Reveal() != refused.AccessToken.Reveal() {
		return current
	}
	now := s.platform.Now().Monotonic
	s.mu.Lock()
	recently := s.renewed != 0 && now-s.renewed < renewalPause
	if !recently {
		s.renewed = now
	}
	s.mu.Unlock()
	if recently {
		return nil
	}
	fresh, err := s.refresher.Token(Demand{Force: true})
	if err != nil || fresh.Subject() != refused.Subject() {
		return nil
	}
	return fresh
}

func (s *Session) doUserInfo(o *oauth.Options, e *encoder) error {
	if err := o.Done(); err != nil {
		return err
	}
	claims, err := s.UserInfo()
	if err != nil {
		return err
	}
	e.Raw("claims", claims.Raw())
	return nil
}
