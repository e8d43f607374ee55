package oauth

// Verifier is the platform's public key cryptography. The standard library's would be larger than the rest of the module.
type Verifier interface {
	// Verify says whether signature is the key's over signed, by an algorithm of RFC 7518 section 3.1 or RFC 8037:
	// RS256, PS256, ES256 or EdDSA. The key fits the algorithm. The error, with the code unsupported or
	// insecure_context, is for a platform that cannot tell.
	Verify(algorithm string, key *PublicKey, signed string, signature []byte) (bool, error)
	// SHA512 is the hash of data, with the same errors.
	SHA512(data string) ([]byte, error)
}

// VerifyIDToken verifies the signature of an ID token with one of the server's keys (OpenID Connect Core 1.0 section
// 3.1.3.7 numbers 6 to 8), and `at_hash`, for the algorithm whose hash ParseIDToken cannot compute. It does not look at
// the claims: that is what ParseIDToken does.
//
// Errors have the code id_token and one of ParseIDToken's Reasons about the form, or key (there is none that fits),
// signature, at_hash; or they are those of the Verifier.
func VerifyIDToken(v Verifier, keys *KeySet, token, accessToken Secret) error {
	jwt, err := parseSignedJWT(token.Reveal())
	if err != nil {
		return err
	}
	fitting := keys.fitting(jwt)
	for _, key := range fitting {
		genuine, err := v.Verify(jwt.algorithm, key, jwt.signed, jwt.signature)
		if err != nil {
			return err
		}
		if genuine {
			return jwt.verifyAccessTokenHash(v, accessToken)
		}
	}
	if len(fitting) == 0 {
		return idTokenError("key", "the server publishes no key that fits the ID token")
	}
	return idTokenError("signature", "the signature of the ID token is not the server's")
}

// verifyAccessTokenHash compares the `at_hash` of an EdDSA token, whose hash is SHA-512 (RFC 8032 section 5.1).
func (jwt *signedJWT) verifyAccessTokenHash(v Verifier, accessToken Secret) error {
	value, has := jwt.payload.Get("at_hash")
	if !has || accessToken.IsZero() || jwt.algorithm != "EdDSA" {
		return nil
	}
	hash, err := v.SHA512(accessToken.Reveal())
	if err != nil {
		return err
	}
	return compareAccessTokenHash(value, hash)
}
