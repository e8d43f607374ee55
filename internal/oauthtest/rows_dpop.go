package oauthtest

import (
	"cmp"
	"net/http"
	"strings"
)

// ProofRows is section F of the catalogue, and F-80: a client with DPoP at a
// server that requires proofs. In an Outcome, Requests counts those to the token
// endpoint, and the Diagnostic "dpop" is the event degraded.
func ProofRows() []Row {
	wants := func(nonces ...string) Fault {
		f := errorAnswer(http.StatusBadRequest, "use_dpop_nonce")
		f.Header["DPoP-Nonce"] = nonces
		return f
	}
	illegal := func(name string, nonces ...string) Case {
		return proofCase(name, "required", refusedProof("nonce", 1), wants(nonces...))
	}
	hidden := func(s *Settings) { s.CORS.NoExpose = true }
	skewed := func(seconds int64) func(*Settings) {
		return func(s *Settings) { s.ClockOffsetSeconds = seconds }
	}
	long := strings.Repeat("n", 10<<10)
	return []Row{
		row("F-P1", "use_dpop_nonce with an exposed DPoP-Nonce", proofCase("", "required", proven(2), wants("n1"))),
		row("F-P2", "use_dpop_nonce, DPoP-Nonce not exposed",
			proofCase("cors", "required", refusedProof("nonce_hidden", 1), wants("n1")).with(hidden),
			proofCase("absent", "required", refusedProof("nonce_hidden", 1), wants())),
		row("F-P3", "use_dpop_nonce twice",
			proofCase("other", "required", refusedProof("nonce", 2), wants("n1"), wants("n2")),
			proofCase("same", "required", refusedProof("nonce", 2), wants("n1"), wants("n1"))),
		row("F-P4", "a new nonce on a 200", proofCase("", "required", proven(1), Fault{Header: http.Header{"DPoP-Nonce": {"n4"}}})),
		row("F-P5", "a nonce that is none",
			illegal("characters", `n"1`), illegal("space", "n 1"), illegal("10 KiB", long), illegal("two headers", "n1", "n2"),
			proofCase("on a 200", "required", proven(1), Fault{Header: http.Header{"DPoP-Nonce": {long}}})),
		row("F-P6", "invalid_dpop_proof",
			proofCase("ahead", "required", refusedProof("clock", 1)).with(skewed(3600)).refreshes(proven(2)),
			proofCase("behind", "required", refusedProof("clock", 1)).with(skewed(-3600)).refreshes(proven(2)),
			proofCase("hidden clock", "required", refusedProof("clock", 1)).with(skewed(3600)).with(hidden),
			proofCase("good clock", "required", refusedProof("proof", 1), errorAnswer(http.StatusBadRequest, "invalid_dpop_proof")),
			proofCase("nonce offered", "required", refusedProof("proof", 1), offered(errorAnswer(http.StatusBadRequest, "invalid_dpop_proof"))).refreshes(proven(2))),
		row("F-80", "DPoP asked for, Bearer issued",
			proofCase("required", "required", refusedProof("token_type", 1)).with(unbound).
				refreshes(Outcome{Code: "dpop", Reason: "token_type", Retry: Never, Requests: 1, Session: "ended"}),
			proofCase("preferred", "preferred", Outcome{Requests: 1, Diagnostic: "dpop"}).with(unbound)),
	}
}

func unbound(s *Settings) { s.DPoP.Bearer = true }

func offered(f Fault) Fault {
	f.Header["DPoP-Nonce"] = []string{"n6"}
	return f
}

// proven is success after so many requests.
func proven(requests int) Outcome { return Outcome{Requests: requests} }

func refusedProof(reason string, requests int) Outcome {
	return Outcome{Code: "dpop", Reason: reason, Retry: Never, Requests: requests}
}

// proofCase is one of a client whose option dpop is mode.
func proofCase(name, mode string, o Outcome, faults ...Fault) Case {
	exchange, refresh := o, o
	exchange.Session, refresh.Session = "kept", "kept"
	if o.Code != "" {
		exchange.Session = "none"
	}
	return Case{Name: name, DPoP: mode, Faults: faults, Exchange: &exchange, Refresh: &refresh}
}

// with is the case at a server that is otherwise, too.
func (c Case) with(change func(*Settings)) Case {
	before := c.Settings
	c.Settings = func(s *Settings) {
		if before != nil {
			before(s)
		}
		change(s)
	}
	return c
}

// refreshes is the case with another outcome of a refresh.
func (c Case) refreshes(o Outcome) Case {
	o.Session = cmp.Or(o.Session, "kept")
	c.Refresh = &o
	return c
}
