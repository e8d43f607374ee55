package oauth_test

import (
	"crypto/sha512"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pkcewasm/pkcewasm/internal/oauth"
	"github.com/pkcewasm/pkcewasm/internal/oauthtest"
)

const (
	redirectURI = "https://app.example/callback"
	appOrigin   = "https://app.example"
)

// transportCodes are those of errors that the transport makes. Whether a refresh
// may be retried after them is not decided in this package.
var transportCodes = []string{"network", "timeout", "redirect", "too_large"}

// TestFaultTable runs every row of sections A to D of the fault catalogue
// against a real server that misbehaves: the exchange and the refresh have
// exactly the listed outcome, no error tells a secret, nothing follows a
// redirect, no code and no refresh token is spent twice, and after a fault that
// keeps the session the next refresh works.
func TestFaultTable(t *testing.T) {
	srv := oauthtest.New(t, oauthtest.Options{})
	for _, row := range oauthtest.Rows() {
		for _, c := range row.Cases {
			if c.Exchange != nil {
				t.Run("exchange/"+c.Name, func(t *testing.T) { exchangeCase(t, srv, c) })
			}
			if c.Refresh != nil {
				t.Run("refresh/"+c.Name, func(t *testing.T) { refreshCase(t, srv, c) })
			}
		}
	}
}

// TestCallbackFaultTable runs every row of section L.
func TestCallbackFaultTable(t *testing.T) {
	srv := oauthtest.New(t, oauthtest.Options{})
	for _, row := range oauthtest.Rows() {
		for _, c := range row.Cases {
			if c.Callback != nil {
				t.Run(c.Name, func(t *testing.T) { callbackCase(t, srv, c) })
			}
		}
	}
}

func exchangeCase(t *testing.T, srv *oauthtest.Server, c oauthtest.Case) {
	s := newSession(t, srv, c)
	callback := s.authorize(t)
	srv.Script(c.Endpoint, c.Faults...)

	tokens, err := s.within(c.DeadlineMS).exchange(t, callback)
	checkOutcome(t, s, *c.Exchange, tokens, err)
	if err != nil && c.Endpoint == "token" {
		assert.False(t, asError(t, err).Retryable, "a code may never be sent again")
	}
	if c.Endpoint == "jwks" {
		srv.Unscript() // a fault of the keys stays
	}
	report := srv.Report()
	assert.Equal(t, 1, report.CodeExchanges)
	checkLedger(t, s)
}

func refreshCase(t *testing.T, srv *oauthtest.Server, c oauthtest.Case) {
	s := newSession(t, srv, c)
	tokens, err := s.exchange(t, s.authorize(t))
	require.NoError(t, err)
	refreshToken := tokens.RefreshToken
	srv.Script(c.Endpoint, c.Faults...)

	for range c.Faults {
		tokens, err = s.within(c.DeadlineMS).refresh(refreshToken)
		checkOutcome(t, s, *c.Refresh, tokens, err)
		if err != nil && !slices.Contains(transportCodes, c.Refresh.Code) {
			assert.Equal(t, c.Refresh.Retry != oauthtest.Never, asError(t, err).Retryable)
		}
		if tokens != nil && !tokens.RefreshToken.IsZero() {
			refreshToken = tokens.RefreshToken
		}
	}
	if c.Refresh.Session == "kept" {
		// An answer that this side gave up may still be under way there.
		s.srv.Ledger.Wait("", 10*time.Second, func([]oauthtest.Entry) bool { return s.srv.Report().UnderWay == 0 })
		_, err = s.refresh(refreshToken)
		assert.NoError(t, err, "the session is kept, so the next refresh works")
	}
	checkLedger(t, s)
}

func callbackCase(t *testing.T, srv *oauthtest.Server, c oauthtest.Case) {
	s := newSession(t, srv, c)
	srv.Script(c.Endpoint, c.Faults...)

	response, err := oauth.ParseCallback(s.authorize(t), s.expectation())
	want := *c.Callback
	if want.Code == "" {
		require.NoError(t, err)
		if want.Value != "" {
			assert.Equal(t, want.Value, response.Code.Reveal())
		}
		return
	}
	checkError(t, s, want, err)
	assert.Zero(t, srv.Report().TokenRequests)
}

// session is a client in the middle of a sign-in.
type session struct {
	srv                    *oauthtest.Server
	server                 *oauth.Server
	transport              oauth.Transport
	verifier, state, nonce string
	claims                 *oauth.Claims // of the first ID token
}

// newSession resets the server. It has a grace window, so that a refresh token
// whose successor got lost can be sent again.
func newSession(t *testing.T, srv *oauthtest.Server, c oauthtest.Case) *session {
	t.Helper()
	srv.Reset()
	srv.Configure(func(o *oauthtest.Settings) { o.Rotation = oauthtest.Grace(60) })
	if c.Settings != nil {
		srv.Configure(c.Settings)
	}
	s := &session{
		srv: srv, transport: fetchTransport{oauthtest.Fetch{Origin: appOrigin, Timeout: 10 * time.Second}},
		verifier: strings.Repeat("v", 43), state: "state-of-this-request", nonce: "nonce-of-this-request",
	}
	var err error
	s.server, err = oauth.Discover(s.transport, srv.Issuer, oauth.Policy{AllowLoopbackHTTP: true})
	require.NoError(t, err)
	return s
}

// within is the same session with another deadline, in ms, if that is not 0.
func (s *session) within(deadline int) *session {
	if deadline == 0 {
		return s
	}
	hurried := *s
	hurried.transport = fetchTransport{oauthtest.Fetch{Origin: appOrigin, Timeout: time.Duration(deadline) * time.Millisecond}}
	return &hurried
}

func (s *session) authorize(t *testing.T) string {
	t.Helper()
	challenge, err := oauth.Challenge(s.verifier)
	require.NoError(t, err)
	url, err := oauth.AuthorizationURL(s.server, &oauth.AuthorizationRequest{
		ClientID: oauthtest.DefaultClient, RedirectURI: redirectURI, Scope: "openid profile",
		State: s.state, Nonce: s.nonce, CodeChallenge: challenge,
	})
	require.NoError(t, err)
	callback, err := s.srv.Authorize(url)
	require.NoError(t, err)
	return callback
}

func (s *session) expectation() oauth.CallbackExpectation {
	return oauth.CallbackExpectation{State: s.state, Issuer: s.server.Issuer, IssRequired: s.server.IssParameterSupported}
}

func (s *session) exchange(t *testing.T, callback string) (*oauth.Tokens, error) {
	t.Helper()
	response, err := oauth.ParseCallback(callback, s.expectation())
	require.NoError(t, err)
	tokens, err := oauth.Exchange(s.transport, s.server, &oauth.CodeRequest{
		ClientID: oauthtest.DefaultClient, RedirectURI: redirectURI, Code: response.Code, CodeVerifier: oauth.NewSecret(s.verifier),
	})
	if err != nil {
		return nil, err
	}
	if s.claims, err = oauth.ParseIDToken(tokens.IDToken, s.idToken(tokens)); err != nil {
		return tokens, err
	}
	return tokens, s.verify(tokens)
}

// verify fetches the keys anew, as nothing here keeps any.
func (s *session) verify(tokens *oauth.Tokens) error {
	keys, err := oauth.FetchKeys(s.transport, s.server.JWKSURI)
	if err != nil {
		return err
	}
	return oauth.VerifyIDToken(nativeVerifier{}, keys, tokens.IDToken, tokens.AccessToken)
}

func (s *session) refresh(token oauth.Secret) (*oauth.Tokens, error) {
	tokens, err := oauth.Refresh(s.transport, s.server, &oauth.RefreshRequest{ClientID: oauthtest.DefaultClient, RefreshToken: token})
	if err != nil {
		return nil, err
	}
	if !tokens.IDToken.IsZero() {
		want := s.idToken(tokens)
		want.Refresh, want.Subject, want.AuthTime = true, s.claims.Subject, s.claims.AuthTime
		if _, err = oauth.ParseIDToken(tokens.IDToken, want); err == nil {
			err = s.verify(tokens)
		}
	}
	return tokens, err
}

func (s *session) idToken(tokens *oauth.Tokens) oauth.IDTokenExpectation {
	return oauth.IDTokenExpectation{
		Issuer: s.server.Issuer, ClientID: oauthtest.DefaultClient, Nonce: s.nonce, NowMS: time.Now().UnixMilli(),
		MaxAge: -1, AccessToken: tokens.AccessToken,
	}
}

func checkOutcome(t *testing.T, s *session, want oauthtest.Outcome, tokens *oauth.Tokens, err error) {
	t.Helper()
	if want.Code != "" {
		checkError(t, s, want, err)
		return
	}
	require.NoError(t, err)
	assert.False(t, tokens.AccessToken.IsZero())
	assert.Equal(t, "Bearer", tokens.TokenType)
	if want.ExpiresIn != nil {
		assert.Equal(t, *want.ExpiresIn, tokens.ExpiresIn)
	}
	if want.Scope != nil {
		assert.Equal(t, *want.Scope, tokens.Scope)
		assert.True(t, tokens.HasScope)
	}
	if want.Diagnostic == "" {
		assert.Empty(t, tokens.Diagnostics)
	} else {
		assert.Contains(t, tokens.Diagnostics, want.Diagnostic)
	}
}

func checkError(t *testing.T, s *session, want oauthtest.Outcome, err error) {
	t.Helper()
	got := asError(t, err)
	if want.Code == "login_required" {
		want.Code = "oauth" // what only the user can mend is a decision of internal/session
	}
	assert.Equal(t, want.Code, string(got.Code))
	if want.Reason != "" {
		assert.Equal(t, want.Reason, got.Reason)
	}
	assert.Equal(t, want.OAuthError, got.OAuthError)
	if want.Status != 0 {
		assert.Equal(t, want.Status, got.Status)
	}
	if want.RetryAfter > 1 {
		assert.InDelta(t, want.RetryAfter, got.RetryAfter, 1, "Retry-After") // a date has whole seconds
	} else {
		assert.Equal(t, want.RetryAfter, got.RetryAfter, "Retry-After")
	}
	assert.LessOrEqual(t, len(got.Description), 256)
	assert.NotContains(t, got.Description, "\u202e")
	detail, _ := json.Marshal(got)
	for _, text := range []string{err.Error(), string(detail), fmt.Sprintf("%v %+v %#v", got, got, got)} {
		assert.NotContains(t, text, "Something went wrong", "the body of the answer is in the error")
		for _, secret := range append(s.srv.Ledger.Secrets(), s.verifier) {
			if strings.Contains(text, secret[:min(len(secret), 24)]) {
				t.Errorf("%q is in the error %q", secret, text)
			}
		}
	}
}

func checkLedger(t *testing.T, s *session) {
	t.Helper()
	report := s.srv.Report()
	assert.Zero(t, report.Thief, "something followed a redirect")
	assert.Zero(t, report.Reuse)
	assert.Zero(t, report.CodeReuse)
	assert.Zero(t, report.Overlapping)
	assert.Zero(t, report.Preflights)
	assert.Zero(t, report.PendingFaults, "a scripted fault was not met")
	for _, e := range s.srv.Ledger.Entries("token") {
		assert.Equal(t, "POST", e.Method)
		assert.Equal(t, "/token", e.URI, "credentials belong into the body")
		assert.Equal(t, "application/x-www-form-urlencoded;charset=UTF-8", e.Header.Get("Content-Type"))
		assert.Equal(t, oauthtest.DefaultClient, e.ClientID)
		assert.Empty(t, e.Header.Get("Cookie"))
	}
}

func asError(t *testing.T, err error) *oauth.Error {
	t.Helper()
	require.Error(t, err)
	var e *oauth.Error
	require.ErrorAs(t, err, &e)
	return e
}

// nativeVerifier verifies with the standard library.
type nativeVerifier struct{}

func (nativeVerifier) Verify(algorithm string, key *oauth.PublicKey, signed string, signature []byte) (bool, error) {
	jwk := map[string]string{"n": key.N, "e": key.E, "x": key.X, "y": key.Y}
	return oauthtest.Verify(algorithm, jwk, signed, signature), nil
}

func (nativeVerifier) SHA512(data string) ([]byte, error) {
	hash := sha512.Sum512([]byte(data))
	return hash[:], nil
}

// fetchTransport carries requests as a page would.
type fetchTransport struct{ fetch oauthtest.Fetch }

func (t fetchTransport) Send(r *oauth.Request) (*oauth.Response, error) {
	header := http.Header{}
	for _, h := range r.Headers {
		header.Set(h.Name, h.Value)
	}
	res, err := t.fetch.Do(r.Method, r.URL, header, r.Body.Reveal())
	if err != nil {
		kind := err.(oauthtest.FetchError)
		return nil, &oauth.Error{Code: oauth.Code(kind), Message: "the request failed", Retryable: true}
	}
	var headers []oauth.Header
	for _, name := range []string{"Content-Type", "Date", "DPoP-Nonce", "Retry-After", "WWW-Authenticate"} {
		headers = append(headers, oauth.Header{Name: name, Value: res.Header(name)})
	}
	return &oauth.Response{Status: res.Status, Headers: headers, Body: res.Body, ReceivedAt: res.ReceivedAt.UnixMilli()}, nil
}
