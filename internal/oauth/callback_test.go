package oauth

import (
	"testing"

	"github.com/stretchr/testify/require"
)

const (
	testState  = "state-0123456789abcdef"
	goodQuery  = "?code=C-1&state=" + testState
	testIssuer = "https://op.example"
	issEncoded = "&iss=https%3A%2F%2Fop.example"
	cb         = "https://app.example/cb"
)

// faults.md L as far as it concerns the URL alone, and.
func TestParseCallback(t *testing.T) {
	plain := CallbackExpectation{State: testState, Issuer: testIssuer}
	required := CallbackExpectation{State: testState, Issuer: testIssuer, IssRequired: true}
	fragment := CallbackExpectation{State: testState, ResponseMode: "fragment"}
	for _, row := range []struct {
		id, url string
		want    CallbackExpectation
		outcome string
		code    string
	}{
		{"good", cb + goodQuery, plain, "", "C-1"},
		{"relative", "/cb" + goodQuery, plain, "", "C-1"},
		{"nothing but the query", goodQuery, plain, "", "C-1"},
		{"no URL", "", plain, "state{missing}", ""},
		{"F-140", cb + "?code=C-1", plain, "state{missing}", ""},
		{"F-140 empty", cb + "?code=C-1&state=", plain, "state{missing}", ""},
		{"F-140 error without state", cb + "?error=access_denied", plain, "state{missing}", ""},
		{"F-141 unknown", cb + "?code=C-1&state=attacker", plain, "state{mismatch}", ""},
		{"F-141 prefix", cb + "?code=C-1&state=" + testState[1:], plain, "state{mismatch}", ""},
		{"F-141 longer", cb + goodQuery + "x", plain, "state{mismatch}", ""},
		{"F-141 case", cb + "?code=C-1&state=State-0123456789abcdef", plain, "state{mismatch}", ""},
		{"F-141 nothing expected", cb + goodQuery, CallbackExpectation{}, "state{mismatch}", ""},
		{"R-20 error and wrong state", cb + "?error=access_denied&state=attacker", plain, "state{mismatch}", ""},
		{"R-20 wrong iss and wrong state", cb + "?code=C-1&state=attacker&iss=x", plain, "state{mismatch}", ""},
		{"F-146", cb + goodQuery + "&state=" + testState, plain, "callback{duplicate}", ""},
		{"F-146 escaped", cb + goodQuery + "&%73tate=x", plain, "callback{duplicate}", ""},
		{"R-23 code", cb + goodQuery + "&code=C-1", plain, "callback{duplicate}", ""},
		{"R-23 error", cb + "?error=a&error=b&state=" + testState, plain, "callback{duplicate}", ""},
		{"R-23 before the state", cb + "?code=a&code=b&state=attacker", plain, "callback{duplicate}", ""},
		{"F-147", cb + goodQuery + "&error=access_denied", plain, "authorization{access_denied}", ""},
		{"F-147 empty error", cb + goodQuery + "&error=", plain, "authorization", ""},
		{"F-148", cb + "?state=" + testState, plain, "callback{empty}", ""},
		{"F-149", cb + "?error=access_denied&state=" + testState, plain, "authorization{access_denied}", ""},
		{"error outside the grammar", cb + "?error=a%0Ab&state=" + testState, plain, "authorization", ""},
		{"F-150", cb + goodQuery + "&iss=https%3A%2F%2Fevil.example", plain, "issuer{mismatch}", ""},
		{"F-150 on an error", cb + "?error=x&state=" + testState + "&iss=https://evil.example", plain, "issuer{mismatch}", ""},
		{"F-151", cb + goodQuery, required, "issuer{missing}", ""},
		{"F-151 on an error", cb + "?error=x&state=" + testState, required, "issuer{missing}", ""},
		{"F-151 required, there", cb + goodQuery + issEncoded, required, "", "C-1"},
		{"F-152 right", cb + goodQuery + issEncoded, plain, "", "C-1"},
		{"F-153 twice", cb + goodQuery + issEncoded + issEncoded, plain, "callback{duplicate}", ""},
		{"F-153 empty", cb + goodQuery + "&iss=", plain, "issuer{mismatch}", ""},
		{"F-153 slash", cb + goodQuery + issEncoded + "/", plain, "issuer{mismatch}", ""},
		{"F-153 case", cb + goodQuery + "&iss=https://OP.example", plain, "issuer{mismatch}", ""},
		{"iss without a server to compare", cb + goodQuery + issEncoded, CallbackExpectation{State: testState}, "", "C-1"},
		{"F-155 in the fragment", cb + "#" + goodQuery[1:], plain, "callback{response_mode}", ""},
		{"F-155 in both", cb + goodQuery + "#" + goodQuery[1:], plain, "callback{response_mode}", ""},
		{"F-155 code in the other", cb + goodQuery + "#code=x", plain, "callback{response_mode}", ""},
		{"F-155 fragment wanted", cb + "#" + goodQuery[1:], fragment, "", "C-1"},
		{"F-155 fragment wanted, query got", cb + goodQuery, fragment, "callback{response_mode}", ""},
		{"F-155 fragment wanted, both got", cb + goodQuery + "#" + goodQuery[1:], fragment, "callback{response_mode}", ""},
		{"another fragment", cb + goodQuery + "#_=_", plain, "", "C-1"},
		{"a route in the fragment", cb + goodQuery + "#/settings?tab=1", plain, "", "C-1"},
		{"another query", cb + "?page=1#" + goodQuery[1:], fragment, "", "C-1"},
		{"unknown mode", cb + goodQuery, CallbackExpectation{State: testState, ResponseMode: "form_post"}, "config{responseMode}", ""},
		{"R-26 implicit", cb + "#access_token=AT&state=" + testState, plain, "callback{response_mode}", ""},
		{"R-26 implicit without state", cb + "#access_token=AT", plain, "callback{response_mode}", ""},
		{"R-26 in the query", cb + goodQuery + "&access_token=AT", plain, "callback{token}", ""},
		{"R-26 ID token", cb + "?id_token=a.b.c&state=" + testState, plain, "callback{token}", ""},
		{"R-26 hybrid", cb + "#id_token=a.b.c&" + goodQuery[1:], fragment, "callback{token}", ""},
		{"F-156 empty", cb + "?code=&state=" + testState, plain, "callback{empty}", ""},
		{"F-156 8 KiB", cb + "?code=" + repeat("c", 8<<10) + "&state=" + testState, plain, "", repeat("c", 8<<10)},
		{"F-156 16 KiB", cb + "?code=" + repeat("c", 16<<10) + "&state=" + testState, plain, "", repeat("c", 16<<10)},
		{"F-156 16 KiB + 1", cb + "?code=" + repeat("c", 16<<10+1) + "&state=" + testState, plain, "callback{too_large}", ""},
		{"F-156 100 KiB", cb + "?code=" + repeat("c", 100<<10) + "&state=" + testState, plain, "callback{too_large}", ""},
		{"F-156 decoded once", cb + "?code=a+b%2Bc%252Bd%C3%A9&state=" + testState, plain, "", "a b+c%2Bdé"},
		{"F-157 in the state", cb + "?code=C-1&state=%zz", plain, "state{mismatch}", ""},
		{"F-157 in the code", cb + "?code=%zz%&state=" + testState, plain, "", "%zz%"},
		{"F-157 not UTF-8", cb + "?code=C-1&state=%FF", plain, "state{mismatch}", ""},
		{"F-158", cb + "?response=a.b.c", plain, "callback{jarm}", ""},
		{"F-158 in the fragment", cb + "#response=a.b.c", plain, "callback{response_mode}", ""},
		{"R-24 names in another case", cb + goodQuery + "&CODE=x&State=y&Error=z", plain, "", "C-1"},
		{"R-24 names of JavaScript", cb + goodQuery + "&__proto__=x&constructor=y", plain, "", "C-1"},
		{"Keycloak", cb + goodQuery + "&session_state=x" + issEncoded, plain, "", "C-1"},
		{"Hydra", cb + goodQuery + "&scope=openid+offline", plain, "", "C-1"},
	} {
		t.Run(row.id, func(t *testing.T) {
			response, err := ParseCallback(row.url, row.want)
			require.Equal(t, row.outcome, outcome(t, err))
			if err != nil {
				require.Nil(t, response)
				require.False(t, failure(t, err).Retryable)
				require.NotContains(t, err.Error(), testState)
				require.NotContains(t, err.Error(), "C-1")
				return
			}
			require.Equal(t, row.code, response.Code.Reveal())
		})
	}
}

func TestManyUnknownParameters(t *testing.T) {
	url := cb + goodQuery
	for i := range 50 {
		url += "&x" + repeat("y", i) + "=1"
	}
	response, err := ParseCallback(url+issEncoded, CallbackExpectation{State: testState, Issuer: testIssuer, IssRequired: true})
	require.NoError(t, err)
	require.Equal(t, testIssuer, response.Iss)
}

// F-159.
func TestAuthorizationErrorTextIsSafe(t *testing.T) {
	for _, row := range []struct{ name, description, want string }{
		{"plain", "The+user+said+no.", "The user said no."},
		{"HTML", "%3Cimg+src%3D%22x%22+onerror%3Dalert(1)%3E%00%E2%80%AE", "<img src=x onerror=alert(1)>"},
		{"1 MiB", repeat("a", 1<<20), repeat("a", 256)},
		{"the state", "for+" + testState, ""},
		{"the code", "for+the-code-0123456789", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			_, err := ParseCallback(cb+"?error=access_denied&code=the-code-0123456789&state="+testState+"&error_description="+row.description,
				CallbackExpectation{State: testState})
			e := failure(t, err)
			require.Equal(t, "access_denied", e.OAuthError)
			require.Equal(t, row.want, e.Description)
			require.Equal(t, "authorization: the server did not sign the user in (access_denied)", e.Error())
		})
	}
}

func TestCallbackState(t *testing.T) {
	state, err := CallbackState(cb+"?error=x&state=a%20b", "")
	require.NoError(t, err)
	require.Equal(t, "a b", state)
	state, err = CallbackState(cb+"#state=s", "fragment")
	require.NoError(t, err)
	require.Equal(t, "s", state)
	for url, want := range map[string]string{
		cb:                       "state{missing}",
		cb + "?state=":           "state{missing}",
		cb + "?state=a&state=a":  "callback{duplicate}",
		cb + "#state=a":          "callback{response_mode}",
		cb + "?response=a":       "callback{jarm}",
		cb + "?code=a&code=b":    "callback{duplicate}",
		cb + "?state=a#state=a":  "callback{response_mode}",
		cb + "?st%61te=a&state=": "callback{duplicate}",
	} {
		_, err := CallbackState(url, "query")
		require.Equal(t, want, outcome(t, err), url)
	}
}
