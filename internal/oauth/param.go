package oauth

import (
	"slices"
	"strings"
)

// Param is an additional request parameter, for what a server wants beyond the standard: audience, organization,
// prompt, login_hint, resource, ...
type Param struct{ Name, Value string }

// reserved are the parameters that this package sets, or that would override what it sets (RFC 9101 section 5),
// or that do not belong into requests at all.
var reserved = []string{
	"assertion", "client_assertion", "client_assertion_type", "client_id", "client_secret",
	"code", "code_challenge", "code_challenge_method", "code_verifier", "dpop_jkt", "grant_type", "nonce",
	"password", "redirect_uri", "refresh_token", "request", "request_uri", "response_mode", "response_type",
	"scope", "state", "token", "token_type_hint", "username",
}

func checkParams(params []Param) error { return CheckParams("params", params) }

// CheckParams refuses parameters, given as the option, that are reserved, nameless or repeated: "Request and response
// parameters MUST NOT be included more than once" (RFC 6749 section 3.1). Only `resource` may be (RFC 8707 section 2).
func CheckParams(option string, params []Param) error {
	for i, param := range params {
		if param.Name == "" {
			return ConfigError(option, "must not have an empty name")
		}
		option := option + "." + printable(param.Name)
		switch {
		case param.Name == "response_mode":
			return ConfigError(option, "must be given as the option responseMode")
		case slices.Contains(reserved, param.Name):
			return ConfigError(option, "is set by the protocol and must not be given")
		case param.Name == "resource" && !isResource(param.Value):
			return ConfigError(option, "must be an absolute URI without a fragment")
		case param.Name == "authorization_details" && !isAuthorizationDetails(param.Value):
			return ConfigError(option, "must be the JSON text of an array of objects that have a type")
		case param.Name != "resource" && parameters(params[:i]).has(param.Name):
			return ConfigError(option, "must not be given twice")
		}
	}
	return nil
}

// isAuthorizationDetails tells the JSON text of an array of objects with a type (RFC 9396 section 2).
func isAuthorizationDetails(text string) bool {
	object, err := ParseObject([]byte(`{"":` + text + `}`))
	if err != nil || len(object.Names()) != 1 {
		return false
	}
	details, _ := object.Get("")
	elements := details.Elements()
	for _, element := range elements {
		if element.Kind != ObjectKind {
			return false
		}
		if kind, _ := element.Object().Get("type"); kind.String() == "" {
			return false
		}
	}
	return len(elements) > 0
}

// isResource tells an absolute URI without a fragment (RFC 8707 section 2); urn: and the like are as good as https:.
func isResource(text string) bool {
	scheme, rest, _ := strings.Cut(text, ":")
	return isScheme(scheme) && rest != "" && isVisible(text) && indexAny(text, " #") < 0
}

// printable keeps a name of the caller short and readable in a message.
func printable(name string) string {
	name = errorCharacters(name)
	return name[:min(len(name), 64)]
}

// checkClientID refuses what cannot be a client identifier (RFC 6749 appendix A.1).
func checkClientID(clientID string) error {
	if clientID == "" || !isVisible(clientID) {
		return ConfigError("clientId", "must be a non-empty string of printable ASCII characters")
	}
	return nil
}

// checkScope refuses characters that no scope has (RFC 6749 section 3.3).
func checkScope(scope string) error {
	if errorCharacters(scope) != scope {
		return ConfigError("scope", "must be space-separated words of printable ASCII characters without quotes and backslashes")
	}
	return nil
}
