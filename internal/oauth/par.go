package oauth

// maxRequestURI is the longest request_uri we take, in bytes.
const maxRequestURI = 4 << 10

// Push hands an authorization request to the server before the user is sent there, so that nothing of it passes through
// the address bar: neither can it be read there, nor changed, nor become too long. It returns the URL for the user.
//
// Errors: config (nothing was sent; also if the server has no endpoint for it), the codes of a Transport, http,
// rate_limited, redirect, oauth, response (request_uri, expires_in). RFC 9126 section 2.
func Push(t Transport, s *Server, r *AuthorizationRequest) (string, error) {
	if err := r.check(s); err != nil {
		return "", err
	}
	request := newTokenRequest(r.params()...)
	request.secrets = append(request.secrets, r.State, r.Nonce)
	response, err := request.send(t, s.PushedAuthorizationRequestEndpoint, "pushed_authorization_request_endpoint")
	if err != nil {
		return "", err
	}
	if response.Status != 201 && response.Status != 200 { // which some servers answer
		return "", request.failure(response)
	}
	requestURI, failure := readRequestURI(response.Body)
	if failure != nil {
		failure.Status = response.Status
		return "", failure
	}
	return pushedURL(s, r, requestURI)
}

// readRequestURI reads the answer (RFC 9126 section 2.2). How long the URI lives does not matter to us, since the user
// is sent there at once, unless it is over before that.
func readRequestURI(body []byte) (string, *Error) {
	object, err := ParseObject(body)
	if err != nil {
		return "", ownError(err)
	}
	value, _ := object.Get("request_uri")
	requestURI := value.String()
	if !isResource(requestURI) || len(requestURI) > maxRequestURI {
		return "", responseError("request_uri", "the answer to the pushed authorization request has no usable request_uri")
	}
	if value, present := object.Get("expires_in"); present {
		if seconds, ok := value.Int64(); !ok || seconds < 1 {
			return "", responseError("expires_in", "the answer to the pushed authorization request has no usable expires_in")
		}
	}
	return requestURI, nil
}

// pushedURL is what remains of the authorization request (RFC 9126 section 4). An OpenID provider may want
// response_type and scope beside it, although they count for nothing there (OpenID Connect Core section 6.2).
func pushedURL(s *Server, r *AuthorizationRequest, requestURI string) (string, error) {
	params := []Param{{"client_id", r.ClientID}, {"request_uri", requestURI}}
	if HasScope(r.Scope, "openid") {
		params = append(params, Param{"response_type", "code"}, Param{"scope", r.Scope})
	}
	return withQuery(s.AuthorizationEndpoint, "authorization_endpoint", params)
}
