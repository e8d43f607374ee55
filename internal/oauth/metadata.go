package oauth

import "slices"

// Server is what is known about an authorization server: its metadata under Go names (RFC 8414 section 2). Every URL in
// it that came through ParseServer, With or Discover is absolute and https, or http as the Policy allowed.
type Server struct {
	Issuer                             string
	AuthorizationEndpoint              string
	TokenEndpoint                      string
	RevocationEndpoint                 string
	UserInfoEndpoint                   string
	EndSessionEndpoint                 string
	JWKSURI                            string
	PushedAuthorizationRequestEndpoint string

	// IssParameterSupported promises an `iss` in every authorization response (RFC 9207 section 3).
	IssParameterSupported bool
	// PushRequired says that the server takes pushed authorization requests only (RFC 9126 section 5).
	PushRequired bool
	// ProofAlgorithms are the algorithms of DPoP proofs the server names (RFC 9449 section 5.1), nil if it names none.
	ProofAlgorithms []string
	// ChallengeMethods are the PKCE methods the server names, nil if it names none.
	ChallengeMethods []string
	// Raw is the JSON text as received, for the caller. Nothing in it that is not also above was checked.
	Raw string
}

// ParseServer reads metadata that the caller supplies as JSON text. It must name the issuer and the token endpoint.
// Errors have the code config and name the member.
func ParseServer(data []byte, p Policy) (*Server, error) {
	server, err := new(Server).With(data, p)
	if err != nil {
		return nil, err
	}
	if err := server.complete(CodeConfig); err != nil {
		return nil, err
	}
	return server, nil
}

// With is a copy of s in which the members of overrides, JSON text with the names of RFC 8414, replace those of s.
// An issuer, once known, stays. Errors have the code config and name the member.
func (s *Server) With(overrides []byte, p Policy) (*Server, error) {
	return s.with(overrides, p, CodeConfig)
}

func (s *Server) with(data []byte, p Policy, code Code) (*Server, error) {
	object, err := ParseObject(data)
	if err != nil {
		failure := metadataError(code, ownError(err).Reason, "the server metadata is not a sound JSON object")
		failure.Retryable = code == CodeDiscovery // it may be a gateway's page, or cut off
		return nil, failure
	}
	server := *s
	m := metadata{object: object, policy: p, code: code}
	m.url("issuer", &server.Issuer)
	m.url("authorization_endpoint", &server.AuthorizationEndpoint)
	m.url("token_endpoint", &server.TokenEndpoint)
	m.url("revocation_endpoint", &server.RevocationEndpoint)
	m.url("userinfo_endpoint", &server.UserInfoEndpoint)
	m.url("end_session_endpoint", &server.EndSessionEndpoint)
	m.url("jwks_uri", &server.JWKSURI)
	m.url("pushed_authorization_request_endpoint", &server.PushedAuthorizationRequestEndpoint)
	m.flag("authorization_response_iss_parameter_supported", &server.IssParameterSupported)
	m.flag("require_pushed_authorization_requests", &server.PushRequired)
	m.texts("dpop_signing_alg_values_supported", &server.ProofAlgorithms)
	m.texts("code_challenge_methods_supported", &server.ChallengeMethods)
	if s.Issuer != "" && server.Issuer != s.Issuer {
		m.fail("issuer", "is not the issuer that was asked for")
	}
	if server.Raw == "" {
		server.Raw = object.Raw()
	}
	if m.err != nil {
		return nil, m.err
	}
	return &server, nil
}

// complete refuses metadata that nobody can sign in with.
func (s *Server) complete(code Code) error {
	const missing = " is missing in the server metadata"
	switch {
	case s.Issuer == "":
		return metadataError(code, "issuer", "issuer"+missing)
	case s.TokenEndpoint == "":
		return metadataError(code, "token_endpoint", "token_endpoint"+missing)
	}
	return nil
}

// supportsS256 says that the server does not exclude the only challenge method we use (RFC 9700 section 2.1.1).
func (s *Server) supportsS256() bool {
	return s.ChallengeMethods == nil || slices.Contains(s.ChallengeMethods, "S256")
}

// metadata reads the members of a metadata object and keeps the first error.
type metadata struct {
	object *Object
	policy Policy
	code   Code
	err    *Error
}

func (m *metadata) fail(name, problem string) {
	if m.err == nil {
		m.err = metadataError(m.code, name, name+" in the server metadata "+problem)
	}
}

func metadataError(code Code, reason, message string) *Error {
	return &Error{Code: code, Reason: reason, Message: message}
}

// member is a member that is there and not null.
func (m *metadata) member(name string, kind Kind, want string) (Value, bool) {
	value, ok := m.object.Get(name)
	if !ok || value.Kind == Null {
		return Value{}, false
	}
	if value.Kind != kind {
		m.fail(name, "must be "+want)
		return Value{}, false
	}
	return value, true
}

func (m *metadata) url(name string, target *string) {
	value, ok := m.member(name, String, "a string")
	if !ok {
		return
	}
	if problem := m.policy.problem(value.String()); problem != "" {
		m.fail(name, problem)
		return
	}
	*target = value.String()
}

func (m *metadata) flag(name string, target *bool) {
	if value, ok := m.member(name, Bool, "true or false"); ok {
		*target = value.Bool()
	}
}

func (m *metadata) texts(name string, target *[]string) {
	value, ok := m.member(name, Array, "an array of strings")
	if !ok {
		return
	}
	texts := []string{}
	for _, element := range value.Elements() {
		if element.Kind != String {
			m.fail(name, "must be an array of strings")
			return
		}
		texts = append(texts, element.String())
	}
	*target = texts
}
