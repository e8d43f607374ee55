package oauthtest

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"math/big"
	"strconv"
	"sync"
)

// Key is a key pair for one algorithm: RS256, PS256, ES256 or EdDSA.
type Key struct {
	ID        string
	Algorithm string
	private   crypto.Signer
}

// keyRing are the keys of this process. They are made when they are first asked
// for, and once: an RSA key takes longer than most tests, and no test depends on
// which one it is.
var keyRing struct {
	mu      sync.Mutex // guards signers
	signers map[string]crypto.Signer
}

// KeyFor returns the key of an algorithm. A server whose keys were changed so many
// times signs with the one of that number.
func KeyFor(algorithm string, rotations int) *Key {
	keyRing.mu.Lock()
	defer keyRing.mu.Unlock()
	// Two keys are enough to tell one from the next, under as many names.
	name := algorithm + strconv.Itoa(rotations%2)
	if keyRing.signers == nil {
		keyRing.signers = map[string]crypto.Signer{}
	}
	if keyRing.signers[name] == nil {
		keyRing.signers[name] = newSigner(algorithm)
	}
	return &Key{ID: "test-key-" + strconv.Itoa(rotations+1), Algorithm: algorithm, private: keyRing.signers[name]}
}

func newSigner(algorithm string) (signer crypto.Signer) {
	var err error
	switch algorithm {
	case "RS256", "PS256":
		signer, err = rsa.GenerateKey(rand.Reader, 2048)
	case "ES256":
		signer, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case "EdDSA":
		_, signer, err = ed25519.GenerateKey(rand.Reader)
	default:
		panic("no such algorithm: " + algorithm)
	}
	if err != nil {
		panic(err) // the random source of the machine does not work
	}
	return signer
}

// Sign makes a signature as RFC 7518 section 3 and RFC 8037 have it.
func (k *Key) Sign(input string) []byte {
	digest := sha256.Sum256([]byte(input))
	var signature []byte
	var err error
	switch private := k.private.(type) {
	case *ecdsa.PrivateKey:
		r, s, failure := ecdsa.Sign(rand.Reader, private, digest[:])
		err = failure
		signature = append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...)
	case ed25519.PrivateKey:
		signature = ed25519.Sign(private, []byte(input))
	case *rsa.PrivateKey:
		if k.Algorithm == "PS256" {
			signature, err = rsa.SignPSS(rand.Reader, private, crypto.SHA256, digest[:], &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash})
		} else {
			signature, err = rsa.SignPKCS1v15(nil, private, crypto.SHA256, digest[:])
		}
	}
	if err != nil {
		panic(err) // every key here signs every digest
	}
	return signature
}

// JWK is the public key (RFC 7517 section 4, RFC 7518 section 6, RFC 8037 section 2).
func (k *Key) JWK() Members {
	encode := base64.RawURLEncoding.EncodeToString
	var m Members
	switch public := k.private.Public().(type) {
	case *rsa.PublicKey:
		m.SetText("kty", "RSA")
		m.SetText("n", encode(public.N.Bytes()))
		m.SetText("e", encode(big.NewInt(int64(public.E)).Bytes()))
	case *ecdsa.PublicKey:
		point, err := public.Bytes() // 4, x, y
		if err != nil {
			panic(err) // the point was made on the curve
		}
		m.SetText("kty", "EC")
		m.SetText("crv", "P-256")
		m.SetText("x", encode(point[1:33]))
		m.SetText("y", encode(point[33:]))
	case ed25519.PublicKey:
		m.SetText("kty", "OKP")
		m.SetText("crv", "Ed25519")
		m.SetText("x", encode(public))
	}
	m.SetText("use", "sig")
	m.SetText("alg", k.Algorithm)
	m.SetText("kid", k.ID)
	return m
}

// KeySet is a JWK Set of keys as they are given.
func KeySet(keys ...Members) Members {
	texts := make([][]byte, len(keys))
	for i, key := range keys {
		texts[i] = key.Bytes()
	}
	var m Members
	m.Set("keys", "["+string(bytes.Join(texts, []byte(",")))+"]")
	return m
}

// Verify checks a signature with nothing but the text members of a JWK.
func Verify(algorithm string, jwk map[string]string, input string, signature []byte) bool {
	decode := func(name string) []byte {
		data, _ := base64.RawURLEncoding.DecodeString(jwk[name])
		return data
	}
	digest := sha256.Sum256([]byte(input))
	switch algorithm {
	case "RS256", "PS256":
		key := &rsa.PublicKey{N: new(big.Int).SetBytes(decode("n")), E: int(new(big.Int).SetBytes(decode("e")).Int64())}
		if algorithm == "PS256" {
			return rsa.VerifyPSS(key, crypto.SHA256, digest[:], signature, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash}) == nil
		}
		return rsa.VerifyPKCS1v15(key, crypto.SHA256, digest[:], signature) == nil
	case "ES256":
		key, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), append(append([]byte{4}, decode("x")...), decode("y")...))
		return err == nil && len(signature) == 64 &&
			ecdsa.Verify(key, digest[:], new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:]))
	case "EdDSA":
		key := decode("x")
		return len(key) == ed25519.PublicKeySize && ed25519.Verify(key, []byte(input), signature)
	}
	return false
}
