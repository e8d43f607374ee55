package main

import (
	"net/http"
	"net/url"

	"github.com/pkcewasm/pkcewasm/internal/provider"
)

// signIn answers Hydra's three questions with yes.
func (a admin) signIn(mux *http.ServeMux) {
	accept := func(kind string, answer func(challenge string) (any, error)) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			challenge := r.URL.Query().Get(kind + "_challenge")
			body, err := answer(challenge)
			var next struct {
				RedirectTo string `json:"redirect_to"`
			}
			if err == nil {
				err = a.call(http.MethodPut, question(kind, "/accept", challenge), body, &next)
			}
			if err != nil {
				http.Error(w, err.Error(), http.StatusBadGateway)
				return
			}
			http.Redirect(w, r, next.RedirectTo, http.StatusSeeOther)
		}
	}
	mux.Handle("GET /sign-in", accept("login", func(string) (any, error) {
		return map[string]any{"subject": provider.User, "remember": true, "remember_for": 3600}, nil
	}))
	mux.Handle("GET /consent", accept("consent", func(challenge string) (any, error) {
		var asked struct {
			Scope    []string `json:"requested_scope"`
			Audience []string `json:"requested_access_token_audience"`
		}
		err := a.call(http.MethodGet, question("consent", "", challenge), nil, &asked)
		return map[string]any{"grant_scope": asked.Scope, "grant_access_token_audience": asked.Audience}, err
	}))
	mux.Handle("GET /sign-out", accept("logout", func(string) (any, error) { return nil, nil }))
}

func question(kind, action, challenge string) string {
	return "oauth2/auth/requests/" + kind + action + "?" + url.Values{kind + "_challenge": {challenge}}.Encode()
}
