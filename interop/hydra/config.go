package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/pkcewasm/pkcewasm/internal/provider"
)

func configuration(c *provider.Config, public, admin string) map[string]any {
	secret := []string{"only for tests, 32 bytes and more"}
	return map[string]any{
		"dsn":                  "memory",
		"log.level":            "error",
		"sqa.opt_out":          true,
		"serve.public.host":    "127.0.0.1",
		"serve.public.port":    public,
		"serve.admin.host":     "127.0.0.1",
		"serve.admin.port":     admin,
		"serve.cookies.secure": false,
		"serve.public.cors": map[string]any{
			"enabled": true, "allowed_origins": []string{c.Origin}, "allowed_methods": []string{"GET", "POST"},
			"allowed_headers": []string{"Authorization", "Content-Type", "DPoP"}, "exposed_headers": []string{"WWW-Authenticate"},
		},
		"urls.self.issuer":     c.Issuer,
		"urls.login":           c.Issuer + "/sign-in",
		"urls.consent":         c.Issuer + "/consent",
		"urls.logout":          c.Issuer + "/sign-out",
		"secrets.system":       secret,
		"secrets.cookie":       secret,
		"ttl.access_token":     provider.AccessTokenLifetime.String(),
		"oauth2.pkce.enforced": true,
		"oauth2.grant.refresh_token.rotation_grace_period": grace.String(),
		"oauth2.grant.jwt.max_ttl":                         "1h",
	}
}

// admin is the address of Hydra's administration API.
type admin string

func (a admin) wait(limit time.Duration) error {
	for end := time.Now().Add(limit); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if a.call(http.MethodGet, "clients", nil, nil) == nil {
			return nil
		}
	}
	return fmt.Errorf("hydra is not ready after %s", limit)
}

func (a admin) register(c *provider.Config) error {
	const assertions = "urn:ietf:params:oauth:grant-type:jwt-bearer"
	for _, client := range []map[string]any{
		{
			"client_id": provider.Client, "token_endpoint_auth_method": "none", "scope": provider.Scopes, "response_types": []string{"code"},
			"grant_types": []string{"authorization_code", "refresh_token"}, "redirect_uris": c.RedirectURIs(), "post_logout_redirect_uris": c.RedirectURIs(),
		},
		{"client_id": provider.Service, "client_secret": provider.ServiceSecret, "token_endpoint_auth_method": "client_secret_basic", "grant_types": []string{"client_credentials"}, "scope": "api:read"},
		{"client_id": provider.Asserter, "token_endpoint_auth_method": "none", "grant_types": []string{assertions}, "scope": "api:read"},
	} {
		if err := a.call(http.MethodPost, "clients", client, nil); err != nil {
			return err
		}
	}
	return a.call(http.MethodPost, "trust/grants/jwt-bearer/issuers", map[string]any{
		"issuer": provider.Asserter, "subject": provider.Asserter, "scope": []string{"api:read"}, "expires_at": time.Now().Add(24 * time.Hour),
		"jwk": map[string]string{
			"kty": "oct", "use": "sig", "alg": "HS256", "kid": provider.AssertionKeyID,
			"k": base64.RawURLEncoding.EncodeToString([]byte(provider.AssertionSecret)),
		},
	}, nil)
}

// call sends a JSON request, and reads the answer if it is wanted.
func (a admin) call(method, path string, request, answer any) error {
	body, err := json.Marshal(request)
	if err != nil {
		return err
	}
	r, err := http.NewRequest(method, string(a)+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer res.Body.Close() //nolint:errcheck // it has been read
	text, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	if res.StatusCode >= 300 {
		return fmt.Errorf("%s %s: %s: %s", method, path, res.Status, text)
	}
	if answer == nil {
		return nil
	}
	return json.Unmarshal(text, answer)
}
