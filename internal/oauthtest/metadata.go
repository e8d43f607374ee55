package oauthtest

import (
	"encoding/json"
	"net/http"
)

// discovery answers OpenID Connect Discovery section 4 and RFC 8414 section 3.
func (s *Server) discovery(*request) response {
	var m Members
	m.SetText("issuer", s.Issuer)
	for _, e := range [][2]string{
		{"authorization_endpoint", "/authorize"}, {"token_endpoint", "/token"}, {"jwks_uri", "/jwks"},
		{"userinfo_endpoint", "/userinfo"}, {"revocation_endpoint", "/revoke"}, {"end_session_endpoint", "/end_session"},
	} {
		m.SetText(e[0], s.Issuer+e[1])
	}
	if s.Settings().PAR {
		m.SetText("pushed_authorization_request_endpoint", s.Issuer+"/par")
	}
	for name, value := range map[string]any{
		"scopes_supported":                               []string{"openid", "profile", "email", "offline_access"},
		"response_types_supported":                       []string{"code"},
		"response_modes_supported":                       []string{"query", "fragment"},
		"grant_types_supported":                          []string{"authorization_code", "refresh_token"},
		"subject_types_supported":                        []string{"public"},
		"id_token_signing_alg_values_supported":          []string{s.Settings().IDTokenAlg},
		"token_endpoint_auth_methods_supported":          []string{"none", "client_secret_basic", "client_secret_post"},
		"code_challenge_methods_supported":               []string{"S256"},
		"authorization_response_iss_parameter_supported": *s.Settings().IssParameter,
	} {
		raw, _ := json.Marshal(value)
		m.Set(name, string(raw))
	}
	if s.Settings().DPoP.Mode != "" {
		m.Set("dpop_signing_alg_values_supported", `["ES256"]`)
	}
	return object(http.StatusOK, "ok", m)
}

// jwks answers the public key in force (RFC 7517 section 5).
func (s *Server) jwks(*request) response {
	return object(http.StatusOK, "ok", KeySet(s.signingKey().JWK()))
}

// signingKey is the key in force.
func (s *Server) signingKey() *Key {
	settings := s.Settings()
	return KeyFor(settings.IDTokenAlg, settings.KeyRotations)
}
