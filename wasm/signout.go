//go:build js && wasm

package main

import (
	"github.com/pkcewasm/pkcewasm/internal/browser"
	"github.com/pkcewasm/pkcewasm/internal/oauth"
)

// buildSignOutUrl(server, {clientId, idTokenHint, postLogoutRedirectUri, state}, opts) -> string
func buildSignOutURL(call *browser.Call) (any, error) {
	server, o, c, err := readRequest(call)
	if err != nil {
		return nil, err
	}
	defer c.release()
	request := oauth.SignOutRequest{
		ClientID:              o.Text("clientId"),
		IDTokenHint:           o.Secret("idTokenHint"),
		PostLogoutRedirectURI: o.Text("postLogoutRedirectUri"),
		State:                 o.Text("state"),
	}
	if err := o.Done(); err != nil {
		return nil, err
	}
	return oauth.SignOutURL(server, &request)
}
