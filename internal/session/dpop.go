package session

import (
	"slices"
	"sync"

	"github.com/pkcewasm/pkcewasm/internal/oauth"
)

// Keychain keeps the keys that tokens are bound to (RFC 9449). Their private parts
// never leave it. A key is named by its public part: see oauth.IsProofKey. The
// methods block.
type Keychain interface {
	// Create makes a key, in memory.
	Create() (key string, err error)
	// Sign returns the ES256 signature of text in base64url, "" if the key is gone. It
	// fails after limit ms.
	Sign(key, text string, limit int64) (signature string, err error)
	// Store lets a key outlive this realm: until Erase or, where sessions are kept
	// in memory, until it is used first.
	Store(key string) error
	// Erase forgets a key, wherever it is.
	Erase(key string)
}

// proofs is what proofs of possession are made with.
type proofs struct {
	keychain Keychain

	mu     sync.Mutex // guards what follows
	nonces []nonce
	ahead  int64 // seconds by which the server's clock is ahead of ours
}

// nonce is the latest one of a server. An authorization server and a resource
// server are two, at one origin too (RFC 9449 section 9).
type nonce struct{ server, value string }

// maxNonces is how many servers' nonces are kept.
const maxNonces = 16

func (p *proofs) nonce(server string) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, known := range p.nonces {
		if known.server == server {
			return known.value
		}
	}
	return ""
}

// learn takes over what an answer says for the next proof, and reports whether
// that proof would be another one than that with the nonce that was sent.
func (p *proofs) learn(server, sent string, outcome *oauth.ProofOutcome) (news bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if outcome.Nonce != "" && outcome.Nonce != sent {
		news = true
		p.nonces = slices.DeleteFunc(p.nonces, func(n nonce) bool { return n.server == server })
		p.nonces = append(p.nonces, nonce{server, outcome.Nonce})
		p.nonces = p.nonces[max(0, len(p.nonces)-maxNonces):]
	}
	if outcome.Refused() && outcome.Dated && outcome.Ahead != p.ahead {
		p.ahead = outcome.Ahead
		news = news || !outcome.WantsNonce()
	}
	return news
}

// Bind makes the session bind its tokens to keys of the keychain, if the
// configuration asks for it. It is called once, before anything else.
func (s *Session) Bind(keychain Keychain) { s.proofs.keychain = keychain }

// newKey returns the key for a sign-in, "" if its tokens are not to be bound. It
// is stored if the sign-in is to outlive this realm.
func (s *Session) newKey(server *oauth.Server, keep bool) (string, error) {
	offered := slices.Contains(server.ProofAlgorithms, "ES256")
	switch {
	case s.config.DPoP == "off":
		return "", nil
	case s.config.DPoP == "preferred" && !offered:
		s.unbound("the server does not offer DPoP with ES256")
		return "", nil
	case server.ProofAlgorithms != nil && !offered:
		return "", dpopError("alg", "the server takes no proofs of possession by ES256")
	}
	key, err := s.proofs.keychain.Create()
	if err == nil && !keep {
		err = s.proofs.keychain.Store(key)
	}
	switch {
	case err == nil:
		return key, nil
	case s.config.DPoP == "preferred":
		s.unbound("no key can be made or kept here")
		return "", nil
	}
	return "", dpopError("key", "no key can be made or kept here: that takes a secure context and, for a redirect, IndexedDB")
}

const unboundTokens = "the server issued tokens that are not bound to the key"

// bind decides about tokens that were asked for with a proof of possession.
func (s *Session) bind(fresh *Held, before string) error {
	switch {
	case fresh.Key == "" || fresh.TokenType == "DPoP":
	case s.config.DPoP == "required":
		return dpopError("token_type", unboundTokens)
	case fresh.TokenType != before:
		s.unbound(unboundTokens)
	}
	return nil
}

func (s *Session) unbound(reason string) {
	s.notice(&Notice{Type: Degraded, Feature: "dpop", Reason: reason})
}

// eraseKey forgets the key of a session or sign-in that has ended.
func (s *Session) eraseKey(key string) {
	if key != "" && s.proofs.keychain != nil {
		s.platform.Go(func() { s.proofs.keychain.Erase(key) }, nil)
	}
}

// prove returns a proof, made within limit ms.
func (s *Session) prove(proof oauth.Proof, limit int64) (string, error) {
	random, err := s.platform.Random(32)
	if err != nil {
		return "", err
	}
	if proof.ID, err = oauth.NewState(random); err != nil {
		return "", err
	}
	s.proofs.mu.Lock()
	proof.IssuedAt = s.platform.Now().Wall/second + s.proofs.ahead
	s.proofs.mu.Unlock()
	if s.proofs.keychain == nil {
		return "", keyLost()
	}
	input, end := proof.SigningInput(), s.platform.Now().Monotonic+limit
	signature, err := s.proofs.keychain.Sign(proof.Key, input, limit)
	switch {
	case err == nil && signature == "":
		return "", keyLost()
	case err == nil:
		return input + "." + signature, nil
	case s.platform.Now().Monotonic >= end:
		return "", &oauth.Error{Code: oauth.CodeTimeout, Message: "the proof of possession was not signed in time", Retryable: true}
	}
	return "", dpopError("key", "the platform did not sign the proof of possession")
}

const keyLostReason = "key_lost"

// keyLost says that tokens cannot be used any more.
func keyLost() *oauth.Error {
	return dpopError(keyLostReason, "the key that the tokens are bound to is gone; sign in again")
}

func dpopError(reason, message string) *oauth.Error {
	return &oauth.Error{Code: oauth.CodeDPoP, Reason: reason, Message: message}
}

// sender is a Transport made of a function. (TinyGo would describe every type that
// a struct in its place refers to.)
type sender func(*oauth.Request) (*oauth.Response, error)

// Send calls the function.
func (f sender) Send(r *oauth.Request) (*oauth.Response, error) { return f(r) }

// transport returns the way to a server whose requests prove possession of a key,
// "" for none. token is what they carry, to a resource server; the zero Secret
// towards the authorization server. once is for a request with a code: it is
// repeated only if the server has not looked at it.
func (s *Session) transport(key string, token oauth.Secret, once bool) oauth.Transport {
	if key == "" {
		return s.platform.Transport(s.config.Timeout)
	}
	return sender(func(request *oauth.Request) (*oauth.Response, error) {
		return s.sendProven(request, oauth.Proof{Key: key, Method: request.Method, URL: request.URL, AccessToken: token}, once)
	})
}

// sendProven sends a request with a proof, and once more with another proof if the
// server says what was missing: the nonce, or its time. Both are within one
// deadline.
func (s *Session) sendProven(request *oauth.Request, proof oauth.Proof, once bool) (*oauth.Response, error) {
	end := s.platform.Now().Monotonic + s.config.Timeout
	server := oauth.Origin(request.URL)
	if !proof.AccessToken.IsZero() {
		server = "resource " + server
	}
	for attempt := 0; ; attempt++ {
		proof.Nonce = s.proofs.nonce(server)
		text, err := s.prove(proof, max(end-s.platform.Now().Monotonic, 0))
		if err != nil {
			return nil, err
		}
		proven := *request
		proven.Headers = append(slices.Clip(request.Headers), oauth.Header{Name: "DPoP", Value: text})
		response, err := s.platform.Transport(max(end-s.platform.Now().Monotonic, 1)).Send(&proven)
		if err != nil {
			return nil, err
		}
		outcome := oauth.ReadProofOutcome(response)
		news := s.proofs.learn(server, proof.Nonce, outcome)
		switch {
		case !outcome.Refused():
			return response, nil
		case attempt > 0 || !news || once && !outcome.WantsNonce():
			return nil, outcome.Error()
		}
	}
}

// doProof answers who sends a request to a resource server: with the access token
// and, if that is bound to a key, a proof for this request.
func (s *Session) doProof(o *oauth.Options, e *encoder) error {
	proof := oauth.Proof{Method: o.RequiredText("method"), URL: o.RequiredText("url"), Nonce: o.Text("nonce")}
	if oauth.Origin(proof.URL) == "" {
		o.Fail("url", "must be absolute")
	}
	if err := o.Done(); err != nil {
		return err
	}
	if !s.config.ExposeAccessToken {
		return oauth.ConfigError("exposeAccessToken", "is false, so the access token stays here; use fetch")
	}
	held, err := s.refresher.Token(Demand{})
	if err != nil {
		return err
	}
	if held.TokenType == "DPoP" {
		proof.Key, proof.AccessToken = held.Key, held.AccessToken
		text, err := s.prove(proof, s.config.Timeout)
		if err != nil {
			s.endIfLost(err, held.Key)
			return err
		}
		e.String("proof", text)
	}
	e.Raw("token", s.tokenJSON(held))
	return nil
}

// endIfLost ends the session if its key, not that of one before it, is gone.
func (s *Session) endIfLost(err error, key string) {
	if held := s.refresher.Held(); held != nil && held.Key == key && lost(ownError(err)) {
		s.refresher.SignOut(keyLostReason)
	}
}

func lost(err *oauth.Error) bool { return err.Code == oauth.CodeDPoP && err.Reason == keyLostReason }
