package session

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pkcewasm/pkcewasm/internal/oauth"
	"github.com/pkcewasm/pkcewasm/internal/oauthtest"
)

// keyring is a Keychain on this machine.
type keyring struct {
	mu     sync.Mutex // guards what follows
	keys   map[string]oauthtest.ProofKey
	stored map[string]bool
	erased []string
	mute   error // why it does not sign
	stuck  bool  // signing takes too long
	refuse bool  // to store
}

func (k *keyring) Create() (string, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.mute != nil {
		return "", k.mute
	}
	key := oauthtest.NewProofKey()
	k.keys[key.Name()] = key
	return key.Name(), nil
}

func (k *keyring) Sign(name, text string, limit int64) (string, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.stuck {
		time.Sleep(time.Duration(limit) * time.Millisecond)
		return "", errors.New("late")
	}
	key, ok := k.keys[name]
	if !ok {
		return "", k.mute
	}
	return key.SignText(text), k.mute
}

func (k *keyring) Store(name string) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.refuse {
		return errors.New("no")
	}
	k.stored[name] = true
	return nil
}

func (k *keyring) Erase(name string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.keys, name)
	delete(k.stored, name)
	k.erased = append(k.erased, name)
}

func (k *keyring) count() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return len(k.keys)
}

// online is a Platform on this machine, whose requests go out as those of a page.
type online struct{ *bubble }

func (o online) Transport(timeout int64) oauth.Transport {
	return wire{oauthtest.Fetch{Origin: "https://app.example", Timeout: time.Duration(timeout) * time.Millisecond}}
}

type wire struct{ fetch oauthtest.Fetch }

func (w wire) Send(r *oauth.Request) (*oauth.Response, error) {
	header := http.Header{}
	for _, h := range r.Headers {
		header.Set(h.Name, h.Value)
	}
	response, err := w.fetch.Do(r.Method, r.URL, header, r.Body.Reveal())
	if failed, ok := err.(oauthtest.FetchError); ok {
		return nil, &oauth.Error{Code: oauth.Code(failed), Message: "no answer", Retryable: true}
	} else if err != nil {
		return nil, err
	}
	return &oauth.Response{Status: response.Status, Headers: headersOf(response.Header), Body: response.Body, ReceivedAt: response.ReceivedAt.UnixMilli()}, nil
}

// proving is a client that proves possession to a server of oauthtest.
type proving struct {
	*client
	keys *keyring
	srv  *oauthtest.Server
}

func newProving(t *testing.T, srv *oauthtest.Server, mode string) *proving {
	t.Helper()
	config, err := ParseConfig(`{"issuer":"` + srv.Issuer + `","clientId":"test-spa","redirectUri":"` + redirect +
		`","allowLoopbackHttp":true,"timeoutMs":5000,"refresh":{"auto":false},"dpop":"` + mode + `"}`)
	require.NoError(t, err)
	p := &proving{client: &client{bubble: &bubble{t: t}}, srv: srv, keys: &keyring{keys: map[string]oauthtest.ProofKey{}, stored: map[string]bool{}}}
	p.Session = New(config, online{p.bubble}, p.bubble, nil, func(event string) { p.hear(t, event) })
	p.Bind(p.keys)
	t.Cleanup(p.Close)
	return p
}

// signIn signs in and returns the error of the callback.
func (p *proving) signIn(t *testing.T) error {
	t.Helper()
	address, _, err := p.SignIn(SignInOptions{MaxAge: -1, Keep: true})
	if err != nil {
		return err
	}
	callback, err := p.srv.Authorize(address)
	require.NoError(t, err)
	_, err = p.Callback(callback, nil, false)
	return err
}

func (p *proving) refreshNow() error {
	_, err := p.refresher.Token(Demand{Force: true})
	return err
}

func outcomeOf(err error) string {
	if err == nil {
		return ""
	}
	e := ownError(err)
	return string(e.Code) + "{" + e.Reason + "}"
}

func proofServer(t *testing.T, mode oauthtest.DPoP) *oauthtest.Server {
	t.Helper()
	return oauthtest.New(t, oauthtest.Options{Settings: oauthtest.Settings{DPoP: mode}})
}

var required = oauthtest.DPoP{Mode: oauthtest.ProofsRequired}

// TestProofsOfOneSession: every request to the token endpoint and to userinfo
// carries a proof of its own, by one key, which the code is bound to.
func TestProofsOfOneSession(t *testing.T) {
	for _, nonces := range []oauthtest.NonceMode{"", oauthtest.FixedNonce, oauthtest.RotatingNonce} {
		t.Run("nonces "+string(nonces), func(t *testing.T) {
			srv := proofServer(t, oauthtest.DPoP{Mode: oauthtest.ProofsRequired, Nonce: nonces})
			p := newProving(t, srv, "required")
			require.NoError(t, p.signIn(t))
			for range 3 {
				require.NoError(t, p.refreshNow())
			}
			_, err := p.UserInfo()
			require.NoError(t, err)
			_, err = p.UserInfo()
			require.NoError(t, err)

			authorization, err := url.Parse(srv.Ledger.Entries("authorize")[0].URI)
			require.NoError(t, err)
			thumbprint := authorization.Query().Get("dpop_jkt")
			require.NotEmpty(t, thumbprint)
			demands, ids := 0, map[string]bool{}
			for _, e := range append(srv.Ledger.Entries("token"), srv.Ledger.Entries("userinfo")...) {
				require.NotNil(t, e.Proof)
				require.Equal(t, thumbprint, e.Proof.Print)
				require.False(t, ids[e.Proof.ID], "a jti twice")
				require.Len(t, e.Proof.ID, 43)
				ids[e.Proof.ID] = true
				require.Equal(t, e.Endpoint == "userinfo", e.Proof.Token != "")
				if e.Proof.Problem == "nonce" {
					demands++
					continue
				}
				require.Empty(t, e.Proof.Problem)
			}
			want := 2 // one for each kind of server, at the one origin
			if nonces == "" {
				want = 0
			}
			require.Equal(t, want, demands)
			require.Equal(t, min(want, 1), srv.Report().CodeReuse, "the demand of a nonce alone repeats a code")
			require.Zero(t, srv.Report().Reuse)
			require.Equal(t, 1, p.keys.count())
			p.SignOut(SignOutOptions{Local: true})
			require.Eventually(t, func() bool { return p.keys.count() == 0 }, 5*time.Second, time.Millisecond)
		})
	}
}

// TestProofFaults are the rows F-P1 to F-P6 and F-80 of the fault catalogue.
func TestProofFaults(t *testing.T) {
	for _, row := range oauthtest.ProofRows() {
		for _, c := range row.Cases {
			t.Run("exchange/"+c.Name, func(t *testing.T) { exchangeWithProof(t, c) })
			t.Run("refresh/"+c.Name, func(t *testing.T) { refreshWithProof(t, c) })
		}
	}
}

func exchangeWithProof(t *testing.T, c oauthtest.Case) {
	srv := proofServer(t, required)
	if c.Settings != nil {
		srv.Configure(c.Settings)
	}
	p := newProving(t, srv, c.DPoP)
	srv.Script(c.Endpoint, c.Faults...)
	err := p.signIn(t)
	require.Equal(t, c.Exchange.Code, string(codeOf(err)))
	checkProofs(t, p, c, c.Exchange, err, 0)
	if err != nil {
		require.Nil(t, p.refresher.Held())
		require.Eventually(t, func() bool { return p.keys.count() == 0 }, 5*time.Second, time.Millisecond)
	}
}

func refreshWithProof(t *testing.T, c oauthtest.Case) {
	srv := proofServer(t, required)
	p := newProving(t, srv, c.DPoP)
	require.NoError(t, p.signIn(t))
	before := len(srv.Ledger.Entries("token"))
	if c.Settings != nil {
		srv.Configure(c.Settings)
	}
	srv.Script(c.Endpoint, c.Faults...)
	err := p.refreshNow()
	require.Equal(t, c.Refresh.Code, string(codeOf(err)))
	checkProofs(t, p, c, c.Refresh, err, before)
	require.Equal(t, c.Refresh.Session == "kept", p.refresher.Held() != nil)
	require.Zero(t, srv.Report().Reuse)
}

func checkProofs(t *testing.T, p *proving, c oauthtest.Case, want *oauthtest.Outcome, err error, before int) {
	t.Helper()
	entries := p.srv.Ledger.Entries("token")[before:]
	require.Len(t, entries, want.Requests)
	if len(entries) == 2 {
		require.NotEqual(t, entries[0].Proof.ID, entries[1].Proof.ID)
		require.Equal(t, entries[0].Body, entries[1].Body)
	}
	degraded := 0
	for _, event := range p.events {
		if event["type"] == Degraded && event["feature"] == "dpop" {
			degraded++
		}
	}
	require.Equal(t, want.Diagnostic == "dpop", degraded > 0)
	if err == nil {
		return
	}
	e := ownError(err)
	require.Equal(t, want.Reason, e.Reason)
	require.False(t, e.Retryable)
	for _, secret := range p.srv.Ledger.Secrets() {
		require.NotContains(t, e.Error()+e.Description, secret)
	}
	if want.Reason == "nonce_hidden" {
		require.Contains(t, e.Message, "Access-Control-Expose-Headers")
	}
}

// TestRecordsThatDoNotGoWithTheConfiguration were stored before it changed.
func TestRecordsThatDoNotGoWithTheConfiguration(t *testing.T) {
	record := func(tokenType string) string {
		v := &vault{issuer: "https://op.example", clientID: "spa"}
		return v.encode(&Held{Tokens: oauth.Tokens{AccessToken: oauth.NewSecret("a"), TokenType: tokenType, RefreshToken: oauth.NewSecret("r"), ExpiresIn: 60}})
	}
	for mode, taken := range map[string][]string{"off": {"Bearer"}, "preferred": {"Bearer", "DPoP"}, "required": {"DPoP"}} {
		v := &vault{issuer: "https://op.example", clientID: "spa", dpop: mode}
		for _, tokenType := range []string{"Bearer", "DPoP"} {
			require.Equal(t, slices.Contains(taken, tokenType), v.decode(record(tokenType), Instant{}) != nil, "%s %s", mode, tokenType)
		}
	}
}

// TestPreflightOfAProofIsRejected is F-T5: a header that is not safelisted makes a
// browser ask first.
func TestPreflightOfAProofIsRejected(t *testing.T) {
	reject := func(s *oauthtest.Settings) { s.CORS.RejectPreflight = true }
	srv := proofServer(t, required)
	p := newProving(t, srv, "required")
	require.NoError(t, p.signIn(t))
	sent := len(srv.Ledger.Entries("token"))
	srv.Configure(reject)
	_, err := p.refresh(p.refresher.Held())
	require.Equal(t, oauth.CodeNetwork, codeOf(err))
	require.True(t, ownError(err).Retryable)
	require.NotNil(t, p.refresher.Held())

	other := newProving(t, srv, "required")
	require.Equal(t, oauth.CodeNetwork, codeOf(other.signIn(t)))
	require.Len(t, srv.Ledger.Entries("token"), sent, "nothing is sent")
}

// TestNonceOfAnAnswer is F-P4: it is sent with the next proof.
func TestNonceOfAnAnswer(t *testing.T) {
	srv := proofServer(t, required)
	p := newProving(t, srv, "required")
	srv.Script("token", oauthtest.Fault{Header: http.Header{"DPoP-Nonce": {"n4"}}})
	require.NoError(t, p.signIn(t))
	require.NoError(t, p.refreshNow())
	_, err := p.UserInfo()
	require.NoError(t, err)
	proofs := append(srv.Ledger.Proofs("token"), srv.Ledger.Proofs("userinfo")...)
	require.Len(t, proofs, 3)
	require.Equal(t, []string{"", "n4", ""}, []string{proofs[0].Nonce, proofs[1].Nonce, proofs[2].Nonce}, "a resource server is another one")
}

// TestProofsThatCannotBeMade is F-P7 and F-P9, and where the server does not want any.
func TestProofsThatCannotBeMade(t *testing.T) {
	t.Run("the key is lost at a refresh", func(t *testing.T) {
		p := newProving(t, proofServer(t, required), "required")
		require.NoError(t, p.signIn(t))
		p.keys.Erase(p.refresher.Held().Key)
		sent := len(p.srv.Ledger.Entries("token"))
		require.Equal(t, "dpop{key_lost}", outcomeOf(p.refreshNow()))
		require.Nil(t, p.refresher.Held())
		require.Equal(t, "key_lost", p.events[len(p.events)-1]["reason"])
		require.Len(t, p.srv.Ledger.Entries("token"), sent, "nothing is sent without a proof")
	})
	t.Run("the key is lost at a request", func(t *testing.T) {
		p := newProving(t, proofServer(t, required), "required")
		require.NoError(t, p.signIn(t))
		p.keys.Erase(p.refresher.Held().Key)
		_, err := p.Do(`{"op":"proof","method":"GET","url":"https://api.example/"}`)
		require.Equal(t, "dpop{key_lost}", outcomeOf(err))
		require.Nil(t, p.refresher.Held())
	})
	t.Run("the key of another session is lost", func(t *testing.T) {
		p := newProving(t, proofServer(t, required), "required")
		require.NoError(t, p.signIn(t))
		p.endIfLost(keyLost(), "x.y")
		require.NotNil(t, p.refresher.Held())
	})
	t.Run("signing is refused", func(t *testing.T) {
		p := newProving(t, proofServer(t, required), "required")
		require.NoError(t, p.signIn(t))
		p.keys.mute = errors.New("no")
		require.Equal(t, "dpop{key}", outcomeOf(p.refreshNow()))
		require.NotNil(t, p.refresher.Held())
	})
	t.Run("signing never ends", func(t *testing.T) {
		p := newProving(t, proofServer(t, required), "required")
		require.NoError(t, p.signIn(t))
		p.keys.stuck = true
		_, err := p.prove(oauth.Proof{Key: p.refresher.Held().Key}, 1)
		require.Equal(t, "timeout{}", outcomeOf(err))
	})
	t.Run("no key, required", func(t *testing.T) {
		p := newProving(t, proofServer(t, required), "required")
		p.keys.mute = errors.New("no")
		require.Equal(t, "dpop{key}", outcomeOf(p.signIn(t)))
		require.Empty(t, p.srv.Ledger.Entries("authorize"))
	})
	t.Run("no key, preferred", func(t *testing.T) {
		p := newProving(t, proofServer(t, oauthtest.DPoP{Mode: oauthtest.ProofsOptional}), "preferred")
		p.keys.mute = errors.New("no")
		require.NoError(t, p.signIn(t))
		require.Equal(t, "Bearer", p.refresher.Held().TokenType)
		require.Equal(t, Degraded, p.types()[0])
	})
	t.Run("a redirect whose key cannot be stored", func(t *testing.T) {
		p := newProving(t, proofServer(t, required), "required")
		p.keys.refuse = true
		_, _, err := p.SignIn(SignInOptions{MaxAge: -1})
		require.Equal(t, "dpop{key}", outcomeOf(err))
	})
	t.Run("not offered, preferred", func(t *testing.T) {
		p := newProving(t, proofServer(t, oauthtest.DPoP{}), "preferred")
		require.NoError(t, p.signIn(t))
		require.Nil(t, p.srv.Ledger.Proofs("token")[0], "a server that does not know the header may not allow it")
		require.Equal(t, []string{Degraded, SignedIn}, p.types())
	})
	t.Run("not bound any more, required", func(t *testing.T) {
		p := newProving(t, proofServer(t, required), "required")
		require.NoError(t, p.signIn(t))
		old := p.refresher.Held().RefreshToken.Reveal()
		p.srv.Configure(func(s *oauthtest.Settings) { s.DPoP.Bearer = true })
		require.Equal(t, "dpop{token_type}", outcomeOf(p.refreshNow()))
		require.Nil(t, p.refresher.Held(), "the old refresh token may be spent")
		require.True(t, p.srv.Ledger.Wait("revocation", 5*time.Second, func(e []oauthtest.Entry) bool { return len(e) == 1 }))
		form, err := url.ParseQuery(p.srv.Ledger.Entries("revocation")[0].Body)
		require.NoError(t, err)
		require.NotContains(t, []string{"", old}, form.Get("token"), "the new one is given back")
	})
	t.Run("not offered, required", func(t *testing.T) {
		p := newProving(t, proofServer(t, oauthtest.DPoP{}), "required")
		require.Equal(t, "dpop{token_type}", outcomeOf(p.signIn(t)))
		require.Nil(t, p.refresher.Held())
		require.True(t, p.srv.Ledger.Wait("revocation", 5*time.Second, func(e []oauthtest.Entry) bool { return len(e) == 1 }), "discarded tokens are given back")
	})
}
