package oauth

import "strings"

// UserInfoRequest asks for the claims of whoever an access token was issued for.
type UserInfoRequest struct {
	AccessToken     Secret
	TokenType       string // "DPoP" if it is bound to a key, of which the Transport proves possession
	ExpectedSubject string // the `sub` of the ID token; "" accepts every user
}

// UserInfo asks the userinfo endpoint once. The answer is a JSON object with a `sub`, the expected one: claims of
// somebody else are an error, because an access token may be exchanged for another on its way. A signed or encrypted
// answer (application/jwt) is refused, since nobody here asked for one.
//
// Errors: config (also if the server has no userinfo endpoint), the codes of a Transport, http, rate_limited, redirect,
// oauth, response (sub, jwt). Status 401 says that the token is not accepted (RFC 6750 section 3.1).
// OpenID Connect Core sections 5.3.1 to 5.3.4.
func UserInfo(t Transport, s *Server, r *UserInfoRequest) (*Object, error) {
	response, err := sendUserInfo(t, s, r)
	if err != nil {
		return nil, err
	}
	if response.Status != 200 {
		return nil, userInfoFailure(response, r.AccessToken)
	}
	claims, failure := readUserInfo(response, r.ExpectedSubject)
	if failure != nil {
		failure.Status = response.Status
		return nil, failure
	}
	return claims, nil
}

// sendUserInfo sends the request: all that goes out with the access token is made here.
func sendUserInfo(t Transport, s *Server, r *UserInfoRequest) (*Response, error) {
	token, scheme := r.AccessToken, "Bearer "
	if r.TokenType == "DPoP" {
		scheme = "DPoP " // RFC 9449 section 7.1
	}
	switch {
	case s.UserInfoEndpoint == "":
		return nil, ConfigError("userinfo_endpoint", "is missing in the server metadata")
	case token.IsZero():
		return nil, ConfigError("accessToken", "must not be empty")
	case !isVisible(token.Reveal()):
		return nil, ConfigError("accessToken", "must be printable ASCII characters")
	}
	response, err := t.Send(&Request{Method: "GET", URL: s.UserInfoEndpoint, Headers: []Header{
		{"Authorization", scheme + token.Reveal()},
		{"Accept", "application/json"},
	}})
	if err != nil {
		return nil, ownError(err)
	}
	return response, nil
}

func readUserInfo(response *Response, expected string) (*Object, *Error) {
	mediaType, _, _ := strings.Cut(response.header("Content-Type"), ";")
	if EqualFold(trimSpace(mediaType), "application/jwt") {
		return nil, &Error{Code: CodeResponse, Reason: "jwt",
			Message: "the userinfo answer is a JWT, which is not read; register the client without userinfo_signed_response_alg"}
	}
	claims, err := ParseObject(response.Body)
	if err != nil {
		return nil, ownError(err)
	}
	subject, _ := claims.Get("sub")
	switch {
	case subject.String() == "":
		return nil, &Error{Code: CodeResponse, Reason: "sub", Message: "the userinfo answer does not say whose claims it holds"}
	case expected != "" && subject.String() != expected:
		return nil, &Error{Code: CodeResponse, Reason: "sub", Message: "the userinfo answer holds the claims of another user"}
	}
	return claims, nil
}

// userInfoFailure is what an answer without success means: the status alone says that the token is not accepted, since
// CORS may hide the challenge (RFC 6750 section 3).
func userInfoFailure(response *Response, token Secret) *Error {
	request := tokenRequest{secrets: []string{token.Reveal()}}
	failure := request.failure(response)
	if response.Status == 401 || response.Status == 403 {
		failure.Message, failure.Retryable = "the userinfo endpoint does not accept the access token", false
	}
	return failure
}
