package oauthtest

// transportRows are section D: what happens to the connection.
func transportRows() []Row {
	lost := Outcome{Code: "network", Retry: Resend}
	wire := func(name string, w Wire, o Outcome) Case { return fails(name, Fault{Wire: w}, o) }
	late := func(c Case) Case {
		c.DeadlineMS = 250
		return c
	}
	timeout := Outcome{Code: "timeout", Retry: Resend}
	return []Row{
		elsewhere("F-T2", "offline before sending", "internal/faults/scenes_client.go: F-T2"),
		row("F-T3", "a captive portal", fails("html", htmlAnswer(200), refused("not_json")), redirects("redirect", 302, "thief")),
		row("F-T4", "no CORS header on the answer", wire("", Wire{NoCORS: true}, lost)),
		elsewhere("F-T5", "preflight rejected", "internal/faults/scenes_client.go: F-T5"),
		row("F-T6", "a CORS header on 200 alone", noCORS("400", errorAnswer(400, "invalid_grant")), noCORS("500", htmlAnswer(500)), noCORS("429", htmlAnswer(429))),
		row("F-T8", "the socket closes in the body", wire("length", Wire{KillAfter: new(40)}, lost), wire("chunked", Wire{KillAfter: new(40), Chunked: true}, lost),
			wire("first-byte", Wire{KillAfter: new(0)}, lost), wire("before-status", Wire{KillAfter: new(-1)}, lost),
			fails("not-processed", Fault{Refuse: true, Wire: Wire{KillAfter: new(-1)}}, lost)),
		row("F-T9", "an answer that never ends", late(wire("no-headers", Wire{Hold: true}, timeout)), late(wire("no-body", Wire{HangAfter: new(0)}, timeout)),
			late(wire("half-body", Wire{HangAfter: new(40)}, timeout)), late(wire("chunked", Wire{HangAfter: new(40), Chunked: true}, timeout)),
			late(wire("drip", Wire{DripBytes: 1, DripMS: 50}, timeout))),
		row("F-T11", "slow but complete", works("delay", Fault{Wire: Wire{DelayMS: 100}}), works("drip", Fault{Wire: Wire{DripBytes: 100, DripMS: 10}})),
		row("F-T12", "the answer comes after the timeout", late(wire("", Wire{DelayMS: 1200}, timeout))),
		elsewhere("F-T13", "one of several waiters aborts", "internal/faults/scenes_client.go: F-T13"),
		elsewhere("F-T14", "the page navigates away", "leaving_test.go: TestLeaveWhileSigningIn"),
		row("F-T15", "the connection is reset", wire("", Wire{KillAfter: new(40), Reset: true}, lost), wire("before-status", Wire{KillAfter: new(-1), Reset: true}, lost)),
		row("F-T16", "two failures, then an answer", twoFailures(Fault{Refuse: true, Wire: Wire{KillAfter: new(-1)}}, lost)),
		elsewhere("F-T17", "a service worker answers", "meddling_test.go: TestMeddling"),
		elsewhere("F-T18", "an extension blocks the request", "internal/oauthtest/rows_transport.go: F-T8"),
	}
}

func noCORS(name string, f Fault) Case {
	f.NoCORS = true
	return fails(name, f, Outcome{Code: "network", Retry: Resend})
}
