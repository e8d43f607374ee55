//go:build js && wasm

package main

import (
	"github.com/pkcewasm/pkcewasm/internal/browser"
	"github.com/pkcewasm/pkcewasm/internal/oauth"
	"github.com/pkcewasm/pkcewasm/internal/session"
)

// requestTokens(server, grantType, {clientId, clientSecret, clientAuth, clientAssertion, assertion, scope, resource, params}, opts) -> Promise<TokenSet>
func requestTokens(call *browser.Call) (any, error) {
	grantType, err := call.Text(1, "grantType")
	if err != nil {
		return nil, err
	}
	server, o, c, err := readRequestAt(call, 2)
	if err != nil {
		return nil, err
	}
	defer c.release()
	request := oauth.GrantRequest{GrantType: grantType}
	request.ClientID = o.Text("clientId")
	request.ClientSecret, request.ClientAuth = readClientSecret(o)
	request.ClientAssertion, request.Assertion = o.Secret("clientAssertion"), o.Secret("assertion")
	request.Scope, request.Params = o.Text("scope"), o.Params("params")
	for _, resource := range o.Texts("resource") {
		request.Params = append(request.Params, oauth.Param{Name: "resource", Value: resource})
	}
	if browser.InPage() && request.ForService() {
		o.Fail("grantType", "must not be used in a page, where everybody can read its key: it stands for a service, whose place is a server")
	}
	if err := o.Done(); err != nil {
		return nil, err
	}
	tokens, err := oauth.RequestTokens(c.transport, server, &request)
	if err != nil {
		return nil, err
	}
	now := browser.Now().Wall
	if request.ClientID == "" {
		tokens.IDToken = oauth.Secret{} // nobody knows whom it should be for
	}
	claims, err := session.Claims(tokens, oauth.IDTokenExpectation{
		Issuer: server.Issuer, ClientID: request.ClientID, NowMS: now, MaxAge: -1, AccessToken: tokens.AccessToken,
	})
	if err != nil {
		return nil, err
	}
	return browser.JSON(session.TokensJSON(tokens, now, claims)), nil
}
