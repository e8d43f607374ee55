// Command go-oidc is github.com/luikyv/go-oidc with all that it has and the
// client uses: DPoP, pushed requests, resource indicators, jwt-bearer.
package main

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/luikyv/go-oidc/pkg/goidc"
	oidc "github.com/luikyv/go-oidc/pkg/provider"

	"github.com/pkcewasm/pkcewasm/internal/provider"
)

const hour = 3600 // seconds

func main() { provider.Main(newServer) }

func newServer(c *provider.Config) (http.Handler, error) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, fmt.Errorf("signing key: %w", err)
	}
	keys := goidc.JSONWebKeySet{Keys: []goidc.JSONWebKey{{Key: key, KeyID: "test", Algorithm: "RS256", Use: "sig"}}}
	server, err := oidc.New(c.Issuer, nil, func(context.Context) (goidc.JSONWebKeySet, error) { return keys, nil },
		oidc.WithStaticClients(application(c), service, asserter),
		oidc.WithTokenAuthnMethods(goidc.AuthnMethodNone, goidc.AuthnMethodSecretBasic),
		oidc.WithScopes(goidc.ScopeOpenID, goidc.ScopeProfile, goidc.ScopeEmail, goidc.ScopeOfflineAccess, goidc.NewScope("api:read")),
		oidc.WithAuthCodeGrant(nil, goidc.ResponseTypeCode),
		oidc.WithPKCERequired(goidc.CodeChallengeMethodSHA256),
		oidc.WithPAR(nil),
		oidc.WithDPoP(goidc.ES256),
		oidc.WithResourceIndicators(provider.Resource),
		oidc.WithIssuerResponseParameter(),
		oidc.WithRefreshTokenGrant(nil),
		oidc.WithRefreshTokenShouldIssueFunc(func(context.Context, *goidc.Client, *goidc.Grant) bool { return true }),
		oidc.WithRefreshTokenRotation(),
		oidc.WithRefreshTokenLifetime(hour),
		oidc.WithClientCredentialsGrant(),
		oidc.WithJWTBearerGrant(checkAssertion(c)),
		oidc.WithConsumeJTIFunc(once()),
		oidc.WithTokenRevocation(func(context.Context, *goidc.Client) bool { return true }),
		oidc.WithTokenOptions(func(_ context.Context, g *goidc.Grant, _ *goidc.Client) goidc.TokenOptions {
			lifetime := int(provider.AccessTokenLifetime / time.Second)
			if len(g.Resources) > 0 { // so that the audience can be seen
				return goidc.NewJWTTokenOptions(goidc.RS256, lifetime)
			}
			return goidc.NewOpaqueTokenOptions(lifetime)
		}),
		oidc.WithIDTokenSignatureAlgs(goidc.RS256),
		oidc.WithIDTokenLifetime(hour),
		oidc.WithPolicies(goidc.NewPolicy("sign-in", func(*http.Request, *goidc.AuthnSession, *goidc.Client) bool { return true }, signIn)),
		oidc.WithLogout(nil, func(w http.ResponseWriter, _ *http.Request, _ *goidc.LogoutSession) error {
			_, err := fmt.Fprint(w, "signed out")
			return err
		}),
		oidc.WithLogoutPolicies(goidc.NewLogoutPolicy("sign-out", func(*http.Request, *goidc.LogoutSession) bool { return true },
			func(http.ResponseWriter, *http.Request, *goidc.LogoutSession) (goidc.Status, error) {
				return goidc.StatusSuccess, nil
			})),
		oidc.WithHandleErrorFunc(func(_ context.Context, err error) { log.Println("error:", err) }),
	)
	if err != nil {
		return nil, err
	}
	return c.CORS(server.Handler()), nil
}

func application(c *provider.Config) *goidc.Client {
	return &goidc.Client{ID: provider.Client, ClientMeta: goidc.ClientMeta{
		ScopeIDs: provider.Scopes, RedirectURIs: c.RedirectURIs(), PostLogoutRedirectURIs: c.RedirectURIs(),
		GrantTypes:       []goidc.GrantType{goidc.GrantAuthorizationCode, goidc.GrantRefreshToken},
		ResponseTypes:    []goidc.ResponseType{goidc.ResponseTypeCode},
		TokenAuthnMethod: goidc.AuthnMethodNone, TokenRevocationAuthnMethod: goidc.AuthnMethodNone,
	}}
}

var (
	service = &goidc.Client{ID: provider.Service, Secret: provider.ServiceSecret, ClientMeta: goidc.ClientMeta{
		ScopeIDs: "api:read", TokenAuthnMethod: goidc.AuthnMethodSecretBasic, GrantTypes: []goidc.GrantType{goidc.GrantClientCredentials},
	}}
	asserter = &goidc.Client{ID: provider.Asserter, ClientMeta: goidc.ClientMeta{
		ScopeIDs: "api:read", TokenAuthnMethod: goidc.AuthnMethodNone, GrantTypes: []goidc.GrantType{goidc.GrantJWTBearer},
	}}
)

func signIn(_ http.ResponseWriter, _ *http.Request, session *goidc.AuthnSession, _ *goidc.Client) (goidc.Status, error) {
	session.Subject = provider.User
	session.GrantedScopes, session.GrantedResources = session.Scopes, session.Resources
	return goidc.StatusSuccess, nil
}

// checkAssertion checks an assertion (RFC 7523 section 3), which the library leaves to
// its user.
func checkAssertion(c *provider.Config) func(context.Context, string) (string, error) {
	return func(_ context.Context, assertion string) (string, error) {
		refused := goidc.NewError(goidc.ErrorCodeInvalidGrant, "the assertion is not valid")
		part := strings.Split(assertion, ".")
		if len(part) != 3 {
			return "", refused
		}
		var header struct{ Alg, Kid string }
		var claims struct {
			Iss, Sub, Aud string
			Exp           int64
		}
		signature, err := base64.RawURLEncoding.DecodeString(part[2])
		mac := hmac.New(sha256.New, []byte(provider.AssertionSecret))
		mac.Write([]byte(part[0] + "." + part[1]))
		if err != nil || !hmac.Equal(signature, mac.Sum(nil)) || !decode(part[0], &header) || !decode(part[1], &claims) {
			return "", refused
		}
		if header.Alg != "HS256" || header.Kid != provider.AssertionKeyID || claims.Iss != provider.Asserter ||
			claims.Aud != c.Issuer+"/token" || claims.Exp < time.Now().Unix() {
			return "", refused
		}
		return claims.Sub, nil
	}
}

func decode(segment string, into any) bool {
	text, err := base64.RawURLEncoding.DecodeString(segment)
	return err == nil && json.Unmarshal(text, into) == nil
}

// once refuses a jti that was seen before.
func once() func(context.Context, string) error {
	var mu sync.Mutex // guards seen
	seen := map[string]bool{}
	return func(_ context.Context, id string) error {
		mu.Lock()
		defer mu.Unlock()
		if seen[id] {
			return errors.New("the jti was used before")
		}
		seen[id] = true
		return nil
	}
}
