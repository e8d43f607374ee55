// Command zitadel is github.com/zitadel/oidc with the storage of its own
// example, changed where the tests need it.
package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"time"

	jose "github.com/go-jose/go-jose/v4"
	"github.com/zitadel/oidc/v3/example/server/storage"
	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"

	"github.com/pkcewasm/pkcewasm/internal/provider"
)

func main() { provider.Main(newServer) }

func newServer(c *provider.Config) (http.Handler, error) {
	data := &store{Storage: storage.NewStorage(users{}), config: c, expires: map[string]time.Time{}}
	server, err := op.NewProvider(
		&op.Config{
			CryptoKey: sha256.Sum256([]byte("only for tests")), CodeMethodS256: true, AuthMethodPost: true, AuthMethodPrivateKeyJWT: true,
			GrantTypeRefreshToken: true, DefaultLogoutRedirectURI: "/",
		},
		data, op.StaticIssuer(c.Issuer), op.WithAllowInsecure(), op.WithLogger(slog.New(slog.NewTextHandler(io.Discard, nil))),
	)
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("/", server)
	mux.Handle("GET /sign-in", op.NewIssuerInterceptor(server.IssuerFromRequest).HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := r.URL.Query().Get("id")
		if err := data.CheckUsernamePassword(provider.User, "", id); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		http.Redirect(w, r, op.AuthCallbackURL(server)(r.Context(), id), http.StatusFound)
	}))
	return mux, nil
}

// store is the example's storage with the clients of the tests and short-lived
// access tokens.
type store struct {
	*storage.Storage
	config *provider.Config

	mu      sync.Mutex // guards expires
	expires map[string]time.Time
}

func (s *store) expire(id string) time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.expires[id] = time.Now().Add(provider.AccessTokenLifetime)
	return s.expires[id]
}

func (s *store) CreateAccessToken(ctx context.Context, r op.TokenRequest) (string, time.Time, error) {
	id, _, err := s.Storage.CreateAccessToken(ctx, r)
	return id, s.expire(id), err
}

func (s *store) CreateAccessAndRefreshTokens(ctx context.Context, r op.TokenRequest, current string) (string, string, time.Time, error) {
	id, refreshToken, _, err := s.Storage.CreateAccessAndRefreshTokens(ctx, r, current)
	return id, refreshToken, s.expire(id), err
}

func (s *store) SetUserinfoFromToken(ctx context.Context, info *oidc.UserInfo, id, subject, origin string) error {
	s.mu.Lock()
	expired := time.Now().After(s.expires[id])
	s.mu.Unlock()
	if expired {
		return errors.New("the token has expired")
	}
	return s.Storage.SetUserinfoFromToken(ctx, info, id, subject, origin)
}

func (s *store) GetClientByClientID(_ context.Context, id string) (op.Client, error) {
	if id != provider.Client {
		return nil, errors.New("no such client")
	}
	return &client{Client: storage.NativeClient(id, s.config.RedirectURIs()...), config: s.config}, nil
}

// ClientCredentials takes the tests' service for the example's.
func (s *store) ClientCredentials(ctx context.Context, id, secret string) (op.Client, error) {
	if id != provider.Service || secret != provider.ServiceSecret {
		return nil, errors.New("no such service")
	}
	return s.Storage.ClientCredentials(ctx, "sid1", "verysecret")
}

func (s *store) ClientCredentialsTokenRequest(ctx context.Context, _ string, scopes []string) (op.TokenRequest, error) {
	return s.Storage.ClientCredentialsTokenRequest(ctx, "sid1", scopes)
}

func (s *store) GetKeyByIDAndClientID(_ context.Context, keyID, clientID string) (*jose.JSONWebKey, error) {
	if keyID != provider.AssertionKeyID || clientID != provider.Asserter {
		return nil, errors.New("no such key")
	}
	return &jose.JSONWebKey{KeyID: keyID, Use: "sig", Key: s.config.Key}, nil
}

// client is a single-page application.
type client struct {
	*storage.Client
	config *provider.Config
}

func (c *client) ApplicationType() op.ApplicationType { return op.ApplicationTypeUserAgent }
func (c *client) PostLogoutRedirectURIs() []string    { return c.config.RedirectURIs() }
func (c *client) LoginURL(id string) string           { return "/sign-in?id=" + id }
func (c *client) DevMode() bool                       { return true } // http
func (c *client) IsScopeAllowed(scope string) bool    { return scope == "api:read" }

// users has one user, without a password.
type users struct{}

func (users) GetUserByID(id string) *storage.User {
	if id != provider.User {
		return nil
	}
	return &storage.User{ID: id, Username: id, FirstName: "Alice", Email: id + "@example.test"}
}

func (u users) GetUserByUsername(name string) *storage.User { return u.GetUserByID(name) }
func (users) ExampleClientID() string                       { return provider.Asserter }
