package session

import (
	"github.com/pkcewasm/pkcewasm/internal/oauth"
)

// vault keeps a refresher's session in a record that other tabs share.
type vault struct {
	Vault
	issuer, clientID string
	dpop             string // as configured: what does not go with it is not taken up
	unclaimed        bool   // storage refused the claim before the request under way, and so it refuses the commit
}

// Share makes the refresher keep its session in v. It is called once, before
// anything else, and followed by Restore.
func (r *Refresher) Share(v Vault, issuer, clientID, dpop string) {
	r.vault = &vault{Vault: v, issuer: issuer, clientID: clientID, dpop: dpop}
	r.machine.shared = true
}

// sharing reports whether the session is kept in a record.
func (r *Refresher) sharing() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.machine.shared
}

// Restore takes up the session in the record, if there is one. It is also to be
// called when another tab hinted at a change.
func (r *Refresher) Restore() {
	if !r.sharing() {
		return
	}
	r.mu.Lock()
	session := r.session
	r.mu.Unlock()
	record, err := r.load(r.vault.Load)
	if err != nil {
		return
	}
	r.step(func() []Action {
		if r.closed || session != r.session {
			return nil // a session began or ended meanwhile, so the record read is old
		}
		return r.machine.Noticed(r.platform.Now(), record)
	})
}

// store puts the tokens of a sign-in into the record and returns its
// generation. Where storage refuses, the session lives in memory.
func (r *Refresher) store(fresh *Held) (generation int64) {
	if !r.sharing() {
		return 0
	}
	generation, err := r.vault.Put(r.vault.encode(fresh))
	if err != nil {
		r.mu.Lock()
		r.machine.shared = false
		r.mu.Unlock()
		r.observe(&Notice{Type: Degraded, Feature: "storage", Reason: "the session could not be stored and lives in this tab alone"})
		return 0
	}
	r.vault.Hint()
	return generation
}

// share returns a function that performs, in order, actions that concern the
// record, and tells the machine of the outcome. The mutex is held.
func (r *Refresher) share(actions []Action) func() {
	session, answer, generation := r.session, r.answer, r.machine.Generation()
	then := func(next func() []Action) {
		r.step(func() []Action {
			if r.closed || session != r.session {
				return []Action{{Kind: Release}}
			}
			return next()
		})
	}
	return func() {
		for _, action := range actions {
			switch action.Kind {
			case Acquire:
				r.acquire(action.Steal, then)
			case Commit:
				r.commit(answer, generation, then)
			case Read:
				r.reread(then)
			case Erase:
				_ = r.vault.Erase(action.UpTo)
				r.vault.Hint()
			case Release:
				r.vault.Unlock()
			}
		}
	}
}

// lost ends the wait of everybody when work on the record crashed.
func (r *Refresher) lost(error) {
	r.step(func() []Action { return r.machine.NotCommitted(r.platform.Now()) })
}

func (r *Refresher) reread(then func(func() []Action)) {
	record, err := r.load(r.vault.Load)
	if err != nil {
		record = &Record{}
	}
	then(func() []Action { return r.machine.Reread(r.platform.Now(), record) })
}

func (r *Refresher) acquire(steal bool, then func(func() []Action)) {
	if !r.vault.Lock(lease, steal) {
		then(func() []Action { return r.machine.NotAcquired() })
		return
	}
	record, err := r.load(r.vault.Claim)
	r.vault.unclaimed = err != nil
	if err != nil { // storage is gone; what is in memory is what counts
		record = &Record{}
	}
	then(func() []Action { return r.machine.Acquired(r.platform.Now(), record) })
}

func (r *Refresher) commit(answer *Held, generation int64, then func(func() []Action)) {
	done, err := r.vault.Commit(r.vault.encode(answer), generation)
	switch {
	case err != nil, r.vault.unclaimed:
		then(func() []Action {
			actions := r.machine.NotCommitted(r.platform.Now())
			r.hold(answer)
			return actions
		})
	case !done:
		record, _ := r.load(r.vault.Load)
		then(func() []Action { return r.machine.Conflicted(r.platform.Now(), record) })
	default:
		then(func() []Action {
			actions := r.machine.Committed(r.platform.Now())
			r.hold(answer)
			return actions
		})
		r.vault.Hint()
	}
}

// load reads the record and remembers its tokens for Adopt; nil when there is
// none or it is not this client's.
func (r *Refresher) load(read func() (string, int64, error)) (*Record, error) {
	text, generation, err := read()
	held := (*Held)(nil)
	if text != "" {
		held = r.vault.decode(text, r.platform.Now())
	}
	r.mu.Lock()
	r.cleared = err == nil && generation == 0
	if held != nil {
		r.read = held
	}
	r.mu.Unlock()
	if err != nil || held == nil {
		return nil, err
	}
	return &Record{Generation: generation, Grant: grantOf(held)}, nil
}

// recordVersion changes when the form of the record does. A tab that runs
// another version of this module does not understand the record and leaves it.
const recordVersion = 1

// encode writes a record.
func (v *vault) encode(held *Held) string {
	var e encoder
	e.Number("v", recordVersion)
	e.String("issuer", v.issuer)
	e.String("clientId", v.clientID)
	e.String("accessToken", held.AccessToken.Reveal())
	e.String("tokenType", held.TokenType)
	e.String("refreshToken", held.RefreshToken.Reveal())
	e.String("idToken", held.IDToken.Reveal())
	e.String("scope", held.Granted)
	e.Raw("authorizationDetails", held.AuthorizationDetails)
	e.String("dpopKey", held.Key)
	e.Number("receivedAt", held.Received.Wall)
	if held.ExpiresIn >= 0 {
		e.Number("expiresIn", held.ExpiresIn)
	}
	if held.Claims != nil {
		e.String("subject", held.Claims.Subject)
		e.String("nonce", held.Claims.Nonce)
		e.Number("authTime", held.Claims.AuthTime)
		e.Raw("claims", held.Claims.Raw)
	}
	return e.Object()
}

// decode reads a record; nil if it is not this client's or not sound, since any
// script of the origin may have written it.
func (v *vault) decode(text string, now Instant) *Held {
	o, err := oauth.ReadOptions(text, "record")
	if err != nil {
		return nil
	}
	version, issuer, clientID := o.Whole("v", 0), o.RequiredText("issuer"), o.RequiredText("clientId")
	held := &Held{Granted: o.Text("scope"), Key: proofKey(o)}
	held.AccessToken = o.RequiredSecret("accessToken")
	held.TokenType = o.RequiredText("tokenType")
	held.RefreshToken = o.Secret("refreshToken")
	held.IDToken = o.Secret("idToken")
	held.ExpiresIn = o.Whole("expiresIn", -1)
	held.AuthorizationDetails = o.List("authorizationDetails")
	claims := oauth.Claims{Subject: o.Text("subject"), Nonce: o.Text("nonce"), AuthTime: o.Whole("authTime", 0), Raw: o.Raw("claims")}
	receivedAt := o.Whole("receivedAt", 0)
	if !held.AccessToken.IsToken() || !held.RefreshToken.IsZero() && !held.RefreshToken.IsToken() {
		return nil
	}
	bound := held.TokenType == "DPoP"
	if o.Done() != nil || version != recordVersion || issuer != v.issuer || clientID != v.clientID ||
		bound && v.dpop == "off" || !bound && v.dpop == "required" {
		return nil
	}
	if claims.Raw != "" {
		held.Claims = &claims
	}
	// The monotonic clock of another tab means nothing here: the age comes from the wall clock, and is never negative.
	age := max(now.Wall-receivedAt, 0)
	held.Received = Instant{Wall: now.Wall - age, Monotonic: now.Monotonic - age}
	return held
}
