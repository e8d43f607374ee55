package session

import (
	"strconv"

	"github.com/pkcewasm/pkcewasm/internal/oauth"
)

// encoder writes one JSON object, member by member. The zero value is ready.
type encoder struct{ text []byte }

func (e *encoder) name(name string) {
	if len(e.text) == 0 {
		e.text = append(e.text, '{')
	} else {
		e.text = append(e.text, ',')
	}
	e.text = append(oauth.AppendQuoted(e.text, name), ':')
}

// String adds a string member, unless it is empty.
func (e *encoder) String(name, value string) {
	if value != "" {
		e.name(name)
		e.text = oauth.AppendQuoted(e.text, value)
	}
}

// Number adds a number member.
func (e *encoder) Number(name string, value int64) {
	e.name(name)
	e.text = strconv.AppendInt(e.text, value, 10)
}

// Bool adds a boolean member.
func (e *encoder) Bool(name string, value bool) {
	e.name(name)
	e.text = strconv.AppendBool(e.text, value)
}

// Raw adds a member whose value is JSON text, unless it is empty.
func (e *encoder) Raw(name, json string) {
	if json != "" {
		e.name(name)
		e.text = append(e.text, json...)
	}
}

// Object returns the JSON text of the object.
func (e *encoder) Object() string {
	if len(e.text) == 0 {
		return "{}"
	}
	return string(e.text) + "}"
}

// errorJSON is an error as JSON text, with the members of AuthError.
func errorJSON(err *oauth.Error) string {
	var e encoder
	e.String("code", string(err.Code))
	e.String("message", err.Message)
	e.Bool("retryable", err.Retryable)
	e.String("oauthError", err.OAuthError)
	e.String("description", err.Detail())
	if err.Status != 0 {
		e.Number("status", int64(err.Status))
	}
	if err.RetryAfter != 0 {
		e.Number("retryAfterSeconds", err.RetryAfter)
	}
	return e.Object()
}

// TokensJSON is a token response as JSON text, with the members of TokenSet.
// expiresAt is in ms since the epoch, absent when the response named no lifetime.
func TokensJSON(tokens *oauth.Tokens, receivedAt int64, claims *oauth.Claims) string {
	var e encoder
	e.String("accessToken", tokens.AccessToken.Reveal())
	e.String("tokenType", tokens.TokenType)
	e.String("issuedTokenType", tokens.IssuedTokenType)
	if tokens.ExpiresIn >= 0 {
		e.Number("expiresAt", receivedAt+tokens.ExpiresIn*second)
	}
	if tokens.HasScope {
		e.name("scope")
		e.text = oauth.AppendQuoted(e.text, tokens.Scope)
	}
	e.String("refreshToken", tokens.RefreshToken.Reveal())
	e.String("idToken", tokens.IDToken.Reveal())
	e.Raw("authorizationDetails", tokens.AuthorizationDetails)
	if claims != nil {
		e.Raw("claims", claims.Raw)
	}
	return e.Object()
}

// AuthorizationResponseJSON is a verified authorization response as JSON text.
func AuthorizationResponseJSON(response *oauth.AuthorizationResponse) string {
	var e encoder
	e.String("code", response.Code.Reveal())
	e.String("iss", response.Iss)
	return e.Object()
}
