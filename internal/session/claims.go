package session

import "github.com/pkcewasm/pkcewasm/internal/oauth"

// clockTolerance is how many seconds the clocks of client and server may differ.
const clockTolerance = 60

// Claims checks the ID token of a code exchange and returns its claims; nil when
// the response has none and no nonce asked for one.
func Claims(tokens *oauth.Tokens, want oauth.IDTokenExpectation) (*oauth.Claims, error) {
	if tokens.IDToken.IsZero() {
		if want.Nonce != "" {
			return nil, &oauth.Error{Code: oauth.CodeIDToken, Reason: "missing",
				Message: "an ID token was asked for, but the answer holds none"}
		}
		return nil, nil
	}
	want.ToleranceSeconds, want.Fresh = clockTolerance, true
	return oauth.ParseIDToken(tokens.IDToken, want)
}

// RefreshedClaims checks the ID token of a refresh response (OpenID Connect Core
// section 12.2) and returns its claims. One of somebody else is an error. A
// malformed one is taken out of tokens, because the refresh token is spent and
// the answer must not be lost over it.
func RefreshedClaims(tokens *oauth.Tokens, want oauth.IDTokenExpectation) (*oauth.Claims, error) {
	if tokens.IDToken.IsZero() {
		return nil, nil
	}
	claims, err := refreshedClaims(tokens, want)
	if err != nil && !foreign(err) {
		tokens.IDToken = oauth.Secret{}
		return nil, nil
	}
	return claims, err
}

func refreshedClaims(tokens *oauth.Tokens, want oauth.IDTokenExpectation) (*oauth.Claims, error) {
	want.ToleranceSeconds, want.Fresh, want.MaxAge, want.Refresh = clockTolerance, true, -1, true
	want.AccessToken = tokens.AccessToken
	return oauth.ParseIDToken(tokens.IDToken, want)
}

// foreign reports whether an ID token is somebody else's, rather than malformed.
func foreign(err error) bool {
	return err != nil && ownError(err).Mismatch
}
