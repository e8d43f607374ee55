package oauth

import (
	"crypto/subtle"
	"encoding/base64"
	"strconv"

	"github.com/pkcewasm/pkcewasm/internal/sha256"
)

const (
	defaultTolerance = 60  // seconds
	maxTolerance     = 300 // seconds
)

// Claims are the claims of an ID token that this package checks. Times are in seconds since the epoch, 0 if absent.
type Claims struct {
	Issuer          string
	Subject         string
	Nonce           string
	Audience        []string
	AuthorizedParty string
	ExpiresAt       int64
	IssuedAt        int64
	AuthTime        int64
	Raw             string // all claims, as the JSON text of an object
}

// IDTokenExpectation is what an ID token is held against.
type IDTokenExpectation struct {
	Issuer           string
	ClientID         string
	Nonce            string // of the authorization request; "" if it had none
	NowMS            int64  // wall clock, ms since the epoch
	ToleranceSeconds int64  // difference of clocks to put up with; 0 means 60, at most 300
	MaxAge           int64  // `max_age` of the authorization request in seconds; -1 if it had none
	AccessToken      Secret // issued along with it, to check `at_hash`
	Fresh            bool   // it has just been issued: if it seems to have expired, that is the clocks' fault

	// Refresh says that the token came with a refresh. Then it need not repeat the nonce, and Subject and AuthTime,
	// unless "" and 0, must be those of the first ID token. OpenID Connect Core 1.0 section 12.2.
	Refresh  bool
	Subject  string
	AuthTime int64 // seconds since the epoch
}

// ParseIDToken checks an ID token and returns its claims. The signature is VerifyIDToken's; without it, the token must
// have come straight from the token endpoint, over TLS, as it does in the code flow (OpenID Connect Core 1.0 section
// 3.1.3.7 number 6). The `at_hash` of an EdDSA token is VerifyIDToken's too.
//
// Errors have the code id_token; the Reason is the claim, or malformed, duplicate, too_large, encrypted, alg, crit, typ,
// key, or clock if this device and the server disagree about the time.
func ParseIDToken(token Secret, want IDTokenExpectation) (*Claims, error) {
	jwt, err := parseSignedJWT(token.Reveal())
	if err != nil {
		return nil, err
	}
	c := claims{object: jwt.payload, want: want, result: Claims{Raw: jwt.payload.Raw()}}
	for _, err := range []error{
		c.issuer(), c.subject(), c.audience(), c.authorizedParty(), c.times(), c.nonce(), c.authTime(), c.accessTokenHash(jwt.algorithm),
	} {
		if err != nil {
			return nil, err
		}
	}
	return &c.result, nil
}

func idTokenError(reason, message string) error {
	return &Error{Code: CodeIDToken, Reason: reason, Message: message}
}

// mismatch is the error of a claim that has another value than expected, if that value is sound.
func mismatch(sound bool, reason, message string) error {
	return &Error{Code: CodeIDToken, Reason: reason, Message: message, Mismatch: sound}
}

// claims checks the payload claim by claim, in the order of OpenID Connect Core 1.0 section 3.1.3.7; but the subject comes
// early, since a refresh that brings another user is worse than whatever else is wrong.
type claims struct {
	object *Object
	want   IDTokenExpectation
	result Claims
}

func (c *claims) text(name string) (string, bool) {
	value, ok := c.object.Get(name)
	return value.String(), ok && value.Kind == String
}

func (c *claims) has(name string) bool {
	_, ok := c.object.Get(name)
	return ok
}

func (c *claims) issuer() error {
	iss, ok := c.text("iss")
	if !ok || iss != c.want.Issuer {
		return mismatch(ok && iss != "", "iss", "the ID token was issued by another issuer than expected")
	}
	c.result.Issuer = iss
	return nil
}

// audience allows no one but us: nobody told us whom else to trust.
func (c *claims) audience() error {
	value, _ := c.object.Get("aud")
	audience := []Value{value}
	if value.Kind == Array {
		audience = value.Elements()
	}
	for _, one := range audience {
		if one.Kind != String || one.String() != c.want.ClientID {
			return idTokenError("aud", "the ID token was issued for another client, or for others too")
		}
		c.result.Audience = append(c.result.Audience, one.String())
	}
	if len(audience) == 0 {
		return idTokenError("aud", "the ID token was issued for nobody")
	}
	return nil
}

func (c *claims) authorizedParty() error {
	azp, ok := c.text("azp")
	if c.has("azp") && (!ok || azp != c.want.ClientID) {
		return idTokenError("azp", "the ID token was issued to another client")
	}
	c.result.AuthorizedParty = azp
	return nil
}

// subject has the form of section 2: at most 255 ASCII characters.
func (c *claims) subject() error {
	sub, ok := c.text("sub")
	if !ok || sub == "" || len(sub) > 255 || !isASCII(sub) {
		return idTokenError("sub", "the ID token has no usable subject")
	}
	if c.want.Refresh && c.want.Subject != "" && sub != c.want.Subject {
		return mismatch(true, "sub", "the refreshed ID token is about another user")
	}
	c.result.Subject = sub
	return nil
}

// times compares exp and iat with this device's clock.
func (c *claims) times() error {
	issued, ok := c.seconds("iat")
	if !ok {
		return idTokenError("iat", "the ID token does not say when it was issued")
	}
	expires, ok := c.seconds("exp")
	if !ok || expires <= issued {
		return idTokenError("exp", "the ID token does not say when it expires")
	}
	age := c.now() - issued
	switch expired := c.now() >= expires+c.tolerance(); {
	case age < -c.tolerance():
		return clockError(-age, "ahead of")
	case expired && c.want.Fresh:
		return clockError(age, "behind")
	case expired:
		return idTokenError("exp", "the ID token has expired")
	}
	c.result.IssuedAt, c.result.ExpiresAt = issued, expires
	return nil
}

// clockError says by how much the server's clock differs, as far as a token that was just issued can tell.
func clockError(seconds int64, how string) error {
	skew := "the server's clock is " + strconv.FormatInt(seconds, 10) + " seconds " + how + " this device's"
	return &Error{Code: CodeIDToken, Reason: "clock", Description: "clock: " + skew,
		Message: skew + ", so the ID token is not valid now; set the clock that is wrong"}
}

func (c *claims) now() int64 { return c.want.NowMS / 1000 }

func (c *claims) tolerance() int64 {
	if c.want.ToleranceSeconds <= 0 {
		return defaultTolerance
	}
	return min(c.want.ToleranceSeconds, maxTolerance)
}

// seconds is a NumericDate (RFC 7519 section 2) that other JSON readers understand in the same way.
func (c *claims) seconds(name string) (int64, bool) {
	const maxExact = 1 << 53
	value, _ := c.object.Get(name)
	n, ok := value.Int64()
	return n, ok && n > 0 && n < maxExact
}

func (c *claims) nonce() error {
	nonce, ok := c.text("nonce")
	c.result.Nonce = nonce
	optional := c.want.Refresh || c.want.Nonce == ""
	switch {
	case !c.has("nonce") && optional, ok && c.want.Nonce == "":
		return nil
	case ok && subtle.ConstantTimeCompare([]byte(nonce), []byte(c.want.Nonce)) == 1:
		return nil
	}
	return mismatch(ok && nonce != "", "nonce", "the ID token does not belong to this sign-in")
}

func (c *claims) authTime() error {
	since, ok := c.seconds("auth_time")
	asked := !c.want.Refresh && c.want.MaxAge >= 0
	switch {
	case c.has("auth_time") && !ok, asked && !ok:
		return idTokenError("auth_time", "the ID token does not say when the user signed in")
	case asked && c.now()-since > c.want.MaxAge+c.tolerance():
		return idTokenError("auth_time", "the user signed in longer ago than max_age allows")
	case c.want.Refresh && ok && c.want.AuthTime != 0 && since != c.want.AuthTime:
		return mismatch(true, "auth_time", "the refreshed ID token is about another sign-in")
	}
	if ok {
		c.result.AuthTime = since
	}
	return nil
}

// accessTokenHash compares `at_hash` where the algorithm's hash is SHA-256.
func (c *claims) accessTokenHash(algorithm string) error {
	value, has := c.object.Get("at_hash")
	if !has || c.want.AccessToken.IsZero() || algorithm == "EdDSA" {
		return nil
	}
	hash := sha256.Sum256([]byte(c.want.AccessToken.Reveal()))
	return compareAccessTokenHash(value, hash[:])
}

// compareAccessTokenHash compares `at_hash` with the left half of the access token's hash (section 3.1.3.8).
func compareAccessTokenHash(value Value, hash []byte) error {
	half := base64.RawURLEncoding.EncodeToString(hash[:len(hash)/2])
	if subtle.ConstantTimeCompare([]byte(value.String()), []byte(half)) != 1 {
		return idTokenError("at_hash", "the ID token does not belong to the access token it came with")
	}
	return nil
}
