//go:build js && wasm

package main

import (
	"github.com/pkcewasm/pkcewasm/internal/browser"
	"github.com/pkcewasm/pkcewasm/internal/oauth"
)

// common is the options object that ends every call: {signal, timeoutMs, allowLoopbackHttp}.
type common struct {
	transport *browser.Transport
	policy    oauth.Policy
}

// readCommon reads argument n, which may be absent.
func readCommon(call *browser.Call, n int) (*common, error) {
	c := &common{transport: &browser.Transport{}}
	if !call.Has(n) {
		return c, nil
	}
	o, err := readOptions(call, n, "opts")
	if err != nil {
		return nil, err
	}
	o.Ignore("signal")
	c.transport.Timeout = o.Whole("timeoutMs", browser.DefaultTimeout)
	if c.transport.Timeout < 1 {
		o.Fail("timeoutMs", "must be at least 1")
	}
	c.policy.AllowLoopbackHTTP = o.Flag("allowLoopbackHttp", false)
	if err := o.Done(); err != nil {
		return nil, err
	}
	c.transport.Signal, err = call.Signal(n)
	return c, err
}

// release gives the caller's signal back.
func (c *common) release() { c.transport.Signal.Release() }

// readOptions reads argument n, an object called name.
func readOptions(call *browser.Call, n int, name string) (*oauth.Options, error) {
	text, err := call.JSON(n, name)
	if err != nil {
		return nil, err
	}
	return oauth.ReadOptions(text, name)
}

// readServer reads argument n as server metadata (RFC 8414 section 2).
func readServer(call *browser.Call, n int, policy oauth.Policy) (*oauth.Server, error) {
	text, err := call.JSON(n, "server")
	if err != nil {
		return nil, err
	}
	return oauth.ParseServer([]byte(text), policy)
}

// readRequest reads the three arguments of most functions: the server, the
// request's own options and the common ones.
func readRequest(call *browser.Call) (*oauth.Server, *oauth.Options, *common, error) {
	return readRequestAt(call, 1)
}

// readRequestAt does where the request's own options are argument n, and the
// common ones follow.
func readRequestAt(call *browser.Call, n int) (*oauth.Server, *oauth.Options, *common, error) {
	c, err := readCommon(call, n+1)
	if err != nil {
		return nil, nil, nil, err
	}
	server, err := readServer(call, 0, c.policy)
	if err != nil {
		c.release()
		return nil, nil, nil, err
	}
	o, err := readOptions(call, n, "options")
	if err != nil {
		c.release()
		return nil, nil, nil, err
	}
	return server, o, c, nil
}

// readClientSecret reads clientSecret and clientAuth, which have no place in a page.
func readClientSecret(o *oauth.Options) (secret oauth.Secret, auth string) {
	secret = o.Secret("clientSecret")
	auth = o.Choice("clientAuth", "", "basic", "post")
	switch {
	case secret.IsZero():
		if auth != "" {
			o.Fail("clientAuth", "needs clientSecret")
		}
	case browser.InPage():
		o.Fail("clientSecret", "must not be in a page, where everybody can read it; a service account belongs on a server")
	}
	return secret, auth
}
