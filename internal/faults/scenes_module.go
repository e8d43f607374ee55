package faults

import "github.com/pkcewasm/pkcewasm/internal/oauthtest"

// moduleScenes are section M: the module and its worker.
func moduleScenes() []Scene {
	return []Scene{
		elsewhere("F-M1", "a panic in a function of the module", "Go build: that call is crashed, the module works on; release build: as F-M3",
			"wasm_test.go: a panic rejects its own promise"),
		elsewhere("F-M2", "a panic in a timer", "as F-M1", "jsglue/test/crash.test.js: a trap in a timer of the module is noticed, too"),
		elsewhere("F-M3", "a trap", "everything pending is crashed within 100 ms; a new module; the session in memory ends, once",
			"wasm_test.go: a trap rejects everything that is pending within 100 ms"),
		scene("F-M6", "a built-in that was patched throws into the module", "the call fails, the module lives",
			Play{Config: map[string]any{"refresh": map[string]any{"auto": false}}, Do: signedIn(func(l *lane) {
				l.lab("break", "fetch")
				l.refused(l.call("refresh"), oauthtest.Outcome{Code: "network"})
				l.observe()
				l.lab("mend", "fetch")
				l.recover()
			})}),
		scene("F-M7", "the worker is terminated", "everything is crashed, it is started again, nothing falls back",
			Play{Loose: true, Config: map[string]any{"isolation": "dedicated"}, Do: signedIn(func(l *lane) {
				pending := l.held("refresh")
				l.do("kill", nil, nil)
				l.refused(<-pending, oauthtest.Outcome{Code: "crashed"})
				l.server.Release()
				l.until("the worker after it", func() bool { return failureOf(l.call("getAccessToken")) == "login_required" })
				events := l.observe()
				l.expect("crashed", 1, happened(events, "crashed", ""))
				l.expect("signedOut", 1, happened(events, "signedOut", "crashed"))
				l.expect("degraded", 0, happened(events, "degraded", ""))
				l.baseline = nil // of the worker before
				l.signIn()
				l.observe()
				l.recover()
			})}),
		elsewhere("F-M8", "messages that nobody sends", "refused or ignored",
			"hostile_test.go: hostile messages to the worker change nothing"),
		scene("F-M9", "the page is busy for 6 s", "the worker goes on, the page gets the answer afterwards; for 30 s, with refreshes on time: `TestStarvedPage`",
			Play{Alone: true, Do: signedIn(func(l *lane) {
				pending := l.held("refresh")
				l.server.Release()
				l.script(`for (const end = elapsed() + 6000; elapsed() < end;);`, nil)
				l.expect("error", "", failureOf(<-pending))
				l.expect("events", "refreshed", types(l.observe()))
			})}),
		elsewhere("F-M10", "10 000 refreshes", "references, memory and tokens are let go", "internal/tinygo/leaks.test.mjs: REFRESHES = 10_000"),
		scene("F-M11", "two modules in one realm", "two instances",
			Play{Do: func(l *lane) {
				l.expect("instances", "2", l.script(`const { loadPkce } = await import('/pkcewasm/index.js');
					const both = await Promise.all([loadPkce(), loadPkce()]);
					return new Set(both.map((pkce) => pkce.generateCodeVerifier())).size`, nil))
				l.signIn()
				l.observe()
				l.recover()
			}}),
		scene("F-M12", "no WebAssembly.instantiateStreaming", "the module is compiled from its bytes",
			Play{Name: "", Do: func(l *lane) {
				l.expect("open", "", failureOf(l.restart("WebAssembly.compileStreaming", "WebAssembly.instantiateStreaming")))
				l.signIn()
				l.observe()
				l.recover()
			}}),
		scene("F-M13", "the module comes late", "createClient waits",
			Play{Do: func(l *lane) {
				whole := l.config
				l.config = withConfig(l.config, "wasmUrl", "/faults/late.wasm")
				l.expect("open", "", failureOf(l.restart()))
				l.signIn()
				l.config = whole
			}}),
	}
}
