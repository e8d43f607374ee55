package oauth

import "strings"

// maxLifetime is the longest lifetime we believe, in seconds: ten years.
const maxLifetime = 315_360_000

// notAccess is the token_type of what is no access token.
const notAccess = "N_A"

// Tokens is a successful token response (RFC 6749 section 5.1).
type Tokens struct {
	AccessToken  Secret
	RefreshToken Secret // the zero Secret if the server sent none: after a refresh the old one stays valid
	IDToken      Secret // unverified, possibly not even a JWT; see ParseIDToken
	TokenType    string // "Bearer" or "DPoP"; "N_A" if what was issued is no access token (RFC 8693 section 2.2.1)
	ExpiresIn    int64  // seconds, 0 to ten years; -1 if the server sent none or an unusable one
	Scope        string
	HasScope     bool // without it, what was asked for was granted

	IssuedTokenType      string // what AccessToken is, after a token exchange (RFC 8693 section 2.2.1); "" if the server did not say
	AuthorizationDetails string // JSON text of what was granted of them (RFC 9396 section 7); "" if the server did not say

	// Diagnostics name what was wrong without being fatal: "content_type", "expires_in", "refresh_token".
	Diagnostics []string
}

// ParseTokens reads the body of a token response with status 200. Members it does not know are ignored, and so are
// members whose name differs in case only.
//
// Errors: oauth if it is an error response all the same, else response or too_large with the Reasons of ParseObject or
// the name of the member that is wrong, or conflict for a success and an error at once.
func ParseTokens(body []byte) (*Tokens, error) {
	tokens, failure := parseTokens(body, nil)
	if failure != nil {
		return nil, failure
	}
	return tokens, nil
}

func parseTokens(body []byte, secrets []string) (*Tokens, *Error) {
	object, err := ParseObject(body)
	if err != nil {
		return nil, ownError(err)
	}
	if failure := errorInSuccess(object, secrets); failure != nil {
		return nil, failure
	}
	tokens := new(Tokens)
	for _, read := range []func(*Object) *Error{
		tokens.readAccessToken, tokens.readTokenType, tokens.readRefreshToken, tokens.readScope,
	} {
		if failure := read(object); failure != nil {
			return nil, failure
		}
	}
	tokens.readIDToken(object)
	issued, _ := object.Get("issued_token_type")
	tokens.IssuedTokenType = strings.Clone(issued.String())
	if details, _ := object.Get("authorization_details"); details.Kind == Array {
		tokens.AuthorizationDetails = strings.Clone(details.Raw())
	}
	tokens.readExpiresIn(object)
	return tokens, nil
}

// errorInSuccess finds the error response of a server that sends it with status 200.
func errorInSuccess(object *Object, secrets []string) *Error {
	if !present(object, "error") {
		return nil
	}
	if present(object, "access_token") {
		return responseError("conflict", "the token response carries both a token and an error")
	}
	return oauthError(object, secrets)
}

func present(object *Object, name string) bool {
	value, ok := object.Get(name)
	return ok && value.Kind != Null
}

func (t *Tokens) readAccessToken(object *Object) *Error {
	value, _ := object.Get("access_token")
	token := value.String()
	if !isToken(token) {
		return responseError("access_token", "the token response has no usable access_token")
	}
	t.AccessToken = NewSecret(token)
	return nil
}

// readTokenType refuses what we would not know how to use (RFC 6749 section 7.1).
func (t *Tokens) readTokenType(object *Object) *Error {
	value, _ := object.Get("token_type")
	for _, known := range []string{"Bearer", "DPoP", notAccess} {
		if EqualFold(value.String(), known) && (known != notAccess || present(object, "issued_token_type")) {
			t.TokenType = known
			return nil
		}
	}
	return tokenTypeError()
}

func tokenTypeError() *Error {
	return responseError("token_type", "the token response has no token_type that can be used; Bearer was expected")
}

// readRefreshToken takes null and "" for absent, as servers write it that do not rotate.
func (t *Tokens) readRefreshToken(object *Object) *Error {
	if !present(object, "refresh_token") {
		return nil
	}
	value, _ := object.Get("refresh_token")
	token := value.String()
	switch {
	case value.Kind == String && token == "":
		t.Diagnostics = append(t.Diagnostics, "refresh_token")
	case !isToken(token):
		return responseError("refresh_token", "the token response has an unusable refresh_token")
	}
	t.RefreshToken = NewSecret(token)
	return nil
}

func (t *Tokens) readScope(object *Object) *Error {
	value, ok := object.Get("scope")
	if !ok {
		return nil
	}
	if value.Kind != String {
		return responseError("scope", "the scope in the token response is not a string")
	}
	t.Scope, t.HasScope = strings.Clone(value.String()), true
	return nil
}

// readIDToken keeps what is not even a string, for ParseIDToken to refuse: the other tokens of a refresh have to be
// kept in any case, because the old refresh token is spent.
func (t *Tokens) readIDToken(object *Object) {
	if !present(object, "id_token") {
		return
	}
	value, _ := object.Get("id_token")
	t.IDToken = NewSecret(value.String())
	if t.IDToken.IsZero() {
		t.IDToken = NewSecret(value.Raw())
	}
}

// readExpiresIn takes a number, or a string of digits only, and rounds down.
func (t *Tokens) readExpiresIn(object *Object) {
	value, ok := object.Get("expires_in")
	if !ok {
		t.ExpiresIn = -1
		return
	}
	seconds, ok := value.Int64()
	if text := value.String(); isDigits(text) {
		seconds, ok = digits(text), true
	}
	if !ok || seconds < 0 {
		t.ExpiresIn = -1
		t.Diagnostics = append(t.Diagnostics, "expires_in")
		return
	}
	t.ExpiresIn = min(seconds, maxLifetime)
}

// isToken tells a token: printable ASCII (RFC 6749 appendices A.12 and A.17), without spaces at its ends, which an
// Authorization header would lose.
func isToken(text string) bool {
	return text != "" && isVisible(text) && trimSpace(text) == text
}
