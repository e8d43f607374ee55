//go:build js && wasm

package main

import (
	"github.com/pkcewasm/pkcewasm/internal/browser"
	"github.com/pkcewasm/pkcewasm/internal/oauth"
)

// validateIdToken(server, {idToken, clientId, nonce, maxAge, accessToken}, opts) -> Promise<IdTokenClaims>
//
// The claims are checked before the keys are fetched, so that most wrong tokens
// cause no request.
func validateIDToken(call *browser.Call) (any, error) {
	server, o, c, err := readRequest(call)
	if err != nil {
		return nil, err
	}
	defer c.release()
	token := o.RequiredSecret("idToken")
	want := oauth.IDTokenExpectation{
		Issuer:      server.Issuer,
		ClientID:    o.RequiredText("clientId"),
		Nonce:       o.Text("nonce"),
		MaxAge:      o.Whole("maxAge", -1),
		AccessToken: o.Secret("accessToken"),
		NowMS:       browser.Now().Wall,
	}
	if err := o.Done(); err != nil {
		return nil, err
	}
	if server.JWKSURI == "" {
		return nil, oauth.ConfigError("server.jwks_uri", "is missing, without which the ID token cannot be verified")
	}
	claims, err := oauth.ParseIDToken(token, want)
	if err != nil {
		return nil, err
	}
	keys, err := oauth.FetchKeys(c.transport, server.JWKSURI)
	if err != nil {
		return nil, err
	}
	signatures := new(browser.Verifier)
	defer signatures.Release()
	if err := oauth.VerifyIDToken(signatures, keys, token, want.AccessToken); err != nil {
		return nil, err
	}
	return browser.JSON(claims.Raw), nil
}
