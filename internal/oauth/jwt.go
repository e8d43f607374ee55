package oauth

import (
	"encoding/base64"
	"strings"
)

const maxIDToken = 256 << 10 // bytes

// signedJWT is a JWT in the compact form of a JSON Web Signature (RFC 7519 section 3, RFC 7515 section 7.1).
type signedJWT struct {
	payload   *Object
	algorithm string // one of the accepted ones
	keyID     string // "" if the header names none
	signed    string // what the signature is over: header and payload as they came
	signature []byte
}

func parseSignedJWT(token string) (*signedJWT, error) {
	parts := strings.Split(token[:min(len(token), maxIDToken+1)], ".")
	switch {
	case len(token) > maxIDToken:
		return nil, idTokenError("too_large", "the ID token is larger than 256 KiB")
	case len(parts) == 5:
		return nil, idTokenError("encrypted", "the ID token is encrypted, which is not supported")
	case len(parts) != 3:
		return nil, idTokenError("malformed", "the ID token is not a signed JWT")
	}
	jwt := &signedJWT{signed: token[:len(parts[0])+1+len(parts[1])]}
	var header *Object
	var err error
	if jwt.signature, err = decodeSegment(parts[2]); err != nil {
		return nil, err
	}
	if header, err = parseSegment(parts[0]); err != nil {
		return nil, err
	}
	if jwt.payload, err = parseSegment(parts[1]); err != nil {
		return nil, err
	}
	if err := jwt.readHeader(header); err != nil {
		return nil, err
	}
	if len(jwt.signature) == 0 {
		return nil, idTokenError("malformed", "the ID token is not signed")
	}
	return jwt, nil
}

// readHeader refuses algorithms that are not accepted, what must be understood and is not (RFC 7515 section 4.1.11,
// RFC 7797), and JWTs that say that they are something else, such as an access token (RFC 8725 section 3.11). Keys that
// the header brings along are not looked at.
func (jwt *signedJWT) readHeader(header *Object) error {
	alg, _ := header.Get("alg")
	jwt.algorithm = acceptedAlgorithm(alg.String())
	if jwt.algorithm == "" {
		return idTokenError("alg", "the ID token is not signed with an algorithm that is accepted")
	}
	for _, name := range []string{"crit", "b64"} {
		if _, critical := header.Get(name); critical {
			return idTokenError("crit", "the ID token has header parameters that must be understood and are not")
		}
	}
	kind, typed := header.Get("typ")
	if typed && kind.Kind != String || strings.HasSuffix(lowerASCII(kind.String()), "+jwt") {
		return idTokenError("typ", "the ID token says that it is another kind of token")
	}
	keyID, named := header.Get("kid")
	if named && keyID.Kind != String {
		return idTokenError("key", "the ID token does not name its key by a string")
	}
	jwt.keyID = keyID.String()
	return nil
}

// acceptedAlgorithm is the algorithm of that name, "" if it is not accepted: neither "none", nor the HMAC algorithms,
// whose key would be public in a browser. RFC 9864 renames EdDSA, of which Ed25519 is the only curve accepted.
func acceptedAlgorithm(name string) string {
	switch name {
	case "RS256", "PS256", "ES256", "EdDSA":
		return name
	case "Ed25519":
		return "EdDSA"
	}
	return ""
}

func parseSegment(segment string) (*Object, error) {
	text, err := decodeSegment(segment)
	if err != nil {
		return nil, err
	}
	object, err := ParseObject(text)
	if err == nil {
		return object, nil
	}
	if ownError(err).Reason == faultDuplicate {
		return nil, idTokenError(faultDuplicate, "the ID token has a claim twice")
	}
	return nil, idTokenError("malformed", "the ID token does not consist of JSON objects")
}

func decodeSegment(segment string) ([]byte, error) {
	data, ok := decodeBase64URL(segment)
	if !ok {
		return nil, idTokenError("malformed", "the ID token is not base64url")
	}
	return data, nil
}

// decodeBase64URL allows one spelling only (RFC 7515 section 2). The decoder would skip line breaks.
func decodeBase64URL(text string) ([]byte, bool) {
	data, err := base64.RawURLEncoding.Strict().DecodeString(text)
	return data, err == nil && indexAny(text, "\r\n") < 0
}
