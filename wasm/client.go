//go:build js && wasm

package main

import (
	"github.com/pkcewasm/pkcewasm/internal/browser"
	"github.com/pkcewasm/pkcewasm/internal/oauth"
	"github.com/pkcewasm/pkcewasm/internal/session"
)

// openSession(config, emit, vault, keychain) -> {call(command) -> Promise<string>, close()}
//
// config and commands are JSON text, answers and the events that emit gets too.
// After close() neither function does anything.
// vault, which may be undefined, shares the session with the origin's other tabs;
// keychain is needed for dpop alone.
func openSession(call *browser.Call) (any, error) {
	text, err := call.JSON(0, "config")
	if err != nil {
		return nil, err
	}
	config, err := session.ParseConfig(text)
	if err != nil {
		return nil, err
	}
	emit, err := call.Callback(1, "", "emit", true)
	if err != nil {
		return nil, err
	}
	keychain := call.Keychain(3)
	if keychain == nil && config.DPoP != "off" {
		return nil, oauth.ConfigError("dpop", "needs a keychain")
	}
	shared := call.Vault(2)
	var vault session.Vault // stays nil, which a nil *browser.Vault in it would not be
	if shared != nil {
		vault = shared
	}
	signatures := new(browser.Verifier)
	s := session.New(config, browser.Platform{}, signatures, vault, emit.Text)
	if keychain != nil {
		s.Bind(keychain)
	}

	handle := browser.NewObject()
	handle.AsyncFunction("call", func(call *browser.Call) (any, error) {
		command, err := call.Text(0, "command")
		if err != nil {
			return nil, err
		}
		return s.Do(command)
	})
	handle.Function("close", func(*browser.Call) (any, error) {
		s.Close()
		signatures.Release()
		emit.Release()
		shared.Release()
		keychain.Release()
		handle.Release()
		return nil, nil
	})
	return handle, nil
}
