//go:build js && wasm

package main

import (
	"github.com/pkcewasm/pkcewasm/internal/browser"
	"github.com/pkcewasm/pkcewasm/internal/oauth"
	"github.com/pkcewasm/pkcewasm/internal/session"
)

// scheduleRefresh(server, {clientId, tokens, leewaySeconds, onTokens, onError}, opts) -> {cancel(), refreshNow(), nextAt}
//
// It returns at once; onTokens gets every new TokenSet, onError every failure.
// An abort of the signal ends it, as cancel() does; after cancel() the functions
// do nothing.
func scheduleRefresh(call *browser.Call) (any, error) {
	server, o, c, err := readRequest(call)
	if err != nil {
		return nil, err
	}
	keep := false
	defer func() {
		if !keep {
			c.release()
		}
	}()
	o.Ignore("onTokens", "onError")
	clientID := o.RequiredText("clientId")
	policy := session.DefaultPolicy()
	policy.Leeway = o.Whole("leewaySeconds", policy.Leeway/1000) * 1000
	set := o.Group("tokens")
	tokens := readTokenSet(set)
	if err := set.Done(); err != nil {
		return nil, err
	}
	if err := o.Done(); err != nil {
		return nil, err
	}
	onTokens, err := call.Callback(1, "onTokens", "onTokens", true)
	if err != nil {
		return nil, err
	}
	onError, err := call.Callback(1, "onError", "onError", false)
	if err != nil {
		return nil, err
	}
	schedule := session.NewSchedule(browser.Platform{}, policy, server, clientID, c.transport, session.Listener{
		Tokens: onTokens.JSON,
		Error:  onError.Error,
	})
	schedule.Begin(tokens)
	keep = true
	ended := false
	end := func() {
		if ended {
			return
		}
		ended = true
		schedule.Cancel()
		c.release()
		onTokens.Release()
		onError.Release()
	}
	c.transport.Signal.OnAbort(end)

	handle := browser.NewObject()
	handle.Function("cancel", func(*browser.Call) (any, error) {
		end()
		handle.Release()
		return nil, nil
	})
	handle.AsyncFunction("refreshNow", func(*browser.Call) (any, error) {
		fresh, err := schedule.RefreshNow()
		return browser.JSON(fresh), err
	})
	handle.Getter("nextAt", func() (float64, bool) {
		at, planned := schedule.NextAt()
		return float64(at), planned
	})
	return handle, nil
}

// readTokenSet reads a TokenSet.
func readTokenSet(o *oauth.Options) session.TokenSet {
	set := session.TokenSet{
		AccessToken:  o.RequiredSecret("accessToken"),
		TokenType:    o.Text("tokenType"),
		RefreshToken: o.RequiredSecret("refreshToken"),
		Scope:        o.Text("scope"),
		IDToken:      o.Secret("idToken"),
		ExpiresAt:    o.Whole("expiresAt", 0),
		Claims:       o.Raw("claims"),
	}
	if claims, err := oauth.ParseObject([]byte(set.Claims)); err == nil {
		subject, _ := claims.Get("sub")
		set.Subject = subject.String()
	}
	return set
}
