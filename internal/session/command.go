package session

import (
	"strconv"

	"github.com/pkcewasm/pkcewasm/internal/oauth"
)

// Do runs one command of the client and blocks until it is done. Commands and
// answers are JSON objects; op names the command. The set is closed:
//
//	signIn    {window, returnTo, prompt, loginHint, maxAge, acrValues, uiLocales, params, keep} -> {url, state, transaction}
//	callback  {url, transaction, consumed} -> {user, token, returnTo}
//	token     {minValiditySeconds, force, cacheOnly} -> {token}
//	proof     {method, url, nonce} -> {token, proof}
//	refresh   {} -> {user, token}
//	userInfo  {} -> {claims}
//	signOut   {local, revoke, returnTo, state} -> {url}
//	wake      {reason} -> {}
//	state     {} -> {user, token}
//	hint      {} -> {}, another tab changed the record
func (s *Session) Do(command string) (answer string, err error) {
	o, err := oauth.ReadOptions(command, "command")
	if err != nil {
		return "", err
	}
	var e encoder
	switch op := o.Text("op"); op {
	case "signIn":
		err = s.doSignIn(o, &e)
	case "callback":
		err = s.doCallback(o, &e)
	case "token":
		err = s.doToken(o, &e)
	case "proof":
		err = s.doProof(o, &e)
	case "refresh":
		err = s.doRefresh(o, &e)
	case "userInfo":
		err = s.doUserInfo(o, &e)
	case "signOut":
		err = s.doSignOut(o, &e)
	case "wake":
		o.Text("reason")
		if err = o.Done(); err == nil {
			s.refresher.Restore()
			s.refresher.Wake()
		}
	case "state":
		if err = o.Done(); err == nil {
			s.refresher.Restore()
			s.describe(&e)
		}
	case "hint":
		if err = o.Done(); err == nil {
			s.refresher.Restore()
		}
	default:
		err = oauth.ConfigError("op", "is unknown")
	}
	if err != nil {
		return "", err
	}
	return e.Object(), nil
}

func (s *Session) doSignIn(o *oauth.Options, e *encoder) error {
	options := SignInOptions{
		Window:    o.Choice("window", "", "popup", "frame"),
		ReturnTo:  o.Text("returnTo"),
		Prompt:    o.Text("prompt"),
		LoginHint: o.Text("loginHint"),
		ACRValues: o.Text("acrValues"),
		UILocales: o.Text("uiLocales"),
		MaxAge:    o.Whole("maxAge", -1),
		Params:    o.Params("params"),
		Keep:      o.Choice("keep", "worker", "session") == "worker",
	}
	refuse(o, options.Params, "max_age", "maxAge")
	refuse(o, options.Params, "resource", "the option resource of createClient")
	if err := o.Done(); err != nil {
		return err
	}
	url, tx, err := s.SignIn(options)
	if err != nil {
		return err
	}
	e.String("url", url)
	e.String("state", tx.State)
	if !options.Keep {
		e.String("transaction", tx.encode())
	}
	return nil
}

func (s *Session) doCallback(o *oauth.Options, e *encoder) error {
	url, text, consumed := o.RequiredText("url"), o.Text("transaction"), o.Flag("consumed", false)
	if err := o.Done(); err != nil {
		return err
	}
	var stored *transaction
	if text != "" {
		stored = decodeTransaction(text)
	}
	returnTo, err := s.Callback(url, stored, consumed)
	if err != nil {
		return err
	}
	e.String("returnTo", returnTo)
	s.describe(e)
	return nil
}

func (s *Session) doToken(o *oauth.Options, e *encoder) error {
	demand := Demand{
		MinValidity: o.Whole("minValiditySeconds", 0) * second,
		Force:       o.Flag("force", false),
		CacheOnly:   o.Flag("cacheOnly", false),
	}
	if err := o.Done(); err != nil {
		return err
	}
	if !s.config.ExposeAccessToken {
		return oauth.ConfigError("exposeAccessToken", "is false, so there is no getAccessToken; use fetch")
	}
	held, err := s.refresher.Token(demand)
	if err != nil {
		return err
	}
	e.Raw("token", s.tokenJSON(held))
	return nil
}

func (s *Session) doRefresh(o *oauth.Options, e *encoder) error {
	if err := o.Done(); err != nil {
		return err
	}
	if _, err := s.refresher.Token(Demand{Force: true}); err != nil {
		return err
	}
	s.describe(e)
	return nil
}

func (s *Session) doSignOut(o *oauth.Options, e *encoder) error {
	options := SignOutOptions{
		Local:    o.Flag("local", false),
		Revoke:   o.Flag("revoke", true),
		ReturnTo: o.Text("returnTo"),
		State:    o.Text("state"),
	}
	if err := o.Done(); err != nil {
		return err
	}
	url, err := s.SignOut(options)
	if err != nil {
		return err
	}
	e.String("url", url)
	return nil
}

// transactionVersion changes when the stored form does.
const transactionVersion = 1

// encode is the form in which a page keeps a transaction over a redirect.
func (tx *transaction) encode() string {
	var e encoder
	e.Number("v", transactionVersion)
	e.String("state", tx.State)
	e.String("codeVerifier", tx.CodeVerifier.Reveal())
	e.String("nonce", tx.Nonce)
	e.String("issuer", tx.Issuer)
	e.String("redirectUri", tx.RedirectURI)
	e.String("scope", tx.Scope)
	e.String("returnTo", tx.ReturnTo)
	if tx.MaxAge >= 0 {
		e.Number("maxAge", tx.MaxAge)
	}
	e.String("dpopKey", tx.Key)
	e.Number("createdAt", tx.CreatedAt)
	return e.Object()
}

// decodeTransaction reads what encode wrote; nil if it is anything else, since
// any script of the origin may have written it.
func decodeTransaction(text string) *transaction {
	o, err := oauth.ReadOptions(text, "transaction")
	if err != nil {
		return nil
	}
	version := o.Whole("v", 0)
	tx := &transaction{
		State:        o.RequiredText("state"),
		CodeVerifier: o.RequiredSecret("codeVerifier"),
		Nonce:        o.Text("nonce"),
		Issuer:       o.RequiredText("issuer"),
		RedirectURI:  o.RequiredText("redirectUri"),
		Scope:        o.Text("scope"),
		ReturnTo:     o.Text("returnTo"),
		MaxAge:       o.Whole("maxAge", -1),
		CreatedAt:    o.Whole("createdAt", 0),
		Key:          proofKey(o),
	}
	if o.Done() != nil || version != transactionVersion {
		return nil
	}
	return tx
}

// proofKey reads the name of a key, "" if there is none.
func proofKey(o *oauth.Options) string {
	key := o.Text("dpopKey")
	if key != "" && !oauth.IsProofKey(key) {
		o.Fail("dpopKey", "is no key")
	}
	return key
}

func decimal(n int64) string { return strconv.FormatInt(n, 10) }
