package main

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"fmt"
	"log"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/luikyv/go-oidc/pkg/goidc"
	"github.com/luikyv/go-oidc/pkg/provider"
)

const (
	clientID = "demo-spa"
	scopes   = "openid profile email offline_access api:read"

	idTokenLifetime      = 3600 // seconds
	refreshTokenLifetime = 3600 // seconds, renewed at every rotation
)

type providerConfig struct {
	issuer   string        // origin, without a path
	lifetime time.Duration // of an access token
	origins  []string      // of the applications: CORS and redirect URIs
	auto     bool          // sign "alice" in without a form
}

// newProvider returns an OpenID provider with one public client. Authorization code with S256
// only (RFC 7636), RFC 9207 issuer identification, refresh token rotation with detection of
// replays (RFC 9700 section 4.14.2), revocation (RFC 7009), RP-initiated logout, and the protected API.
func newProvider(cfg providerConfig) (http.Handler, error) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, fmt.Errorf("signing key: %w", err)
	}
	keys := goidc.JSONWebKeySet{Keys: []goidc.JSONWebKey{{Key: key, KeyID: "demo", Algorithm: "RS256", Use: "sig"}}}
	data := newStore()
	pages := newSignIn(cfg)

	op, err := provider.New(cfg.issuer, data,
		func(context.Context) (goidc.JSONWebKeySet, error) { return keys, nil },
		provider.WithStaticClients(singlePageApplication(cfg.origins)),
		provider.WithTokenAuthnMethods(goidc.AuthnMethodNone),
		provider.WithScopes(goidc.ScopeOpenID, goidc.ScopeProfile, goidc.ScopeEmail, goidc.ScopeOfflineAccess, goidc.NewScope("api:read")),

		provider.WithAuthCodeGrant(data, goidc.ResponseTypeCode),
		provider.WithPKCERequired(goidc.CodeChallengeMethodSHA256),
		provider.WithIssuerResponseParameter(),

		provider.WithRefreshTokenGrant(data),
		provider.WithRefreshTokenShouldIssueFunc(func(context.Context, *goidc.Client, *goidc.Grant) bool { return true }),
		provider.WithRefreshTokenRotation(),
		provider.WithRefreshTokenLifetime(refreshTokenLifetime),
		provider.WithTokenRevocation(func(context.Context, *goidc.Client) bool { return true }),
		provider.WithTokenOptions(func(context.Context, *goidc.Grant, *goidc.Client) goidc.TokenOptions {
			return goidc.NewOpaqueTokenOptions(int(cfg.lifetime / time.Second))
		}),

		provider.WithIDTokenSignatureAlgs(goidc.RS256),
		provider.WithIDTokenLifetime(idTokenLifetime),
		provider.WithIDTokenClaims(func(_ context.Context, g *goidc.Grant) map[string]any { return claimsOf(g) }),
		provider.WithUserInfoClaims(func(_ context.Context, g *goidc.Grant) map[string]any { return claimsOf(g) }),

		provider.WithPolicies(goidc.NewPolicy("sign-in", func(*http.Request, *goidc.AuthnSession, *goidc.Client) bool { return true }, pages.authenticate)),
		provider.WithLogout(nil, pages.signedOut),
		provider.WithLogoutPolicies(goidc.NewLogoutPolicy("sign-out", func(*http.Request, *goidc.LogoutSession) bool { return true }, pages.signOut)),
		provider.WithRenderErrorFunc(pages.refused),
		provider.WithHandleErrorFunc(func(_ context.Context, err error) { log.Println("provider:", err) }),
		// Only assertions carry a jti, and no client of this provider may send one.
		provider.WithConsumeJTIFunc(func(context.Context, string) error { return errors.New("assertions are not accepted here") }),
	)
	if err != nil {
		return nil, err
	}

	mux := http.NewServeMux()
	spoiled := &faults{store: data, key: key}
	op.RegisterRoutes(mux, oneAtATime())
	mux.Handle("POST "+faultsPath, applicationsOnly(cfg.origins, spoiled.set))
	mux.Handle("GET "+heldPath, applicationsOnly(cfg.origins, spoiled.held))
	mux.Handle("GET "+helloPath, hello(op))
	mux.HandleFunc("GET /{$}", pages.welcome)
	for _, name := range []string{"signin.css", "favicon.svg"} {
		mux.HandleFunc("GET /"+name, pages.asset(name))
	}
	return cors(cfg.origins, spoiled.spoil(mux)), nil
}

func singlePageApplication(origins []string) *goidc.Client {
	var redirects []string
	for _, origin := range origins {
		for _, path := range []string{"/", "/?isolation=dedicated", "/?isolation=none", "/callback", "/callback.html", "/test.html"} {
			redirects = append(redirects, origin+path)
		}
	}
	return &goidc.Client{ID: clientID, ClientMeta: goidc.ClientMeta{
		Name:                       "pkcewasm demo",
		ScopeIDs:                   scopes,
		RedirectURIs:               redirects,
		PostLogoutRedirectURIs:     redirects,
		GrantTypes:                 []goidc.GrantType{goidc.GrantAuthorizationCode, goidc.GrantRefreshToken},
		ResponseTypes:              []goidc.ResponseType{goidc.ResponseTypeCode},
		TokenAuthnMethod:           goidc.AuthnMethodNone,
		TokenRevocationAuthnMethod: goidc.AuthnMethodNone,
	}}
}

// claimsOf returns what the scopes of the grant let the application know (OIDC Core section 5.4).
func claimsOf(g *goidc.Grant) map[string]any {
	claims := map[string]any{}
	granted := strings.Fields(g.Scopes)
	if slices.Contains(granted, "profile") {
		claims["name"] = g.Username
		claims["preferred_username"] = g.Subject
	}
	if slices.Contains(granted, "email") {
		claims["email"] = g.Subject + "@example.test"
	}
	if at, ok := g.Store[authTimeKey]; ok {
		claims[goidc.ClaimAuthTime] = at
	}
	return claims
}

// oneAtATime serialises the endpoints that spend a grant: the library reads and saves it in two
// steps, and between them a second request could spend the same refresh token.
func oneAtATime() goidc.MiddlewareFunc {
	var spending sync.Mutex // held for one token or revocation request
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/token" || r.URL.Path == "/revoke" {
				spending.Lock()
				defer spending.Unlock()
			}
			next.ServeHTTP(w, r)
		})
	}
}

// applicationsOnly refuses the pages of other origins, and whatever else is no page of a registered application.
func applicationsOnly(origins []string, next http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !slices.Contains(origins, r.Header.Get("Origin")) {
			http.Error(w, "only for the application", http.StatusForbidden)
			return
		}
		next(w, r)
	})
}

// cors lets the registered applications, and no others, read answers from another origin.
func cors(origins []string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Add("Vary", "Origin")
		if origin := r.Header.Get("Origin"); slices.Contains(origins, origin) {
			h.Set("Access-Control-Allow-Origin", origin)
			h.Set("Access-Control-Expose-Headers", "Date, Retry-After, WWW-Authenticate")
			if r.Method == http.MethodOptions {
				h.Set("Access-Control-Allow-Methods", "GET, POST")
				h.Set("Access-Control-Allow-Headers", "Authorization, Content-Type")
				w.WriteHeader(http.StatusNoContent)
				return
			}
		}
		next.ServeHTTP(w, r)
	})
}
