//go:build js && wasm

package main

import (
	"github.com/pkcewasm/pkcewasm/internal/browser"
	"github.com/pkcewasm/pkcewasm/internal/oauth"
)

// fetchUserInfo(server, {accessToken, expectedSubject}, opts) -> Promise<object>
func fetchUserInfo(call *browser.Call) (any, error) {
	server, o, c, err := readRequest(call)
	if err != nil {
		return nil, err
	}
	defer c.release()
	request := oauth.UserInfoRequest{AccessToken: o.RequiredSecret("accessToken"), ExpectedSubject: o.Text("expectedSubject")}
	if err := o.Done(); err != nil {
		return nil, err
	}
	claims, err := oauth.UserInfo(c.transport, server, &request)
	if err != nil {
		return nil, err
	}
	return browser.JSON(claims.Raw()), nil
}
