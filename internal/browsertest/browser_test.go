package browsertest_test

import (
	"strings"
	"testing"
	"time"

	"github.com/pkcewasm/pkcewasm/internal/browsertest"
)

// TestEngines starts every engine, leads it over two pages and hears both reports.
func TestEngines(t *testing.T) {
	for _, engine := range browsertest.Engines() {
		t.Run(engine.Name, func(t *testing.T) {
			site := browsertest.NewSite(t)
			browser := browsertest.NewBrowser(t, engine, site, browsertest.Options{LoopbackHosts: []string{"plain.test"}})
			for _, visit := range []string{"first", "second"} {
				t.Run(visit, func(t *testing.T) {
					browser.Run(t, "/hello.html", time.Minute).Expect(t, "page runs", "secure context")
				})
			}
			if engine == browsertest.WebKit {
				return // has no switch for host names
			}
			t.Run("plain http", func(t *testing.T) {
				plain := browsertest.NewBrowser(t, engine, site, browsertest.Options{LoopbackHosts: []string{"plain.test"}})
				address := strings.Replace(site.Origin, "127.0.0.1", "plain.test", 1) + "/hello.html"
				plain.Run(t, address, time.Minute).Expect(t, "page runs", "secure context")
			})
		})
	}
}
