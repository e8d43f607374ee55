//go:build js && wasm

package main

import (
	"github.com/pkcewasm/pkcewasm/internal/browser"
	"github.com/pkcewasm/pkcewasm/internal/oauth"
	"github.com/pkcewasm/pkcewasm/internal/session"
)

func generateCodeVerifier(*browser.Call) (any, error) {
	random, err := browser.Random(32)
	if err != nil {
		return nil, err
	}
	return oauth.NewVerifier(random)
}

// generateState and generateNonce make texts of the same form.
func generateState(call *browser.Call) (any, error) { return generateCodeVerifier(call) }
func generateNonce(call *browser.Call) (any, error) { return generateCodeVerifier(call) }

// generateCodeChallenge(verifier) -> string
func generateCodeChallenge(call *browser.Call) (any, error) {
	verifier, err := call.Text(0, "verifier")
	if err != nil {
		return nil, err
	}
	return oauth.Challenge(verifier)
}

// discover(issuer, opts) -> Promise<ServerMetadata>
func discover(call *browser.Call) (any, error) {
	issuer, err := call.Text(0, "issuer")
	if err != nil {
		return nil, err
	}
	c, err := readCommon(call, 1)
	if err != nil {
		return nil, err
	}
	defer c.release()
	server, err := oauth.Discover(c.transport, issuer, c.policy)
	if err != nil {
		return nil, err
	}
	return browser.JSON(server.Raw), nil
}

// buildAuthorizationUrl(server, {clientId, redirectUri, scope, state, codeChallenge, nonce, responseMode, params}, opts) -> string
func buildAuthorizationURL(call *browser.Call) (any, error) {
	server, o, c, err := readRequest(call)
	if err != nil {
		return nil, err
	}
	defer c.release()
	request := oauth.AuthorizationRequest{
		ClientID:      o.RequiredText("clientId"),
		RedirectURI:   o.RequiredText("redirectUri"),
		Scope:         o.Text("scope"),
		State:         o.RequiredText("state"),
		CodeChallenge: o.RequiredText("codeChallenge"),
		Nonce:         o.Text("nonce"),
		ResponseMode:  o.Choice("responseMode", "query", "fragment"),
		Params:        o.Params("params"),
	}
	if err := o.Done(); err != nil {
		return nil, err
	}
	if err := oauth.CheckRedirectURI(request.RedirectURI, c.policy); err != nil {
		return nil, err
	}
	return oauth.AuthorizationURL(server, &request)
}

// parseCallback(url, {state, server, responseMode}, opts) -> {code, iss}
func parseCallback(call *browser.Call) (any, error) {
	url, err := call.Text(0, "url")
	if err != nil {
		return nil, err
	}
	c, err := readCommon(call, 2)
	if err != nil {
		return nil, err
	}
	defer c.release()
	o, err := readOptions(call, 1, "options")
	if err != nil {
		return nil, err
	}
	want := oauth.CallbackExpectation{
		State:        o.RequiredText("state"),
		ResponseMode: o.Choice("responseMode", "query", "fragment"),
	}
	metadata := o.Raw("server")
	if err := o.Done(); err != nil {
		return nil, err
	}
	if metadata != "" {
		server, err := oauth.ParseServer([]byte(metadata), c.policy)
		if err != nil {
			return nil, err
		}
		want.Issuer, want.IssRequired = server.Issuer, server.IssParameterSupported
	}
	response, err := oauth.ParseCallback(url, want)
	if err != nil {
		return nil, err
	}
	return browser.JSON(session.AuthorizationResponseJSON(response)), nil
}

// exchangeCode(server, {clientId, code, codeVerifier, redirectUri, nonce, params, clientSecret, clientAuth}, opts) -> Promise<TokenSet>
func exchangeCode(call *browser.Call) (any, error) {
	server, o, c, err := readRequest(call)
	if err != nil {
		return nil, err
	}
	defer c.release()
	request := oauth.CodeRequest{
		ClientID:     o.RequiredText("clientId"),
		Code:         o.RequiredSecret("code"),
		CodeVerifier: o.RequiredSecret("codeVerifier"),
		RedirectURI:  o.RequiredText("redirectUri"),
		Params:       o.Params("params"),
	}
	nonce := o.Text("nonce")
	request.ClientSecret, request.ClientAuth = readClientSecret(o)
	if err := o.Done(); err != nil {
		return nil, err
	}
	tokens, err := oauth.Exchange(c.transport, server, &request)
	if err != nil {
		return nil, err
	}
	now := browser.Now().Wall
	claims, err := session.Claims(tokens, oauth.IDTokenExpectation{
		Issuer: server.Issuer, ClientID: request.ClientID, Nonce: nonce, NowMS: now, MaxAge: -1, AccessToken: tokens.AccessToken,
	})
	if err != nil {
		return nil, err
	}
	return browser.JSON(session.TokensJSON(tokens, now, claims)), nil
}

// refreshTokens(server, {clientId, refreshToken, scope, expectedSubject, params, clientSecret, clientAuth}, opts) -> Promise<TokenSet>
func refreshTokens(call *browser.Call) (any, error) {
	server, o, c, err := readRequest(call)
	if err != nil {
		return nil, err
	}
	defer c.release()
	request := oauth.RefreshRequest{
		ClientID:     o.RequiredText("clientId"),
		RefreshToken: o.RequiredSecret("refreshToken"),
		Scope:        o.Text("scope"),
		Params:       o.Params("params"),
	}
	subject := o.Text("expectedSubject")
	request.ClientSecret, request.ClientAuth = readClientSecret(o)
	if err := o.Done(); err != nil {
		return nil, err
	}
	tokens, err := oauth.Refresh(c.transport, server, &request)
	if err != nil {
		return nil, err
	}
	now := browser.Now().Wall
	claims, err := session.RefreshedClaims(tokens, oauth.IDTokenExpectation{
		Issuer: server.Issuer, ClientID: request.ClientID, NowMS: now, Subject: subject,
	})
	if err != nil {
		return nil, err
	}
	return browser.JSON(session.TokensJSON(tokens, now, claims)), nil
}

// revokeToken(server, {clientId, token, tokenTypeHint}, opts) -> Promise<void>
func revokeToken(call *browser.Call) (any, error) {
	server, o, c, err := readRequest(call)
	if err != nil {
		return nil, err
	}
	defer c.release()
	request := oauth.RevocationRequest{
		ClientID:      o.RequiredText("clientId"),
		Token:         o.RequiredSecret("token"),
		TokenTypeHint: o.Choice("tokenTypeHint", "", "refresh_token", "access_token"),
	}
	if err := o.Done(); err != nil {
		return nil, err
	}
	return nil, oauth.Revoke(c.transport, server, &request)
}
