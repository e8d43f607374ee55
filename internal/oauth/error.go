package oauth

// Code is the kind of a failure. The values are stable API and the same on both sides of the JavaScript boundary.
type Code string

// The codes. Some are used by the layers above this package only; they are listed here so that there is one list.
const (
	CodeConfig          Code = "config"           // an option is wrong; nothing was sent
	CodeInsecureContext Code = "insecure_context" // the page is not a secure context
	CodeUnsupported     Code = "unsupported"      // the platform lacks something that is needed
	CodeWasmLoad        Code = "wasm_load"        // the module could not be loaded
	CodeCrashed         Code = "crashed"          // the module died
	CodeClosed          Code = "closed"           // the client was closed
	CodeDiscovery       Code = "discovery"        // no usable metadata
	CodeIssuer          Code = "issuer"           // another issuer than the expected one
	CodeCallback        Code = "callback"         // not an authorization response
	CodeState           Code = "state"            // not the answer to a request of ours
	CodeAuthorization   Code = "authorization"    // the authorization endpoint said error
	CodeNetwork         Code = "network"          // no answer
	CodeTimeout         Code = "timeout"          // no complete answer in time
	CodeAborted         Code = "aborted"          // the caller's signal
	CodeHTTP            Code = "http"             // an answer with an unexpected status
	CodeRateLimited     Code = "rate_limited"     // status 429
	CodeResponse        Code = "response"         // an answer that is not what it should be
	CodeTooLarge        Code = "too_large"        // an answer beyond the limit
	CodeRedirect        Code = "redirect"         // a redirect where none may be
	CodeOAuth           Code = "oauth"            // an OAuth error response
	CodeSessionExpired  Code = "session_expired"  // the refresh token is spent
	CodeIDToken         Code = "id_token"         // an ID token that does not hold
	CodeDPoP            Code = "dpop"             // proof of possession failed
	CodeLockTimeout     Code = "lock_timeout"     // another tab holds the session for too long
	CodeStorage         Code = "storage"          // the browser refuses storage
	CodeSignedOut       Code = "signed_out"       // there is no session any more
	CodePopupBlocked    Code = "popup_blocked"    // the browser refused the popup
	CodePopupClosed     Code = "popup_closed"     // the user closed the popup
	CodeLoginRequired   Code = "login_required"   // only the user can go on
)

// Error is every failure of the protocol. Nothing in it comes from the network but OAuthError and Description, which
// are filtered, and nothing in it is a secret, so all of it may be shown and logged.
type Error struct {
	Code    Code
	Message string // one sentence: what happened, and what to do about it where that is known
	Reason  string // a finer, stable word than Code: "duplicate", "access_token", the name of an option; "" if there is none

	OAuthError  string // the `error` of RFC 6749 sections 4.1.2.1 and 5.2, at most 64 characters of its grammar; "" if there is none
	Description string // the `error_description`, at most 256 characters of its grammar; "" if it could hold a secret

	Status     int   // HTTP status; 0 without an answer
	RetryAfter int64 // seconds (1 to 900) the server asks to wait; 0 if it does not say
	Retryable  bool  // the same call may succeed later without the user doing anything
	Mismatch   bool  // an ID token is well-formed, but of another issuer, user or sign-in
}

// Error is the code, the message and the server's error code.
func (e *Error) Error() string {
	text := string(e.Code) + ": " + e.Message
	if e.OAuthError != "" {
		text += " (" + e.OAuthError + ")"
	}
	return text
}

// Detail is what a developer wants to read beyond the message: the server's description, or else the reason.
func (e *Error) Detail() string {
	if e.Description != "" {
		return e.Description
	}
	return e.Reason
}

// ConfigError says what is wrong with an option: "redirectUri must not have a fragment". Its Reason is the option.
func ConfigError(option, problem string) *Error {
	return &Error{Code: CodeConfig, Reason: option, Message: option + " " + problem}
}

// responseError says that an answer is broken. It is retryable: most broken answers are cut or come from a gateway.
func responseError(reason, message string) *Error {
	return &Error{Code: CodeResponse, Reason: reason, Message: message, Retryable: true}
}

// ownError is a copy of err that may be changed. What is not an Error is the transport's, and its text is dropped.
func ownError(err error) *Error {
	if known, ok := err.(*Error); ok {
		own := *known
		return &own
	}
	return &Error{Code: CodeNetwork, Message: "the request failed", Retryable: true}
}

// oauthText is the `error` and `error_description` of a server, made safe to show (RFC 6749 sections 4.1.2.1, 5.2 and
// 10.14). A server may echo what it was sent, so a text with one of secrets in it is dropped as a whole; only that
// "invalid_grant" contains "grant" must not matter, whoever has such a code.
func oauthText(code, description string, secrets []string) (safeCode, safeDescription string) {
	const maxCode, maxDescription = 64, 256
	if len(code) <= maxCode && errorCharacters(code) == code && !mentions(code, secrets, telling) {
		safeCode = code
	}
	safeDescription = errorCharacters(description)
	if mentions(description, secrets, 1) || mentions(safeDescription, secrets, 1) {
		return safeCode, ""
	}
	return safeCode, safeDescription[:min(len(safeDescription), maxDescription)]
}

// errorCharacters is text without the characters that `error` and `error_description` may not contain.
func errorCharacters(text string) string {
	kept := make([]byte, 0, len(text))
	for _, c := range []byte(text) {
		if c >= 0x20 && c <= 0x7E && c != '"' && c != '\\' {
			kept = append(kept, c)
		}
	}
	return string(kept)
}
