package oauth

import (
	"encoding/base64"
	"strconv"
	"strings"
)

// tokenRequest is a form for an endpoint that authenticates the client: token, revocation (RFC 6749 section 3.2).
type tokenRequest struct {
	form    []byte
	headers []Header
	secrets []string // what the request holds and no error may show

	exchange bool // it asks for a token that may be another kind than an access token (RFC 8693)
	bound    bool // the Transport proves possession of a key, so that tokens may be bound to it (RFC 9449 section 5)
}

// newTokenRequest starts the form with the parameters of the grant, in the order given. Empty ones are left out.
func newTokenRequest(params ...Param) *tokenRequest {
	r := new(tokenRequest)
	r.add(params...)
	// Both headers are safelisted by CORS: a browser sends the request without asking first.
	r.headers = []Header{
		{"Content-Type", "application/x-www-form-urlencoded;charset=UTF-8"},
		{"Accept", "application/json"},
	}
	return r
}

func (r *tokenRequest) add(params ...Param) {
	for _, param := range params {
		if param.Value != "" {
			r.form = appendForm(r.form, param.Name, param.Value)
		}
	}
}

func (r *tokenRequest) addSecret(name string, value Secret) {
	r.secrets = append(r.secrets, value.Reveal())
	r.add(Param{name, value.Reveal()})
}

// authenticate names the client and, for a confidential one, adds its secret in the way auth says: "basic" (a header),
// "post" (the form, as also with ""). RFC 6749 section 2.3.1.
func (r *tokenRequest) authenticate(clientID string, secret Secret, auth string) error {
	if err := checkClientID(clientID); err != nil {
		return err
	}
	switch {
	case auth != "" && auth != "none" && auth != "basic" && auth != "post":
		return ConfigError("clientAuth", "must be basic or post")
	case secret.IsZero() && (auth == "basic" || auth == "post"):
		return ConfigError("clientSecret", "is needed for this clientAuth")
	case !secret.IsZero() && auth == "none":
		return ConfigError("clientAuth", "must be basic or post when there is a clientSecret")
	case auth == "basic":
		r.secrets = append(r.secrets, secret.Reveal())
		r.headers = append(r.headers, Header{"Authorization", basicCredentials(clientID, secret)})
		return nil
	}
	r.add(Param{"client_id", clientID})
	r.addSecret("client_secret", secret)
	return nil
}

// basicCredentials form-encodes both parts first, which HTTP Basic alone would not (RFC 6749 section 2.3.1).
func basicCredentials(clientID string, secret Secret) string {
	pair := append(appendFormValue(nil, clientID), ':')
	pair = appendFormValue(pair, secret.Reveal())
	return "Basic " + base64.StdEncoding.EncodeToString(pair)
}

// send posts the form once.
func (r *tokenRequest) send(t Transport, endpoint, name string) (*Response, error) {
	if endpoint == "" {
		return nil, ConfigError(name, "is missing in the server metadata")
	}
	response, err := t.Send(&Request{Method: "POST", URL: endpoint, Headers: r.headers, Body: NewSecret(string(r.form))})
	if err != nil {
		return nil, ownError(err)
	}
	return response, nil
}

// tokens sends the form to the token endpoint and reads the tokens out of the answer.
func (r *tokenRequest) tokens(t Transport, s *Server) (*Tokens, error) {
	response, err := r.send(t, s.TokenEndpoint, "token_endpoint")
	if err != nil {
		return nil, err
	}
	if response.Status != 200 {
		return nil, r.failure(response)
	}
	tokens, failure := parseTokens(response.Body, r.secrets)
	if failure == nil && !r.takes(tokens.TokenType) {
		failure = tokenTypeError()
	}
	if failure != nil {
		failure.Status = response.Status
		return nil, failure
	}
	if !isJSONMediaType(response.header("Content-Type")) {
		tokens.Diagnostics = append(tokens.Diagnostics, "content_type")
	}
	return tokens, nil
}

// takes says that a kind of token was asked for.
func (r *tokenRequest) takes(tokenType string) bool {
	return tokenType == "Bearer" || tokenType == "DPoP" && r.bound || tokenType == notAccess && r.exchange
}

// failure is what an answer without success means. Only an `error` within the grammar makes it the server's own word;
// everything else may come from a gateway (RFC 6749 section 5.2).
func (r *tokenRequest) failure(response *Response) *Error {
	failure := statusError(response)
	if failure.Code != CodeHTTP || response.Status < 400 {
		return failure
	}
	object, err := ParseObject(response.Body)
	if err != nil {
		return failure
	}
	if refused := oauthError(object, r.secrets); refused != nil {
		refused.Status, refused.RetryAfter = response.Status, failure.RetryAfter
		return refused
	}
	return failure
}

// oauthError is the OAuth error in a JSON body, nil if there is none.
func oauthError(object *Object, secrets []string) *Error {
	code, _ := object.Get("error")
	description, _ := object.Get("error_description")
	e := &Error{Code: CodeOAuth, Message: "the server refused the request"}
	e.OAuthError, e.Description = oauthText(code.String(), description.String(), secrets)
	switch e.OAuthError {
	case "":
		return nil
	case "temporarily_unavailable", "server_error", "slow_down":
		e.Retryable = true
	}
	return e
}

// statusError is what the status alone says, for every status but success.
func statusError(response *Response) *Error {
	status := response.Status
	e := &Error{Code: CodeHTTP, Status: status, Retryable: true,
		RetryAfter: ParseRetryAfter(response.header("Retry-After"), serverTime(response)),
		Message:    "the server answered with the status " + strconv.Itoa(status)}
	switch {
	case status == 0 || status >= 300 && status < 400:
		e.Code = CodeRedirect
		e.Message = "the server redirects, which this endpoint must not do; check its URL"
	case status == 404 || status == 405 || status == 410:
		e.Retryable = false
		e.Message += "; check the URL of this endpoint"
	case status == 429:
		e.Code = CodeRateLimited
		e.Message = "the server asks for fewer requests"
	}
	return e
}

// isJSONMediaType tells application/json, with any parameters (RFC 9110 section 8.3.1).
func isJSONMediaType(contentType string) bool {
	mediaType, _, _ := strings.Cut(contentType, ";")
	return EqualFold(trimSpace(mediaType), "application/json")
}
