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
	want.ToleranceSeconds = clockTolerance
	return oauth.ParseIDToken(tokens.IDToken, want)
}

// RefreshedClaims returns the claims of a refresh response's ID token, nil if it
// has none that is valid: the refresh token is spent, so the tokens must not be
// lost over it.
func RefreshedClaims(tokens *oauth.Tokens, want oauth.IDTokenExpectation) *oauth.Claims {
	if tokens.IDToken.IsZero() {
		return nil
	}
	want.ToleranceSeconds, want.MaxAge, want.Refresh = clockTolerance, -1, true
	claims, err := oauth.ParseIDToken(tokens.IDToken, want)
	if err != nil {
		return nil
	}
	return claims
}

// foreign reports whether an ID token is somebody else's, rather than malformed.
func foreign(err *oauth.Error) bool {
	switch err.Reason {
	case "iss", "sub", "nonce", "auth_time":
		return true
	}
	return false
}
