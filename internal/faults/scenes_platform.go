package faults

import "github.com/pkcewasm/pkcewasm/internal/oauthtest"

// platformScenes are section K: storage, and what a browser may not have.
func platformScenes() []Scene {
	// missing is a worker without a part of the platform, on which nothing may start.
	missing := func(part string, want oauthtest.Outcome) Play {
		return Play{Name: part, Do: func(l *lane) {
			l.refused(l.restart(part), want)
			l.expect("requests", 0, l.server.Report().Requests)
			l.restart()
			l.signIn()
		}}
	}
	// served is a client whose files come from elsewhere.
	served := func(name string, config map[string]any, want oauthtest.Outcome) Play {
		return Play{Name: name, Do: func(l *lane) {
			whole := l.config
			for option, value := range config {
				l.config = withConfig(l.config, option, value)
			}
			l.refused(l.restart(), want)
			l.config = whole
			l.restart()
			l.signIn()
		}}
	}
	const (
		denied = `globalThis.genuine = Object.getOwnPropertyDescriptor(globalThis, 'sessionStorage');
			Object.defineProperty(globalThis, 'sessionStorage', { configurable: true, get() { throw new DOMException('denied', 'SecurityError'); } })`
		granted = `Object.defineProperty(globalThis, 'sessionStorage', globalThis.genuine)`
	)
	return []Scene{
		scene("F-K1", "the database is full", "degraded{storage}, the session goes on in memory",
			Play{Config: stored, Do: func(l *lane) {
				l.lab("break", "put")
				l.signIn()
				l.degraded(l.observe(), "storage")
				l.recover()
				l.lab("mend", "put")
			}}),
		scene("F-K2", "sessionStorage is denied", "storage, before the page leaves",
			Play{Alone: true, Config: map[string]any{"isolation": "dedicated"}, Do: func(l *lane) {
				for _, change := range []string{denied, granted, denied} { // what WebKit has compiled does not notice the first one
					l.script(change, nil)
				}
				var a answer
				l.do("script", map[string]any{"text": `return client.signInRedirect()`}, &a)
				l.refused(a, oauthtest.Outcome{Code: "storage"})
				l.script(granted, nil)
				l.signIn()
			}}),
		scene("F-K4", "sessionStorage is cleared before the callback", "state{unknown}; the next sign-in works",
			Play{Alone: true, Config: map[string]any{"transaction": "session"}, Do: func(l *lane) {
				url := l.redirect(nil)
				l.script(`sessionStorage.clear()`, nil)
				l.refused(l.call("handleRedirectCallback", url), oauthtest.Outcome{Code: "state", Reason: "unknown"})
				l.expect("token requests", 0, l.server.Report().TokenRequests)
				l.signIn()
			}}),
		scene("F-K6", "the user clears the site's data", "signedOut{storage_cleared} at the next refresh",
			Play{Config: stored, Do: signedIn(func(l *lane) {
				l.script(inDatabase("sessions", `store.delete(argument + ' test-spa');`), l.server.Issuer)
				l.expect("error", "signed_out", failureOf(l.call("refresh")))
				events := l.observe()
				l.expect("events", "signedOut", types(events))
				l.expect("reason", 1, happened(events, "signedOut", "storage_cleared"))
				l.refreshes(0)
				l.signIn()
				l.observe()
				l.recover()
			})}),
		elsewhere("F-K7", "no Web Locks", "as F-I3", "internal/faults/scenes_tabs.go: F-I3"),
		elsewhere("F-K8", "no BroadcastChannel", "as F-I2", "internal/faults/scenes_tabs.go: F-I2"),
		elsewhere("F-K9", "no crypto.subtle", "insecure_context; verifier and challenge work", "wasm_test.go: verifier and challenge without crypto.subtle"),
		scene("F-K10", "no crypto.getRandomValues", "unsupported, no request", missing("crypto.getRandomValues", oauthtest.Outcome{Code: "unsupported"})),
		scene("F-K11", "the worker does not start", "unsupported{worker}", served("", map[string]any{"workerUrl": "/nothing.js"}, oauthtest.Outcome{Code: "unsupported", Reason: "worker"})),
		scene("F-K12", "no WebAssembly", "unsupported{wasm}", missing("WebAssembly", oauthtest.Outcome{Code: "unsupported", Reason: "wasm"})).
			noting("a policy that forbids WebAssembly is jsglue/test/load.test.js: a policy that forbids WebAssembly is told from a broken file"),
		elsewhere("F-196", "a page without an origin: sandboxed, data:, blob:", "unsupported, no request", "opened_test.go: TestOpaqueOrigin"),
		scene("F-K13", "the module is missing, or is another file", "wasm_load",
			served("404", map[string]any{"wasmUrl": "/nothing.wasm"}, oauthtest.Outcome{Code: "wasm_load"}),
			served("not-wasm", map[string]any{"wasmUrl": "/hello.js"}, oauthtest.Outcome{Code: "wasm_load"})).
			noting("a download that stalls is jsglue/test/load.test.js: a download that stalls ends after 30 seconds; a changed module is integrity_test.go"),
	}
}
