package provider

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The tests count lines: a request is told with its answer, and read by the server all the same.
func TestTokenRequestsAreTold(t *testing.T) {
	lines, write, err := os.Pipe()
	require.NoError(t, err)
	stdout := os.Stdout
	os.Stdout = write
	t.Cleanup(func() { os.Stdout = stdout })
	handler := told(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/token" && r.PostFormValue("refresh_token") != "good" {
			w.WriteHeader(http.StatusBadRequest)
		}
	}))
	send := func(method, path, body string) {
		r := httptest.NewRequest(method, path, strings.NewReader(body))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		handler.ServeHTTP(httptest.NewRecorder(), r)
	}
	send("POST", "/token", "grant_type=refresh_token&refresh_token=good")
	send("POST", "/token", "grant_type=refresh_token&refresh_token=bad")
	send("GET", "/userinfo", "")
	send("POST", "/oauth2/revoke", "token=good")
	require.NoError(t, write.Close())
	text, err := io.ReadAll(lines)
	require.NoError(t, err)
	require.Equal(t, "token refresh_token 200\ntoken refresh_token 400\nrevocation 200\n", string(text))
}

func TestOnlyTheApplicationMayRead(t *testing.T) {
	handler := (&Config{Origin: "http://127.0.0.1:1"}).CORS(http.NotFoundHandler())
	for origin, want := range map[string]string{"http://127.0.0.1:1": "http://127.0.0.1:1", "http://127.0.0.1:2": "", "": ""} {
		r := httptest.NewRequest(http.MethodOptions, "/token", nil)
		r.Header.Set("Origin", origin)
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		require.Equal(t, want, w.Header().Get("Access-Control-Allow-Origin"), origin)
	}
}

func TestWhatIsNoKeyIsRefused(t *testing.T) {
	for i, text := range []string{"", "no key", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"} {
		file := filepath.Join(t.TempDir(), fmt.Sprint(i))
		require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
		_, err := readKey(file)
		require.Error(t, err)
	}
}
