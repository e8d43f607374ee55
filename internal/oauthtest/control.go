package oauthtest

import (
	"encoding/json"
	"net/http"
)

// control is the API for pages: everything that a Go test can ask, as JSON,
// readable from every origin.
//
//	GET  /control/report    Report
//	GET  /control/ledger    [Entry], ?endpoint=token for one endpoint
//	GET  /control/thief     [Entry]
//	GET  /control/secrets   [string]
//	GET  /control/rows      [Row]
//	GET  /control/settings  Settings
//	POST /control/settings  the members to change
//	POST /control/faults    {"script": "F-27x2,F-01", "grant": ""} or {"endpoint": "token", "faults": [Fault]}
//	POST /control/release   lets held answers go
//	POST /control/grant     {"clientId", "user", "scope", "nonce"} -> {"refreshToken"}
//	POST /control/end       {"user": ""} ends the user's sessions
//	GET  /control/modules   [Module]
//	POST /control/begin     {"name"}, a module: answers as it does from now on
//	GET  /control/problems  [string], ?name= of a module: what was wrong about the requests since
//	POST /control/reset     forgets ledger, thief and faults; first settings
func (s *Server) control() http.Handler {
	mux := http.NewServeMux()
	get := func(path string, answer func(*http.Request) any) {
		mux.HandleFunc("GET /control/"+path, func(w http.ResponseWriter, r *http.Request) { writeJSON(w, answer(r)) })
	}
	get("report", func(*http.Request) any { return s.Report() })
	get("ledger", func(r *http.Request) any { return s.Ledger.Entries(r.URL.Query().Get("endpoint")) })
	get("thief", func(*http.Request) any { return s.Thief.Requests() })
	get("secrets", func(*http.Request) any { return s.Ledger.Secrets() })
	get("rows", func(*http.Request) any { return Rows() })
	get("modules", func(*http.Request) any { return Modules() })
	get("problems", func(r *http.Request) any {
		m, _ := FindModule(r.URL.Query().Get("name"))
		return s.Problems(m)
	})
	get("settings", func(*http.Request) any { return s.Settings() })

	mux.HandleFunc("POST /control/settings", func(w http.ResponseWriter, r *http.Request) {
		// Into a copy: the body may arrive slowly, and no lock waits for it.
		changed := s.Settings()
		if !readJSON(w, r, &changed) {
			return
		}
		s.Configure(func(o *Settings) { *o = changed })
		writeJSON(w, s.Settings())
	})
	mux.HandleFunc("POST /control/faults", func(w http.ResponseWriter, r *http.Request) {
		var order struct {
			Script, Grant, Endpoint string
			Faults                  []Fault
		}
		if !readJSON(w, r, &order) {
			return
		}
		if order.Script != "" {
			if err := s.ScriptRows(order.Script, order.Grant); err != nil {
				http.Error(w, err.Error(), http.StatusBadRequest)
				return
			}
		}
		if order.Endpoint == "" {
			order.Endpoint = "token"
		}
		s.Script(order.Endpoint, order.Faults...)
		writeJSON(w, s.Report())
	})
	mux.HandleFunc("POST /control/begin", func(w http.ResponseWriter, r *http.Request) {
		var order struct{ Name string }
		if !readJSON(w, r, &order) {
			return
		}
		m, known := FindModule(order.Name)
		if !known {
			http.Error(w, "no such module", http.StatusBadRequest)
			return
		}
		s.Begin(m)
		writeJSON(w, s.Report())
	})
	mux.HandleFunc("POST /control/grant", func(w http.ResponseWriter, r *http.Request) {
		order := struct{ ClientID, User, Scope, Nonce string }{ClientID: DefaultClient, User: "alice", Scope: "openid"}
		if readJSON(w, r, &order) {
			writeJSON(w, map[string]string{"refreshToken": s.Grant(order.ClientID, order.User, order.Scope, order.Nonce)})
		}
	})
	mux.HandleFunc("POST /control/end", func(w http.ResponseWriter, r *http.Request) {
		var order struct{ User string }
		if readJSON(w, r, &order) {
			s.EndSessions(order.User)
			writeJSON(w, s.Report())
		}
	})
	mux.HandleFunc("POST /control/release", func(w http.ResponseWriter, _ *http.Request) {
		s.Release()
		writeJSON(w, s.Report())
	})
	mux.HandleFunc("POST /control/reset", func(w http.ResponseWriter, _ *http.Request) {
		s.Reset()
		writeJSON(w, s.Report())
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !s.enter() {
			return
		}
		defer s.handlers.Done()
		w.Header().Set("Access-Control-Allow-Origin", "*")
		w.Header().Set("Access-Control-Allow-Methods", "GET, POST")
		w.Header().Set("Access-Control-Allow-Headers", "Content-Type")
		if r.Method == http.MethodOptions {
			w.WriteHeader(http.StatusNoContent)
			return
		}
		mux.ServeHTTP(w, r)
	})
}

// Reset forgets the ledger, what the thief got and the faults, lets held
// answers go and goes back to the first settings. Sessions live on.
func (s *Server) Reset() {
	s.Unscript()
	s.Release()
	s.Ledger.Reset()
	s.Thief.reset()
	s.Configure(func(o *Settings) { *o = s.initial })
}

func writeJSON(w http.ResponseWriter, value any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	_ = json.NewEncoder(w).Encode(value)
}

// readJSON accepts an empty body as an empty object.
func readJSON(w http.ResponseWriter, r *http.Request, into any) bool {
	if r.ContentLength == 0 {
		return true
	}
	decoder := json.NewDecoder(r.Body)
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return false
	}
	return true
}
