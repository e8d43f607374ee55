//go:build js && wasm

package browser

import "github.com/pkcewasm/pkcewasm/internal/oauth"

// maxBody is the most that is read of an answer, in bytes.
const maxBody = 1 << 20

// DefaultTimeout is the deadline of a request in milliseconds.
const DefaultTimeout = 15000

// Transport sends requests with fetch. It implements oauth.Transport.
//
// One deadline covers headers and body. Redirects are refused, because a 307
// would re-post a refresh token to wherever it points; cookies are never sent;
// nothing is cached.
type Transport struct {
	Signal  *Signal // the caller's, may be nil
	Timeout int64   // milliseconds; 0 means DefaultTimeout
}

// Send performs one request and reads the whole answer, at most 1 MiB.
// The error is an *oauth.Error with the code network, timeout, aborted,
// too_large or redirect.
func (t *Transport) Send(request *oauth.Request) (*oauth.Response, error) {
	if t.Signal.Aborted() {
		return nil, aborted()
	}
	if !Online() {
		return nil, &oauth.Error{Code: oauth.CodeNetwork, Reason: "offline", Retryable: true,
			Message: "the browser is offline; nothing was sent"}
	}
	attempt := newAttempt(t)
	defer attempt.end()
	response, err := attempt.fetch(request)
	if err != nil {
		return nil, attempt.explain(err)
	}
	defer response.release()
	answer, err := read(response)
	if err != nil {
		return nil, attempt.explain(err)
	}
	attempt.complete = true
	return answer, nil
}

// attempt is one request under way and what can end it early.
type attempt struct {
	controller value
	timer      *Timer
	listening  listening
	cause      error // why the attempt was aborted, nil if it was not
	complete   bool  // the answer was read to its end
}

func newAttempt(t *Transport) *attempt {
	constructor := global("AbortController")
	defer constructor.release()
	a := &attempt{}
	a.controller, _ = constructor.construct()
	timeout := t.Timeout
	if timeout <= 0 {
		timeout = DefaultTimeout
	}
	a.timer = After(timeout, func() { a.abort(timedOut()) })
	a.listening = t.Signal.listen(func() { a.abort(aborted()) })
	return a
}

func (a *attempt) abort(cause error) {
	if a.cause == nil {
		a.cause = cause
		result, _ := a.controller.call("abort")
		result.release()
	}
}

// end releases everything; a body that was not read to its end is cancelled.
func (a *attempt) end() {
	a.timer.Stop()
	a.listening.stop()
	if !a.complete { // an abort in vain takes as long as reading the answer
		a.abort(aborted())
	}
	a.controller.release()
}

// explain tells why the attempt failed. CORS, a refused connection and a lost
// network look alike to a page, on purpose, so the message lists them.
func (a *attempt) explain(err error) error {
	if a.cause != nil {
		return a.cause
	}
	if typed, ok := err.(*oauth.Error); ok {
		return typed
	}
	return &oauth.Error{Code: oauth.CodeNetwork, Retryable: true,
		Message: "no answer: the network, the server, or its CORS settings for this origin"}
}

func (a *attempt) fetch(request *oauth.Request) (value, error) {
	signal, err := a.controller.get("signal")
	if err != nil {
		return value{}, err
	}
	defer signal.release()
	init, err := requestInit(request, signal)
	if err != nil {
		return value{}, err
	}
	defer init.release()
	fetch := global("fetch")
	defer fetch.release()
	promise, err := fetch.invoke(request.URL, init)
	if err != nil {
		return value{}, err
	}
	return await(promise)
}

// requestInit spells every member out on an object without a prototype: fetch
// reads its options through the prototype chain, which any script can extend.
func requestInit(request *oauth.Request, signal value) (value, error) {
	init, err := newRecord()
	if err != nil {
		return value{}, err
	}
	headers, err := newRecord()
	if err != nil {
		init.release()
		return value{}, err
	}
	defer headers.release()
	for _, header := range request.Headers {
		_ = headers.set(header.Name, header.Value)
	}
	for _, member := range []struct {
		name  string
		value any
	}{
		{"method", request.Method}, {"headers", headers}, {"signal", signal},
		{"mode", "cors"}, {"credentials", "omit"}, {"cache", "no-store"},
		{"redirect", "manual"}, {"referrer", ""}, {"referrerPolicy", "no-referrer"},
		{"integrity", ""}, {"keepalive", false},
	} {
		if err := init.set(member.name, member.value); err != nil {
			init.release()
			return value{}, err
		}
	}
	body := any(request.Body.Reveal())
	if request.Body.IsZero() {
		body = value{}
	}
	return init, init.set("body", body)
}

// newRecord returns an empty object without a prototype.
func newRecord() (value, error) {
	object := global("Object")
	defer object.release()
	null := value{newReference(nil)}
	return object.call("create", null)
}

// readable are the headers of an answer that the protocol may ask for.
var readable = []string{"content-type", "date", "dpop-nonce", "retry-after", "www-authenticate"}

// read takes over status, headers and body of a response.
func read(response value) (*oauth.Response, error) {
	kind, _ := response.get("type")
	redirected := kind.text() == "opaqueredirect"
	kind.release()
	if redirected {
		return nil, &oauth.Error{Code: oauth.CodeRedirect, Retryable: true,
			Message: "the server answered with a redirect, which is refused because it would carry credentials along"}
	}
	body, err := openBody(response)
	if err != nil {
		return nil, err
	}
	defer body.release()
	status, _ := response.get("status")
	headers := readHeaders(response)
	content, err := body.readAll()
	if err != nil {
		return nil, err
	}
	return &oauth.Response{
		Status:     int(status.number()),
		Headers:    headers,
		Body:       content,
		ReceivedAt: Now().Wall,
	}, nil
}

func readHeaders(response value) (given []oauth.Header) {
	headers, _ := response.get("headers")
	defer headers.release()
	for _, name := range readable {
		header, _ := headers.call("get", name)
		if text := header.text(); text != "" {
			given = append(given, oauth.Header{Name: name, Value: text})
		}
		header.release()
	}
	return given
}

// body is the stream of an answer, of which one chunk is on its way. The zero
// value is the body of an answer that has none.
type body struct{ reader, chunk value }

// openBody asks for the first chunk, which comes from another thread while the
// headers are read.
func openBody(response value) (body, error) {
	stream, err := response.get("body")
	if err != nil || stream.isNil() {
		return body{}, err
	}
	defer stream.release()
	reader, err := stream.call("getReader")
	if err != nil {
		return body{}, err
	}
	opened := body{reader: reader}
	if opened.chunk, err = reader.call("read"); err != nil {
		opened.release()
	}
	return opened, err
}

func (b *body) release() {
	b.chunk.release()
	b.reader.release()
}

// readAll reads chunk by chunk, so that an endless body costs no more than the cap.
func (b *body) readAll() (content []byte, err error) {
	for !b.reader.isNil() {
		result, err := await(b.chunk)
		b.chunk = value{}
		if err != nil {
			return nil, err
		}
		var done bool
		content, done, err = appendChunk(content, result)
		result.release()
		if done || err != nil {
			return content, err
		}
		if b.chunk, err = b.reader.call("read"); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

// appendChunk appends the bytes of one {done, value} of a stream's reader.
func appendChunk(body []byte, result value) (_ []byte, done bool, err error) {
	end, err := result.get("done")
	if err != nil || end.isTrue() {
		return body, true, err
	}
	chunk, err := result.get("value")
	if err != nil {
		return body, false, err
	}
	defer chunk.release()
	length, err := chunk.get("byteLength")
	if err != nil {
		return body, false, err
	}
	size := int(length.number())
	if len(body)+size > maxBody {
		return nil, false, &oauth.Error{Code: oauth.CodeTooLarge, Retryable: true,
			Message: "the answer is larger than 1 MiB and was not read to its end"}
	}
	start := len(body)
	body = append(body, make([]byte, size)...)
	_, err = copyBytes(body[start:], chunk.ref)
	return body, false, err
}

func aborted() *oauth.Error {
	return &oauth.Error{Code: oauth.CodeAborted, Message: "the caller aborted the request"}
}

func timedOut() *oauth.Error {
	return &oauth.Error{Code: oauth.CodeTimeout, Retryable: true,
		Message: "no complete answer within the deadline"}
}
