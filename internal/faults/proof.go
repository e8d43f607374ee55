package faults

import "github.com/pkcewasm/pkcewasm/internal/oauthtest"

// playProof plays one part of a case of section F: a client with DPoP at a server that requires proofs.
func (l *lane) playProof(c oauthtest.Case, p part) []string {
	proofs := func(o *oauthtest.Settings) { o.DPoP.Mode = oauthtest.ProofsRequired }
	l.begin(map[string]any{"dpop": c.DPoP}, proofs, true)
	want, name, args := *c.Exchange, "handleRedirectCallback", []any{}
	if p == refresh {
		want, name = *c.Refresh, "refresh"
		l.signIn()
		l.observe()
	} else {
		args = append(args, l.redirect(nil))
	}
	if c.Settings != nil {
		l.server.Configure(c.Settings)
	}
	l.server.Script(c.Endpoint, c.Faults...)
	before := l.server.Report().TokenRequests
	a := l.call(name, args...)
	events := l.observe()
	l.expect("token requests", want.Requests, l.server.Report().TokenRequests-before)
	if want.Code == "" {
		l.expect("error", "", failureOf(a))
	} else {
		if a.Error != nil {
			want.OAuthError = a.Error.OAuthError // the catalogue lists none
		}
		l.refused(a, want)
		l.expect("somebody is signed in", want.Session == "kept", l.user() != nil)
	}
	if want.Diagnostic != "" {
		l.degraded(events, want.Diagnostic)
	}
	l.settle()
	l.server.Reset()
	l.server.Configure(func(o *oauthtest.Settings) { o.Rotation = oauthtest.Grace(60) })
	if c.DPoP == "required" {
		l.server.Configure(proofs)
	}
	if want.Reason == "clock" && p == exchange { // the client has learned a time that is wrong again
		l.call("handleRedirectCallback", l.redirect(nil))
	}
	if l.user() == nil {
		l.signIn()
	}
	l.observe()
	l.recover()
	return l.end(false, 0)
}
