// Package oauth is the client side of the OAuth 2.0 authorization code grant with PKCE and of OpenID Connect,
// one file per step. It keeps no state, reads no clock, starts no goroutine and knows no browser: a Transport sends
// its requests, the caller hands in randomness and time.
//
// The steps, in the order of a sign-in:
//
//	pkce.go           code verifier, challenge, state, nonce            RFC 7636 section 4, RFC 6749 section 10.12
//	metadata.go       what is known about an authorization server       RFC 8414 section 2
//	discovery.go      fetching that metadata from the issuer            OpenID Connect Discovery 1.0 section 4, RFC 8414 section 3
//	authorization.go  the authorization request                         RFC 6749 section 4.1.1, RFC 7636 section 4.3
//	par.go            the same, handed to the server first              RFC 9126
//	callback.go       the authorization response                        RFC 6749 section 4.1.2, RFC 9207
//	exchange.go       code for tokens                                   RFC 6749 section 4.1.3
//	refresh.go        refresh token for tokens                          RFC 6749 section 6
//	grant.go          other grants for tokens, of clients on servers    RFC 6749 sections 4.4 and 4.5, RFC 7523, RFC 8693
//	token.go          the token response                                RFC 6749 section 5.1
//	idtoken.go        the ID token's claims                             OpenID Connect Core 1.0 section 3.1.3.7
//	jwt.go            its form, and which algorithms are accepted       RFC 7515, RFC 7519
//	jwks.go           the keys a server publishes                       RFC 7517, RFC 7518 section 6, RFC 8037
//	signature.go      the ID token's signature                          OpenID Connect Core 1.0 section 3.1.3.7
//	dpop.go           proof that we have the key of a token             RFC 9449
//	revocation.go     giving a token back                               RFC 7009
//	userinfo.go       the claims behind an access token                 OpenID Connect Core 1.0 section 5.3
//	signout.go        signing out at the provider                       OpenID Connect RP-Initiated Logout 1.0
//
// What they share:
//
//	endpoint.go       one form request and what its answer means        RFC 6749 sections 2.3.1, 5.2
//	challenge.go      the error that a server gives a resource request    RFC 9110 section 11.6.1
//	retryafter.go     when a server wants to be asked again             RFC 9110 section 10.2.3
//	transport.go      the request, the answer, and who carries them
//	error.go          the one error type and its codes
//	secret.go         strings that no formatter prints
//	json.go           JSON objects and values, and writing strings      RFC 8259
//	jsonreader.go     the reader, stricter than encoding/json           RFC 8259 sections 2 to 6
//	jsonstring.go     its strings and their escapes                     RFC 8259 section 7
//	form.go           application/x-www-form-urlencoded                 RFC 6749 appendix B
//	number.go         JSON numbers as integers
//	options.go        a caller's options, member by member
//	param.go          additional request parameters                     RFC 6749 section 3.1, RFC 8707
//	uri.go            absolute URIs, and where plain http is allowed    RFC 3986, RFC 8252 section 7.3
package oauth
