package session

import "github.com/pkcewasm/pkcewasm/internal/oauth"

const (
	// keysInterval is how long, in ms, keys that an ID token does not verify with
	// are not asked for again, so that nobody can have the server asked at will.
	keysInterval = 60 * second
	// keysLifetime is how long, in ms, keys are used: the server may have withdrawn
	// them since.
	keysLifetime = metadataLifetime
	// verifyWithin is how long, in ms, a refresh waits until its ID token is
	// verified: so long, the new tokens are nowhere but here, and other tabs wait.
	verifyWithin = 3 * second
)

// keysDelays are the pauses, in ms, before a sign-in asks for keys once more:
// its code is spent, so that giving up means a new sign-in.
var keysDelays = []int64{500, 1500}

// keys are the server's public keys. Session.mu guards them.
type keys struct {
	set        *oauth.KeySet
	proven     *oauth.KeySet // the last set that an ID token verified with
	until      int64         // ms of the monotonic clock until when the set is used
	fetching   *keysRequest
	renewAfter int64 // until when a set is not replaced again
	askAfter   int64 // until when a refresh that finds none does not ask, after a failure
}

// keysRequest is a request for keys under way; done is closed at its end.
type keysRequest struct {
	done chan struct{}
	set  *oauth.KeySet
	err  error
}

// verify verifies the signature of an ID token. What does not verify with the
// keys at hand is tried once with new ones: servers change theirs at any time.
func (s *Session) verify(tokens *oauth.Tokens, patient bool) error {
	set, err := s.keysOtherThan(nil, patient)
	if err != nil {
		return err
	}
	err = oauth.VerifyIDToken(s.signatures, set, tokens.IDToken, tokens.AccessToken)
	typed, ok := err.(*oauth.Error)
	if !ok || typed.Reason != "key" && typed.Reason != "signature" {
		s.judgeKeys(set, err, patient)
		return err
	}
	other, failure := s.keysOtherThan(set, patient)
	if failure == nil && other != set {
		set = other
		err = oauth.VerifyIDToken(s.signatures, set, tokens.IDToken, tokens.AccessToken)
	}
	s.judgeKeys(set, err, patient)
	return err
}

// judgeKeys remembers keys that proved right. Those that never did, and are not
// right now, are not kept for the next sign-in: they may have been a mistake of
// the server's that is mended since.
func (s *Session) judgeKeys(set *oauth.KeySet, err error, patient bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch k := &s.keys; {
	case err == nil:
		k.proven = set
	case patient && k.set == set && k.proven != set:
		k.set = nil
	}
}

// verifyRefreshed is verify for a refresh. What comes too late for it serves the next one.
func (s *Session) verifyRefreshed(tokens *oauth.Tokens) error {
	verified := make(chan error, 2)
	stop := s.platform.After(verifyWithin, func() {
		verified <- keysFailed(&oauth.Error{Message: "the server's keys could not be fetched in time"})
	})
	defer stop()
	own := *tokens
	s.platform.Go(func() { verified <- s.verify(&own, false) }, func(err error) { verified <- err })
	return <-verified
}

// prefetchKeys asks for the keys of a sign-in while something else is under way.
func (s *Session) prefetchKeys() { s.requestKeys(nil, true) }

// keysOtherThan returns the keys at hand, unless they are old, or fetches them.
// It returns old if it is too early to ask again. Who is patient asks, and asks
// again, whatever went wrong before: a sign-in.
func (s *Session) keysOtherThan(old *oauth.KeySet, patient bool) (*oauth.KeySet, error) {
	request := s.requestKeys(old, patient)
	<-request.done
	return request.set, request.err
}

// requestKeys is keysOtherThan without the wait. The request is under way when it
// returns, so that nobody asks a second time.
func (s *Session) requestKeys(old *oauth.KeySet, patient bool) *keysRequest {
	now := s.platform.Now().Monotonic
	s.mu.Lock()
	defer s.mu.Unlock()
	k := &s.keys
	if old == nil && now >= k.until {
		k.set = nil
	}
	switch {
	case k.set != old:
		return answered(k.set, nil)
	case k.fetching != nil:
		return k.fetching
	case old != nil && now < k.renewAfter:
		return answered(old, nil)
	case old == nil && !patient && now < k.askAfter:
		return answered(nil, keysFailed(&oauth.Error{Message: "the server's keys could not be fetched less than a minute ago"}))
	}
	if old != nil {
		k.renewAfter = now + keysInterval
	}
	request := &keysRequest{done: make(chan struct{})}
	k.fetching = request
	s.platform.Go(func() { s.fetchKeys(request, patient) }, func(err error) { s.fetchedKeys(request, nil, err) })
	return request
}

// answered is a request that needs no asking.
func answered(set *oauth.KeySet, err error) *keysRequest {
	request := &keysRequest{done: make(chan struct{}), set: set, err: err}
	close(request.done)
	return request
}

// fetchKeys asks for the keys; if it is patient, again after a failure that may pass.
func (s *Session) fetchKeys(running *keysRequest, patient bool) {
	server, err := s.verifiable()
	if err != nil {
		s.fetchedKeys(running, nil, err)
		return
	}
	var delays []int64
	if patient {
		delays = keysDelays
	}
	set, err := s.fetchKeysWithin(s.config.Timeout, server, delays)
	s.distrust(err)
	s.fetchedKeys(running, set, err)
}

func (s *Session) fetchKeysWithin(limit int64, server *oauth.Server, delays []int64) (*oauth.KeySet, error) {
	end := s.platform.Now().Monotonic + limit
	for {
		set, err := oauth.FetchKeys(s.platform.Transport(limit), server.JWKSURI)
		if err == nil || len(delays) == 0 || !ownError(err).Retryable {
			return set, err
		}
		limit = end - s.platform.Now().Monotonic - delays[0]
		if limit <= 0 {
			return nil, err
		}
		s.pause(delays[0])
		delays = delays[1:]
	}
}

func (s *Session) fetchedKeys(running *keysRequest, set *oauth.KeySet, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keys.fetching = nil
	now := s.platform.Now().Monotonic
	if err == nil {
		s.keys.set, s.keys.until = set, now+keysLifetime
		running.set = set
	} else {
		s.keys.askAfter = now + keysInterval
		running.err = keysFailed(err)
	}
	close(running.done)
}

func (s *Session) pause(delay int64) {
	over := make(chan struct{})
	s.platform.After(delay, func() { close(over) })
	<-over
}

// keysFailed is a failure to get the keys, whatever kind of failure it was.
func keysFailed(err error) error {
	failed := ownError(err)
	failed.Code, failed.Reason = oauth.CodeIDToken, "keys"
	return failed
}

// ownError is a copy of err that may be changed.
func ownError(err error) *oauth.Error {
	own := oauth.Error{Code: oauth.CodeCrashed, Message: "the module failed unexpectedly"}
	if typed, ok := err.(*oauth.Error); ok {
		own = *typed
	}
	return &own
}
