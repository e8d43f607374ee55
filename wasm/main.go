//go:build js && wasm

// Command wasm is the module: it offers the functions of internal/oauth and
// internal/session to JavaScript under their public names, as
// globalThis.pkcewasm, and nothing else.
//
//	main.go       the names
//	arguments.go  what every function accepts
//	stateless.go  one function for each step of the protocol
//	idtoken.go    validateIdToken
//	grants.go     requestTokens
//	signout.go    buildSignOutUrl
//	userinfo.go   fetchUserInfo
//	schedule.go   scheduleRefresh
//	client.go     openSession, which createClient builds on
//
// Without the npm package the synchronous functions return their AuthError
// instead of throwing it, because Go cannot throw into JavaScript.
package main

import "github.com/pkcewasm/pkcewasm/internal/browser"

// version is the npm package's; a test compares the two.
const version = "0.1.0"

func main() {
	module := browser.NewObject()
	module.Text("version", version)

	module.Function("generateCodeVerifier", generateCodeVerifier)
	module.Function("generateCodeChallenge", generateCodeChallenge)
	module.Function("generateState", generateState)
	module.Function("generateNonce", generateNonce)
	module.Function("buildAuthorizationUrl", buildAuthorizationURL)
	module.Function("parseCallback", parseCallback)
	module.Function("buildSignOutUrl", buildSignOutURL)

	module.AsyncFunction("discover", discover)
	module.AsyncFunction("exchangeCode", exchangeCode)
	module.AsyncFunction("refreshTokens", refreshTokens)
	module.AsyncFunction("requestTokens", requestTokens)
	module.AsyncFunction("fetchUserInfo", fetchUserInfo)
	module.AsyncFunction("revokeToken", revokeToken)
	module.AsyncFunction("validateIdToken", validateIDToken)

	module.Function("scheduleRefresh", scheduleRefresh)
	module.Function("openSession", openSession)

	register(module)
	module.Publish("pkcewasm")
	select {} // the functions live as long as the module does
}
