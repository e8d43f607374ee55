package pkcewasm_test

import (
	"testing"
	"time"

	"github.com/pkcewasm/pkcewasm/internal/browsertest"
)

// TestServerless runs the package against its own provider for tests, in a service worker. Of the engines, Chromium runs
// service workers that are modules in all of its versions.
func TestServerless(t *testing.T) {
	t.Parallel()
	site := newSite(t, browsertest.Slim.Module(t))
	browser := browsertest.NewBrowser(t, browsertest.Chromium, site, browsertest.Options{})
	for _, isolation := range []string{"shared", "dedicated", "none"} {
		t.Run(isolation, func(t *testing.T) {
			browser.Run(t, "/start.html?scenario=serverless&isolation="+isolation, time.Minute).Expect(t,
				"goes to the sign-in page", "signs in", "refreshes, and not with a token that was used", "userinfo", "a fault on demand",
				"the session ends when the provider says so", "cancels")
		})
	}
}
