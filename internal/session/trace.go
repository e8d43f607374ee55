package session

// steps name what a machine does for who traces it; the pending timer and notices are none.
var steps = [...]string{Send: "send", Settle: "settle", Drop: "drop", Acquire: "lock", Adopt: "adopt", Commit: "commit", Read: "read", Erase: "erase", Release: "unlock"}

// trace is the notice of an action: what is done, why, and what the machine, which
// has made up its mind, will do next. The mutex is held.
func (r *Refresher) trace(notices []*Notice, action Action) []*Notice {
	step := steps[action.Kind]
	if step == "" {
		return notices
	}
	reason := r.machine.cause
	if action.Err != nil {
		reason = string(action.Err.Code)
	}
	if action.Steal {
		step = "steal"
	}
	next, _ := r.nextAt()
	return append(notices, &Notice{Type: Trace, Feature: step, Reason: reason, Attempt: r.machine.failures, NextAt: next})
}
