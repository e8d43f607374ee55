//go:build js && wasm

package browser

import "github.com/pkcewasm/pkcewasm/internal/oauth"

// Verifier verifies signatures with crypto.subtle. It keeps the key that it used
// last: a server signs with one key for weeks, and importing it takes longer than
// verifying. The zero value has none yet. It implements oauth.Verifier.
type Verifier struct {
	key       *oauth.PublicKey // what imported is made of, which never changes
	algorithm string
	imported  value
	released  bool
}

// Release gives the key back, now or when whoever is importing one has used it.
func (v *Verifier) Release() {
	v.released = true
	v.forget()
}

// forget gives the key back if nobody is going to use it again.
func (v *Verifier) forget() {
	if v.released {
		v.imported.release()
		v.imported, v.key = value{}, nil
	}
}

// Verify says whether signature is the key's over signed. A key that the engine
// refuses, such as a point that is not on its curve, has made no signature.
func (v *Verifier) Verify(algorithm string, key *oauth.PublicKey, signed string, signature []byte) (bool, error) {
	subtle, err := newSubtle()
	if err != nil {
		return false, err
	}
	defer subtle.release()
	parameters := signatureParameters(algorithm)
	defer parameters.release()
	if v.key != key || v.algorithm != algorithm {
		imported, err := importKey(subtle, key, parameters)
		if err != nil {
			if algorithm == "EdDSA" { // which needs no more than 32 bytes, so that the engine does not know it
				return false, unsupported("Ed25519")
			}
			return false, nil
		}
		v.imported.release()
		v.key, v.algorithm, v.imported = key, algorithm, imported
	}
	made, message := newBytes(string(signature)), newBytes(signed)
	defer made.release()
	defer message.release()
	genuine, err := answer(subtle.call("verify", parameters, v.imported, made, message))
	defer genuine.release()
	v.forget()
	return err == nil && genuine.isTrue(), nil
}

// SHA512 is the hash of data.
func (*Verifier) SHA512(data string) ([]byte, error) {
	subtle, err := newSubtle()
	if err != nil {
		return nil, err
	}
	defer subtle.release()
	message := newBytes(data)
	defer message.release()
	buffer, err := answer(subtle.call("digest", "SHA-512", message))
	if err != nil {
		return nil, unsupported("SHA-512")
	}
	defer buffer.release()
	constructor := global("Uint8Array")
	defer constructor.release()
	array, _ := constructor.construct(buffer)
	defer array.release()
	hash := make([]byte, 64)
	if n, err := copyBytes(hash, array.ref); err != nil || n != len(hash) {
		return nil, unsupported("SHA-512")
	}
	return hash, nil
}

// newSubtle returns crypto.subtle, which only secure contexts have.
func newSubtle() (value, error) {
	crypto := global("crypto")
	defer crypto.release()
	subtle, _ := crypto.get("subtle")
	if subtle.kind() == kindObject {
		return subtle, nil
	}
	subtle.release()
	secure := global("isSecureContext")
	defer secure.release()
	if secure.kind() == kindBoolean && !secure.isTrue() {
		return value{}, &oauth.Error{Code: oauth.CodeInsecureContext, Reason: "crypto.subtle",
			Message: "signatures cannot be verified in a page that was not delivered by https, or from loopback"}
	}
	return value{}, unsupported("crypto.subtle")
}

func unsupported(what string) *oauth.Error {
	return &oauth.Error{Code: oauth.CodeUnsupported, Reason: what,
		Message: what + " is missing here, without which the ID token cannot be verified"}
}

// importKey makes a key of a JWK. The engine would look for the members that are
// not given in the prototype chain, which any script can extend.
func importKey(subtle value, key *oauth.PublicKey, parameters value) (value, error) {
	jwk, err := newRecord()
	if err != nil {
		return value{}, err
	}
	defer jwk.release()
	for _, member := range []struct{ name, value string }{
		{"kty", key.Type}, {"crv", key.Curve}, {"n", key.N}, {"e", key.E}, {"x", key.X}, {"y", key.Y},
	} {
		if member.value != "" {
			_ = jwk.set(member.name, member.value)
		}
	}
	usages := parseJSON(`["verify"]`)
	defer usages.release()
	return answer(subtle.call("importKey", "jwk", jwk, parameters, false, usages))
}

// signatureParameters are those of a JWS algorithm, for importing a key as well
// as for verifying (RFC 7518 section 3.1, RFC 8037 section 3.1).
func signatureParameters(algorithm string) value {
	parameters, _ := newRecord()
	name := "RSASSA-PKCS1-v1_5"
	switch algorithm {
	case "PS256":
		name = "RSA-PSS"
		_ = parameters.set("saltLength", 32)
	case "ES256":
		name = "ECDSA"
		_ = parameters.set("namedCurve", "P-256")
	case "EdDSA":
		name = "Ed25519"
	}
	_ = parameters.set("name", name)
	_ = parameters.set("hash", "SHA-256") // Ed25519 has one of its own, and this is not read
	return parameters
}

// answer waits for the promise that a method returned.
func answer(promise value, err error) (value, error) {
	if err != nil {
		return value{}, err
	}
	return await(promise)
}

// newBytes returns a Uint8Array.
func newBytes(data string) value { return value{newByteArray(data)} }
