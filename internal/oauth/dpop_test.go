package oauth

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The key, token and hashes of RFC 9449 sections 4.1, 6.1 and 7.1.
const (
	exampleKey   = "l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs.9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA"
	examplePrint = "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"
	exampleToken = "Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU"
	exampleHash  = "fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo"
)

func TestKeyThumbprint(t *testing.T) {
	require.Equal(t, examplePrint, KeyThumbprint(exampleKey))
}

// TestSigningInput holds a proof against RFC 9449 section 4.2, member by member.
func TestSigningInput(t *testing.T) {
	const header = `{"typ":"dpop+jwt","alg":"ES256","jwk":{"crv":"P-256","kty":"EC","x":"l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs","y":"9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA"}}`
	base := Proof{Key: exampleKey, ID: "id", Method: "POST", URL: "https://op.example/token", IssuedAt: 1562262616}
	for _, c := range []struct {
		name   string
		change func(*Proof)
		want   string
	}{
		{"token request", func(*Proof) {}, `{"jti":"id","htm":"POST","htu":"https://op.example/token","iat":1562262616}`},
		{"with a nonce", func(p *Proof) { p.Nonce = "n" }, `{"jti":"id","htm":"POST","htu":"https://op.example/token","iat":1562262616,"nonce":"n"}`},
		{"with a token", func(p *Proof) { p.AccessToken = NewSecret(exampleToken) }, `{"jti":"id","htm":"POST","htu":"https://op.example/token","iat":1562262616,"ath":"` + exampleHash + `"}`},
		{"query and fragment", func(p *Proof) { p.URL += "?a=b#c" }, `{"jti":"id","htm":"POST","htu":"https://op.example/token","iat":1562262616}`},
		{"question mark in the fragment", func(p *Proof) { p.URL += "#c?d" }, `{"jti":"id","htm":"POST","htu":"https://op.example/token","iat":1562262616}`},
		{"quotes", func(p *Proof) { p.Method = `G"` }, `{"jti":"id","htm":"G\"","htu":"https://op.example/token","iat":1562262616}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			proof := base
			c.change(&proof)
			parts := strings.Split(proof.SigningInput(), ".")
			require.Len(t, parts, 2)
			for i, want := range []string{header, c.want} {
				text, err := base64.RawURLEncoding.DecodeString(parts[i])
				require.NoError(t, err)
				require.True(t, json.Valid(text))
				require.Equal(t, want, string(text))
			}
		})
	}
}

func TestIsProofKey(t *testing.T) {
	require.True(t, IsProofKey(exampleKey))
	for _, key := range []string{
		"", ".", "x.y", examplePrint, examplePrint + ".", exampleKey + ".", exampleKey + "x", `"` + exampleKey[1:],
		strings.Replace(exampleKey, "-", "+", 1), "\n" + exampleKey,
	} {
		require.False(t, IsProofKey(key), key)
	}
}

func TestReadProofOutcome(t *testing.T) {
	const date = "Sat, 21 Nov 2026 12:00:00 GMT"
	challenge := func(code string) http.Header { return http.Header{"Www-Authenticate": {`DPoP error="` + code + `"`}} }
	said := func(code string) string { return `{"error":"` + code + `"}` }
	for _, c := range []struct {
		name    string
		status  int
		header  http.Header
		body    string
		nonce   string
		ahead   int64
		refused bool
		reason  string
	}{
		{name: "success", status: 200, header: http.Header{"Dpop-Nonce": {"n"}}, body: said("use_dpop_nonce"), nonce: "n"},
		{name: "another error", status: 400, body: said("invalid_grant")},
		{name: "not JSON", status: 400, body: "use_dpop_nonce"},
		{name: "a gateway", status: 502, body: said("use_dpop_nonce")},
		{name: "longer word", status: 400, body: said("use_dpop_nonces")},
		{name: "nonce", status: 400, header: http.Header{"Dpop-Nonce": {"n"}}, body: said("use_dpop_nonce"), nonce: "n", refused: true, reason: "nonce"},
		{name: "hidden", status: 400, body: said("use_dpop_nonce"), refused: true, reason: "nonce_hidden"},
		{name: "space", status: 400, header: http.Header{"Dpop-Nonce": {"n n"}}, body: said("use_dpop_nonce"), refused: true, reason: "nonce"},
		{name: "too long", status: 400, header: http.Header{"Dpop-Nonce": {repeat("n", 2049)}}, body: said("use_dpop_nonce"), refused: true, reason: "nonce"},
		{name: "resource server", status: 401, header: challenge("use_dpop_nonce"), refused: true, reason: "nonce_hidden"},
		{name: "resource server, a token", status: 401, header: http.Header{"Www-Authenticate": {"DPoP error=use_dpop_nonce"}}, refused: true, reason: "nonce_hidden"},
		{name: "another parameter", status: 401, header: http.Header{"Www-Authenticate": {`DPoP realm="use_dpop_nonce"`}}},
		{name: "refused token", status: 401, header: challenge("invalid_token")},
		{name: "clock unknown", status: 400, body: said("invalid_dpop_proof"), refused: true, reason: "clock"},
		{name: "clock good", status: 400, header: http.Header{"Date": {date}}, body: said("invalid_dpop_proof"), refused: true, reason: "proof"},
		{name: "clock ahead", status: 400, header: http.Header{"Date": {"Sat, 21 Nov 2026 13:00:00 GMT"}}, body: said("invalid_dpop_proof"), ahead: 3600, refused: true, reason: "clock"},
		{name: "clock behind", status: 400, header: http.Header{"Date": {"Sat, 21 Nov 2026 11:00:00 GMT"}}, body: said("invalid_dpop_proof"), ahead: -3600, refused: true, reason: "clock"},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := ReadProofOutcome(&Response{Status: c.status, Headers: headersOf(c.header.Get), Body: []byte(c.body), ReceivedAt: testNowMS})
			require.Equal(t, c.nonce, o.Nonce)
			require.Equal(t, c.ahead, o.Ahead)
			require.Equal(t, c.refused, o.Refused())
			if c.refused {
				require.Equal(t, "dpop", string(failure(t, o.Error()).Code))
				require.Equal(t, c.reason, failure(t, o.Error()).Reason)
			}
		})
	}
}

// The table is the package's as well (fetch.test.js): servers are understood in the same way wherever a proof is sent from.
func TestChallenges(t *testing.T) {
	data, err := os.ReadFile("testdata/challenges.json")
	require.NoError(t, err)
	var table [][2]any
	require.NoError(t, json.Unmarshal(data, &table))
	for _, row := range table {
		challenge := row[0].(string)
		for _, code := range []string{"use_dpop_nonce", "invalid_dpop_proof", "invalid_token"} {
			require.Equal(t, slices.Contains(row[1].([]any), any(code)), challengeNames(challenge, code), "%s in %s", code, challenge)
		}
	}
	for _, malformed := range []string{
		`DPoP error="use_dpop_nonce`, `DPoP error="use_dpop_nonce\"`, `DPoP error="use_dpop_nonce\`, "DPoP error=", "use_dpop_nonce", `"use_dpop_nonce"`, `DPoP =use_dpop_nonce`, `error`,
	} {
		require.False(t, challengeNames(malformed, "use_dpop_nonce"), malformed)
	}
}
