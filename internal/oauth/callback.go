package oauth

import (
	"crypto/subtle"
	"strings"
)

// maxCode is the longest authorization code we take, in bytes.
const maxCode = 16 << 10

// CallbackExpectation is what an authorization response is held against: the transaction it has to belong to.
type CallbackExpectation struct {
	State        string // the state of the request
	Issuer       string // the issuer the request went to; "" skips the check
	IssRequired  bool   // the server promised an `iss` (Server.IssParameterSupported)
	ResponseMode string // where the response is: "query" (also "") or "fragment"
}

// AuthorizationResponse is a successful authorization response.
type AuthorizationResponse struct {
	Code Secret
	Iss  string // "" if the server sent none
}

// ParseCallback reads the authorization response in the URL (absolute or not) that the user came back to, and refuses
// everything that is not the answer to this one request.
//
// The checks, in order, and the codes of their errors: the shape of the response (callback: duplicate, response_mode,
// jarm), the state (state: missing, mismatch), tokens where there may only be a code (callback: token), the issuer
// (issuer), the server's own error (authorization), the code (callback: empty, too_large). So nothing that a forged
// link says is believed. RFC 6749 sections 4.1.2 and 4.1.2.1, RFC 9207 section 2.4, RFC 9700 section 2.1.2.
func ParseCallback(rawURL string, want CallbackExpectation) (*AuthorizationResponse, error) {
	params, err := readCallback(rawURL, want.ResponseMode)
	if err != nil {
		return nil, err
	}
	if err := checkState(params, want.State); err != nil {
		return nil, err
	}
	for _, name := range []string{"access_token", "id_token", "refresh_token"} {
		if params.has(name) {
			return nil, callbackError("token", "the authorization response carries a token, which only the token endpoint may hand out")
		}
	}
	if err := checkIss(params, want); err != nil {
		return nil, err
	}
	if params.has("error") {
		return nil, authorizationError(params)
	}
	code := params.get("code")
	switch {
	case code == "":
		return nil, callbackError("empty", "the authorization response carries neither a code nor an error")
	case len(code) > maxCode:
		return nil, callbackError("too_large", "the authorization code is longer than 16 KiB")
	}
	return &AuthorizationResponse{Code: NewSecret(code), Iss: params.get("iss")}, nil
}

// CallbackState is the state in a callback URL, to find the transaction that ParseCallback needs. It is not a verified
// value. Errors: state (missing) and callback (duplicate, response_mode, jarm).
func CallbackState(rawURL, responseMode string) (string, error) {
	params, err := readCallback(rawURL, responseMode)
	if err != nil {
		return "", err
	}
	if params.get("state") == "" {
		return "", stateMissing()
	}
	return params.get("state"), nil
}

// readCallback reads the parameters from the component of the URL that the response mode says, and refuses a response
// in the other one. Parameters we do not know are the application's or somebody else's: they are ignored.
func readCallback(rawURL, responseMode string) (parameters, error) {
	rest, fragment, _ := strings.Cut(rawURL, "#")
	_, query, _ := strings.Cut(rest, "?")
	read, other := query, fragment
	switch responseMode {
	case "", "query":
	case "fragment":
		read, other = fragment, query
	default:
		return nil, ConfigError("responseMode", "must be query or fragment")
	}
	params, repeated := parseForm(read)
	if repeated {
		return nil, callbackError("duplicate", "a parameter occurs twice in the authorization response")
	}
	misplaced, _ := parseForm(other)
	for _, name := range []string{"code", "state", "error", "access_token", "id_token", "response"} {
		if misplaced.has(name) {
			return nil, callbackError("response_mode", "the authorization response is not where it was asked for, in the query or in the fragment")
		}
	}
	if params.has("response") {
		return nil, callbackError("jarm", "the authorization response is a JWT, which was not asked for")
	}
	return params, nil
}

func checkState(params parameters, want string) error {
	got := params.get("state")
	if got == "" {
		return stateMissing()
	}
	if subtle.ConstantTimeCompare([]byte(got), []byte(want)) != 1 {
		return &Error{Code: CodeState, Reason: "mismatch",
			Message: "the authorization response belongs to another request; start the sign-in again"}
	}
	return nil
}

// checkIss compares by "simple string comparison" (RFC 9207 section 2.4), also in error responses.
func checkIss(params parameters, want CallbackExpectation) error {
	iss, present := params.lookup("iss")
	switch {
	case !present && want.IssRequired:
		return &Error{Code: CodeIssuer, Reason: "missing",
			Message: "the authorization response names no issuer although the server promises one"}
	case present && want.Issuer != "" && iss != want.Issuer:
		return &Error{Code: CodeIssuer, Reason: "mismatch",
			Message: "the authorization response comes from another issuer than the request went to"}
	}
	return nil
}

func authorizationError(params parameters) *Error {
	e := &Error{Code: CodeAuthorization, Message: "the server did not sign the user in"}
	e.OAuthError, e.Description = oauthText(params.get("error"), params.get("error_description"),
		[]string{params.get("state"), params.get("code")})
	return e
}

func callbackError(reason, message string) *Error {
	return &Error{Code: CodeCallback, Reason: reason, Message: message}
}

func stateMissing() *Error {
	return &Error{Code: CodeState, Reason: "missing",
		Message: "the URL has no state, so it is no answer to a request of ours"}
}
