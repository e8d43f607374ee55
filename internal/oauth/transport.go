package oauth

// Transport sends one request and returns the whole answer.
//
// An implementation never follows a redirect, sends no cookies, caches nothing, sends no Referer, and limits time and
// size (body included). Its errors are *Error with the code network, timeout, aborted, too_large, redirect or, if it
// proves possession of a key, dpop; the Reason "offline" of a network error promises that nothing was sent.
type Transport interface {
	Send(*Request) (*Response, error)
}

// Request is one HTTP request.
type Request struct {
	Method  string
	URL     string
	Headers []Header
	Body    Secret // the zero Secret means no body
}

// Header is a request header. The value may be a credential.
type Header struct{ Name, Value string }

// Response is the answer to a Request, whatever its status.
type Response struct {
	Status     int
	Headers    []Header // those that are there and exposed to us by CORS, as far as anybody asks for them
	Body       []byte
	ReceivedAt int64 // wall clock at the end of the answer, ms since the epoch; 0 if unknown
}

// header is a header's value, "" if it is absent. Names are the same in any case.
func (r *Response) header(name string) string {
	for _, header := range r.Headers {
		if EqualFold(header.Name, name) {
			return header.Value
		}
	}
	return ""
}
