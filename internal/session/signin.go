package session

import (
	"slices"

	"github.com/pkcewasm/pkcewasm/internal/oauth"
)

// transaction is one authorization request until its response comes back.
type transaction struct {
	State        string
	CodeVerifier oauth.Secret
	Nonce        string
	Issuer       string
	RedirectURI  string
	Scope        string
	ReturnTo     string
	MaxAge       int64  // seconds, -1 if not asked for
	Key          string // that the tokens are to be bound to, "" for none
	CreatedAt    int64  // ms since the epoch
}

const (
	transactionLifetime = 600 * second
	maxTransactions     = 10
)

// transactions are the authorization requests that only this realm knows.
// Each is used once.
type transactions struct {
	open []*transaction
	used []string // the states of finished ones, the latest last
}

// add keeps a transaction, dropping the oldest beyond maxTransactions.
func (t *transactions) add(tx *transaction) {
	t.sweep(tx.CreatedAt)
	t.open = append(t.open, tx)
	if len(t.open) > maxTransactions {
		t.open = t.open[1:]
	}
}

// take removes and returns the transaction of a state; nil if there is none.
func (t *transactions) take(state string) *transaction {
	for i, tx := range t.open {
		if tx.State == state {
			t.open = slices.Delete(t.open, i, i+1)
			return tx
		}
	}
	return nil
}

// sweep forgets transactions that nobody came back for.
func (t *transactions) sweep(now int64) {
	t.open = slices.DeleteFunc(t.open, func(tx *transaction) bool { return now-tx.CreatedAt > 2*transactionLifetime })
}

// spend records that a state has been used.
func (t *transactions) spend(state string) {
	t.used = append(t.used, state)
	if len(t.used) > maxTransactions {
		t.used = t.used[1:]
	}
}

// restore takes back that a transaction was used, and keeps it again if it was
// kept here.
func (t *transactions) restore(tx *transaction, kept bool) {
	t.used = slices.DeleteFunc(t.used, func(state string) bool { return state == tx.State })
	if kept {
		t.open = append(t.open, tx)
	}
}

// SignInOptions are the wishes of one sign-in (OpenID Connect Core section 3.1.2.1).
type SignInOptions struct {
	Window    string // where the response arrives: "popup", "frame", or "" for the page itself
	ReturnTo  string
	Prompt    string
	LoginHint string
	ACRValues string
	UILocales string
	MaxAge    int64 // seconds, -1 for none
	Params    []oauth.Param
	Keep      bool // the transaction is kept here; otherwise the page gets it to keep
}

// SignIn starts an authorization request. It returns the URL to navigate to,
// the state, and, unless the transaction is kept here, the transaction.
func (s *Session) SignIn(options SignInOptions) (url string, tx *transaction, err error) {
	server, err := s.signInServer() // what is missing is found out before the user leaves
	if err != nil {
		return "", nil, err
	}
	tx, err = s.newTransaction(server, options)
	if err != nil {
		return "", nil, err
	}
	if tx.Key, err = s.newKey(server, options.Keep); err != nil {
		return "", nil, err
	}
	challenge, err := oauth.Challenge(tx.CodeVerifier.Reveal())
	if err != nil {
		return "", nil, err
	}
	url, err = s.authorizationURL(server, &oauth.AuthorizationRequest{
		ClientID:      s.config.ClientID,
		RedirectURI:   tx.RedirectURI,
		Scope:         tx.Scope,
		State:         tx.State,
		CodeChallenge: challenge,
		Nonce:         tx.Nonce,
		ResponseMode:  s.config.ResponseMode,
		KeyThumbprint: thumbprint(tx.Key),
		Params:        s.params(options),
	})
	if err != nil {
		s.distrust(err)
		s.eraseKey(tx.Key)
		return "", nil, err
	}
	if options.Keep {
		s.mu.Lock()
		s.transactions.add(tx)
		s.mu.Unlock()
	}
	return url, tx, nil
}

// thumbprint is the `dpop_jkt` of a key, "" of none.
func thumbprint(key string) string {
	if key == "" {
		return ""
	}
	return oauth.KeyThumbprint(key)
}

func (s *Session) newTransaction(server *oauth.Server, options SignInOptions) (*transaction, error) {
	random, err := s.platform.Random(96)
	if err != nil {
		return nil, err
	}
	verifier, err := oauth.NewVerifier(random[:32])
	if err != nil {
		return nil, err
	}
	state, err := oauth.NewState(random[32:64])
	if err != nil {
		return nil, err
	}
	if options.Window != "" {
		state += "." + options.Window // by which the page that the response arrives at knows that another one waits for it
	}
	tx := &transaction{
		State: state, CodeVerifier: oauth.NewSecret(verifier), Issuer: server.Issuer,
		RedirectURI: s.config.RedirectURI, Scope: s.config.Scope, ReturnTo: options.ReturnTo,
		MaxAge: options.MaxAge, CreatedAt: s.platform.Now().Wall,
	}
	if options.Window != "" {
		tx.RedirectURI = s.config.PopupRedirectURI
	}
	if oauth.HasScope(tx.Scope, "openid") {
		tx.Nonce, err = oauth.NewNonce(random[64:])
	}
	return tx, err
}

// params are the request's additional parameters; those of the call win over
// those of the configuration.
func (s *Session) params(options SignInOptions) []oauth.Param {
	params := slices.Clone(options.Params)
	add := func(name, value string) {
		if value != "" {
			params = append(params, oauth.Param{Name: name, Value: value})
		}
	}
	add("prompt", options.Prompt)
	add("login_hint", options.LoginHint)
	add("acr_values", options.ACRValues)
	add("ui_locales", options.UILocales)
	if options.MaxAge >= 0 {
		add("max_age", decimal(options.MaxAge))
	}
	asked := params
	for _, param := range s.config.Params {
		if !slices.ContainsFunc(asked, func(p oauth.Param) bool { return p.Name == param.Name }) {
			params = append(params, param)
		}
	}
	return params
}

// Callback takes the authorization response in url, redeems its code and makes
// the result the session. stored is the transaction the page kept, nil if it is
// kept here. It returns where the application wanted to go on.
//
// The errors are in the order of the checks: callback, state, issuer,
// authorization, then those of the token request and the ID token. A response
// with an unknown state uses nothing up. Neither does a failure that is
// retryable, and no other is: the same call may succeed later.
func (s *Session) Callback(url string, stored *transaction, consumed bool) (returnTo string, err error) {
	s.mu.Lock()
	epoch := s.epoch
	s.mu.Unlock()
	state, err := oauth.CallbackState(url, s.config.ResponseMode)
	if err != nil {
		return "", err
	}
	server, err := s.signInServer() // first, so that its failure uses nothing up
	if err != nil {
		return "", later(err)
	}
	tx, err := s.transactionOf(state, stored, consumed)
	if err != nil {
		return "", err
	}
	fresh, err := s.redeem(server, tx, url)
	if err != nil {
		if unsent(err) {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.transactions.restore(tx, tx != stored)
			return "", err
		}
		s.eraseKey(tx.Key)
		return "", final(err)
	}
	return tx.ReturnTo, s.start(fresh, epoch)
}

// redeem checks an authorization response against its transaction and exchanges
// the code.
func (s *Session) redeem(server *oauth.Server, tx *transaction, url string) (*Held, error) {
	response, err := oauth.ParseCallback(url, oauth.CallbackExpectation{
		State: tx.State, Issuer: tx.Issuer, IssRequired: server.IssParameterSupported, ResponseMode: s.config.ResponseMode,
	})
	if err != nil {
		return nil, err
	}
	if tx.Nonce != "" {
		s.prefetchKeys()
	}
	tokens, err := oauth.Exchange(s.transport(tx.Key, oauth.Secret{}, true), server, &oauth.CodeRequest{
		ClientID: s.config.ClientID, RedirectURI: tx.RedirectURI, Code: response.Code, CodeVerifier: tx.CodeVerifier,
		Params: s.config.TokenParams, Bound: tx.Key != "",
	})
	if err != nil {
		return nil, err
	}
	received := s.platform.Now()
	claims, err := s.signInClaims(tokens, tx, received)
	if err != nil {
		return nil, err
	}
	fresh := &Held{Tokens: *tokens, Claims: claims, Granted: grantedScope(tokens, tx.Scope), Received: received, Key: tx.Key}
	if err := s.bind(fresh, ""); err != nil {
		s.discard(fresh)
		return nil, err
	}
	return fresh, nil
}

// later says of an error of discovery that the same callback may be tried again,
// even where discovery itself would not be.
func later(err error) error {
	typed, ok := err.(*oauth.Error)
	if !ok || typed.Code != oauth.CodeDiscovery {
		return err
	}
	again := *typed
	again.Retryable = true
	return &again
}

// unsent reports whether an error says that the code was not sent.
func unsent(err error) bool {
	typed, ok := err.(*oauth.Error)
	return ok && typed.Reason == "offline"
}

// final is an error of a callback that has been used up.
func final(err error) error {
	typed, ok := err.(*oauth.Error)
	if !ok || !typed.Retryable {
		return err
	}
	ended := *typed
	ended.Retryable = false
	return &ended
}

// transactionOf finds and uses up the transaction of a state.
func (s *Session) transactionOf(state string, stored *transaction, consumed bool) (*transaction, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	tx := s.transactions.take(state)
	if tx == nil && stored != nil && stored.State == state {
		tx = stored
	}
	if slices.Contains(s.transactions.used, state) || tx == nil && consumed {
		return nil, stateError("consumed", "this authorization response was used already")
	}
	if tx == nil {
		return nil, stateError("unknown", "no sign-in of this browser waits for this authorization response")
	}
	s.transactions.spend(state)
	if age := s.platform.Now().Wall - tx.CreatedAt; age > transactionLifetime {
		return nil, stateError("expired", "the sign-in took longer than ten minutes")
	}
	if tx.Issuer != s.config.Issuer || tx.RedirectURI != s.config.RedirectURI && tx.RedirectURI != s.config.PopupRedirectURI {
		return nil, stateError("unknown", "the sign-in was started with another configuration")
	}
	return tx, nil
}

// signInClaims checks the ID token of a sign-in and its signature; nil without
// one, which is right only if the request did not ask for one.
func (s *Session) signInClaims(tokens *oauth.Tokens, tx *transaction, received Instant) (*oauth.Claims, error) {
	claims, err := Claims(tokens, oauth.IDTokenExpectation{
		Issuer: s.config.Issuer, ClientID: s.config.ClientID, Nonce: tx.Nonce, NowMS: received.Wall,
		MaxAge: tx.MaxAge, AccessToken: tokens.AccessToken,
	})
	if err != nil || claims == nil {
		return nil, err
	}
	if err := s.verify(tokens, true); err != nil {
		return nil, spent(err)
	}
	return claims, nil
}

// spent is an error after the code was redeemed: it cannot be redeemed again, so
// that only a new sign-in helps.
func spent(err error) error {
	ended := ownError(err)
	if ended.Retryable {
		ended.Retryable = false
		ended.Message += "; the authorization code is spent, so start a new sign-in"
	}
	return ended
}

func stateError(reason, message string) *oauth.Error {
	return &oauth.Error{Code: oauth.CodeState, Reason: reason, Message: message + "; start a new sign-in"}
}
