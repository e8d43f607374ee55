package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/luikyv/go-oidc/pkg/goidc"
	"github.com/luikyv/go-oidc/pkg/provider"
)

const helloPath = "/api/hello"

// greeting is what the protected API answers.
type greeting struct {
	Message             string `json:"message"`
	Who                 string `json:"who"`
	When                string `json:"when"`                // RFC 3339, the server's clock
	TokenExpiresSeconds int    `json:"tokenExpiresSeconds"` // how long the token that came with the request still lives
}

// hello is an API that wants an access token (RFC 6750).
func hello(op *provider.Provider) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		_, info, err := op.TokenInfoFromRequest(r)
		if err != nil || !info.IsActive || info.Type != goidc.TokenTypeBearer {
			challenge(w, r.Header.Get("Authorization") != "")
			return
		}
		now := time.Now()
		name := info.Username
		if name == "" {
			name = info.Subject
		}
		writeJSON(w, http.StatusOK, greeting{
			Message:             "Hello, " + name + ".",
			Who:                 info.Subject,
			When:                now.UTC().Format(time.RFC3339),
			TokenExpiresSeconds: info.ExpiresAt - int(now.Unix()),
		})
	})
}

// challenge answers 401. RFC 6750 section 3.1: a request without a token is not told an error code.
func challenge(w http.ResponseWriter, hadToken bool) {
	const realm = `Bearer realm="demo"`
	if !hadToken {
		w.Header().Set("WWW-Authenticate", realm)
		writeJSON(w, http.StatusUnauthorized, map[string]string{"message": "An access token is needed."})
		return
	}
	w.Header().Set("WWW-Authenticate", realm+`, error="invalid_token", error_description="the access token has expired or was revoked"`)
	writeJSON(w, http.StatusUnauthorized, map[string]string{"error": "invalid_token", "message": "The access token has expired or was revoked."})
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	encoded, err := json.Marshal(body)
	if err != nil {
		http.Error(w, fmt.Sprintf("encode: %v", err), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = w.Write(encoded)
}
