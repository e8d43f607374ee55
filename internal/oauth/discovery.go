package oauth

import "strings"

const (
	openIDConfiguration = "/.well-known/openid-configuration"
	oauthServer         = "/.well-known/oauth-authorization-server"
)

// Discover fetches the metadata of issuer, first from where OpenID Connect Discovery 1.0 section 4 puts it, then from
// where RFC 8414 section 3 does. The metadata must name exactly this issuer.
//
// Errors have the code config (the issuer is no URL to ask), issuer (the metadata is another's), aborted, or discovery,
// whose Reason is the member that is wrong or the code of the request that failed, such as http or timeout.
func Discover(t Transport, issuer string, p Policy) (*Server, error) {
	u, err := checkIssuer(issuer, p)
	if err != nil {
		return nil, err
	}
	path := strings.TrimSuffix(u.path, "/")
	server, first := fetchMetadata(t, u.origin+path+openIDConfiguration, issuer, p)
	if first == nil {
		return server, nil
	}
	if !first.tryElsewhere() {
		return nil, first
	}
	server, second := fetchMetadata(t, u.origin+oauthServer+path, issuer, p)
	switch {
	case second == nil:
		return server, nil
	case second.Code == CodeAborted || second.Status == 200:
		return nil, second // it got further than the first
	}
	return nil, first
}

// checkIssuer refuses what cannot be an issuer: a URL without query and fragment (RFC 8414 section 2).
func checkIssuer(issuer string, p Policy) (uri, error) {
	if problem := p.problem(issuer); problem != "" {
		return uri{}, ConfigError("issuer", problem)
	}
	u, _ := parseURI(issuer)
	if u.hasQuery {
		return uri{}, ConfigError("issuer", "must not have a query")
	}
	return u, nil
}

// tryElsewhere says whether the other well-known form may fare better. After a timeout it would only double the wait.
func (e *Error) tryElsewhere() bool {
	switch e.Reason {
	case string(CodeTimeout), "offline":
		return false
	}
	return e.Code == CodeDiscovery
}

func fetchMetadata(t Transport, url, issuer string, p Policy) (*Server, *Error) {
	response, err := t.Send(&Request{Method: "GET", URL: url, Headers: []Header{{"Accept", "application/json"}}})
	if err != nil {
		return nil, discoveryError(ownError(err))
	}
	if response.Status != 200 {
		return nil, discoveryError(statusError(response))
	}
	server, err := new(Server).with(response.Body, p, CodeDiscovery)
	if err == nil {
		err = server.complete(CodeDiscovery)
	}
	if err == nil && server.Issuer != issuer {
		err = &Error{Code: CodeIssuer, Message: "the server metadata names another issuer than the one asked for; " +
			"use the issuer exactly as the server spells it, with or without the slash at the end"}
	}
	if err != nil {
		failure := ownError(err)
		failure.Status = response.Status
		return nil, failure
	}
	return server, nil
}

// discoveryError says that the metadata could not be had. Only the caller's own signal keeps its code.
func discoveryError(cause *Error) *Error {
	if cause.Code == CodeAborted {
		return cause
	}
	reason := string(cause.Code)
	if cause.Reason == "offline" {
		reason = cause.Reason
	}
	return &Error{
		Code: CodeDiscovery, Reason: reason, Status: cause.Status, RetryAfter: cause.RetryAfter, Retryable: cause.Retryable,
		Message: "the server metadata could not be fetched (" + reason + "); check the issuer, or give the endpoints yourself",
	}
}
