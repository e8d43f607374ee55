package oauthtest

import (
	"net/http"
	"slices"
	"strings"
)

// CORS switches the ways in which real servers get CORS wrong. The zero value
// gets it right for every origin.
type CORS struct {
	Off             bool     `json:"off"`             // no Access-Control-Allow-Origin at all
	NotOnErrors     bool     `json:"notOnErrors"`     // none on a status of 400 and above
	NoExpose        bool     `json:"noExpose"`        // Retry-After and its like stay hidden
	RejectPreflight bool     `json:"rejectPreflight"` // OPTIONS is answered 403
	Origins         []string `json:"origins"`         // allowed origins; empty is all
}

const exposed = "Retry-After, DPoP-Nonce, WWW-Authenticate, Date"

// addCORS adds what lets the page of the request's origin read the answer.
func (s *Server) addCORS(h http.Header, r *http.Request, status int, none bool) {
	c, origin := s.Settings().CORS, r.Header.Get("Origin")
	if origin == "" || none || c.Off || c.NotOnErrors && status >= 400 || !c.permits(origin) {
		return
	}
	h.Set("Access-Control-Allow-Origin", origin)
	h.Add("Vary", "Origin")
	if !c.NoExpose {
		h.Set("Access-Control-Expose-Headers", exposed)
	}
}

func (c CORS) permits(origin string) bool {
	return len(c.Origins) == 0 || slices.Contains(c.Origins, origin)
}

func (s *Server) preflight(w http.ResponseWriter, r *http.Request) {
	entry := s.newEntry("preflight", &request{Request: r}, nil)
	defer s.Ledger.finish(entry)
	status := http.StatusNoContent
	c := s.Settings().CORS
	if c.Off || c.RejectPreflight || !c.permits(r.Header.Get("Origin")) {
		status = http.StatusForbidden
	} else {
		h := w.Header()
		h.Set("Access-Control-Allow-Origin", r.Header.Get("Origin"))
		h.Set("Access-Control-Allow-Methods", "GET, POST, PUT, DELETE")
		h.Set("Access-Control-Max-Age", "0") // so that every preflight is seen
		h.Set("Access-Control-Allow-Headers", r.Header.Get("Access-Control-Request-Headers"))
		h.Set("Vary", "Origin")
	}
	s.Ledger.update(func() { entry.Status, entry.Outcome = status, strings.ToLower(http.StatusText(status)) })
	w.WriteHeader(status)
}
