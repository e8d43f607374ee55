package session

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pkcewasm/pkcewasm/internal/oauth"
)

// The model check runs tabs that share one session through random interleavings
// of everything that can happen to them, and holds every step against the
// promises: no refresh token is spent twice outside the re-send rule, and each
// tab ends with a fresh token or with exactly one signedOut.
//
//	make model
//	go test ./internal/session -run Model -model.runs 10000000

var (
	modelRuns = flag.Int("model.runs", 100_000, "interleavings to explore")
	modelSeed = flag.Uint64("model.seed", 0, "the one interleaving to replay, with its steps printed")
)

// model is one world: the tabs, the record they share, the lock, the server.
type model struct {
	rng    *rand.Rand
	now    Instant
	tabs   []*modelTab
	record *modelRecord
	owner  *modelTab // of the lock
	queue  []*modelTab
	server modelServer
	calm   bool // no more faults
	log    func(format string, args ...any)
}

type modelRecord struct {
	Record
	token  int
	holder *modelTab
}

// modelServer rotates: it accepts the current token, and for grace also the
// previous one; anything else is reuse and revokes the grant.
type modelServer struct {
	current  int
	grace    bool
	revoked  bool
	spent    map[int][]*modelSend // the requests that carried each token
	problems []string
}

// modelSend is one request on its way.
type modelSend struct {
	tab      *modelTab
	token    int
	arrived  bool
	answered int // the new token; 0 for none, -1 for invalid_grant
	lost     bool
	done     bool
}

// modelTab is one tab: a machine, its tokens, and what it waits for.
type modelTab struct {
	*Machine
	id      int
	token   int
	pending int
	read    *modelRecord
	send    *modelSend
	claimed bool
	frozen  bool
	dead    bool
	due     int64 // monotonic ms of the timer, 0 for none
	want    string
	signed  int // signedOut notices
	fresh   bool
	wait    int64 // monotonic ms since the lock is waited for
}

func newModel(seed uint64) *model {
	m := &model{rng: rand.New(rand.NewPCG(seed, 1)), now: Instant{Wall: 1e12, Monotonic: 1000}, log: func(string, ...any) {}}
	m.server = modelServer{current: 1, grace: m.rng.IntN(2) == 0, spent: map[int][]*modelSend{}}
	grant := Grant{Received: m.now, Lifetime: 60 * second, Refreshable: true}
	m.record = &modelRecord{Record: Record{Generation: 1, Grant: grant}, token: 1}
	for i := range 2 + m.rng.IntN(3) {
		tab := &modelTab{Machine: NewMachine(DefaultPolicy(), true, m.rng), id: i, token: 1}
		m.tabs = append(m.tabs, tab)
		m.do(tab, tab.Begin(m.now, grant, 1))
	}
	return m
}

func (m *model) do(tab *modelTab, actions []Action) {
	for _, action := range actions {
		switch action.Kind {
		case Send:
			tab.due = 0
			m.send(tab)
		case Arm:
			tab.due = m.now.Monotonic + action.Delay
		case Acquire:
			tab.due = 0
			m.acquire(tab, action.Steal)
		case Release:
			m.unlock(tab)
		case Adopt:
			tab.token = tab.read.token
		case Commit:
			tab.want = "commit"
		case Read:
			tab.want = "read"
		case Erase:
			if m.record != nil && m.record.Generation <= action.UpTo {
				m.record = nil
			}
		case Drop:
			tab.token, tab.send, tab.want, tab.due = 0, nil, "", 0
			m.dequeue(tab)
		case Publish:
			m.log("  tab %d: %s %s", tab.id, action.Notice.Type, action.Notice.Reason)
			if action.Notice.Type == SignedOut {
				tab.signed++
			}
		case Settle:
			tab.fresh = action.Err == nil
		}
	}
}

func (m *model) send(tab *modelTab) {
	m.log("  tab %d sends RT-%d", tab.id, tab.token)
	tab.send = &modelSend{tab: tab, token: tab.token}
	m.server.spent[tab.token] = append(m.server.spent[tab.token], tab.send)
	for _, earlier := range m.server.spent[tab.token] {
		if earlier != tab.send && !excused(earlier, tab) {
			m.server.problems = append(m.server.problems, fmt.Sprintf("tab %d spends RT-%d again", tab.id, tab.token))
		}
	}
}

// excused reports whether a request may be followed by another with the same
// token: its own answer was lost on the way, or its tab is gone or frozen, so
// that its answer could not be committed.
func excused(earlier *modelSend, again *modelTab) bool {
	return earlier.lost || earlier.tab.dead || earlier.tab != again && (earlier.tab.frozen || earlier.tab.claimed)
}

func (m *model) acquire(tab *modelTab, steal bool) {
	tab.want, tab.wait = "lock", m.now.Monotonic
	if steal {
		m.log("  tab %d steals the lock", tab.id)
		if m.owner != nil {
			m.owner.claimed = true // from now on its answers are not its own any more
		}
		m.owner = nil
		m.dequeue(tab)
		m.grant(tab)
		return
	}
	if m.owner == tab {
		m.grant(tab)
		return
	}
	m.queue = append(m.queue, tab)
}

func (m *model) dequeue(tab *modelTab) {
	for i, waiting := range m.queue {
		if waiting == tab {
			m.queue = append(m.queue[:i:i], m.queue[i+1:]...)
			return
		}
	}
}

// grant gives the lock to a tab and marks the record as its own.
func (m *model) grant(tab *modelTab) {
	m.owner, tab.want, tab.claimed = tab, "", false
	if m.record != nil {
		m.record.holder = tab
	}
	tab.read = m.record
	m.do(tab, tab.Acquired(m.now, view(m.record)))
}

func view(record *modelRecord) *Record {
	if record == nil {
		return nil
	}
	return &record.Record
}

func (m *model) unlock(tab *modelTab) {
	if m.owner == tab {
		m.owner = nil
	}
}

// step lets one thing happen.
func (m *model) step() {
	tab := m.tabs[m.rng.IntN(len(m.tabs))]
	if tab.dead {
		return
	}
	choice := m.rng.IntN(12)
	if m.calm {
		choice = m.rng.IntN(7)
	}
	switch choice {
	case 0:
		m.pass(int64(m.rng.IntN(5000)))
	case 1:
		m.pass(int64(m.rng.IntN(70_000)))
	case 2: // the lock goes to whoever waits first
		if m.owner == nil && len(m.queue) > 0 && !m.queue[0].frozen {
			next := m.queue[0]
			m.queue = m.queue[1:]
			m.grant(next)
		}
	case 3:
		m.serve(tab)
	case 4:
		m.answer(tab)
	case 5:
		m.store(tab)
	case 6:
		m.hint(tab)
	case 7:
		if !tab.frozen {
			_, actions, _ := tab.Demand(m.now, Demand{Force: m.rng.IntN(2) == 0})
			m.do(tab, actions)
		}
	case 8: // the answer is lost on the way
		if tab.send != nil && !tab.send.done && !tab.frozen {
			m.log("tab %d: the answer is lost", tab.id)
			tab.send.lost, tab.send.done = true, true
			m.do(tab, tab.Fail(m.now, &oauth.Error{Code: oauth.CodeNetwork}))
		}
	case 9:
		if alive(m.tabs) > 1 && m.rng.IntN(4) == 0 {
			m.log("tab %d is killed", tab.id)
			tab.dead, tab.claimed = true, true
			m.dequeue(tab)
			m.unlock(tab)
		}
	case 10:
		m.log("tab %d: frozen %v", tab.id, !tab.frozen)
		tab.frozen = !tab.frozen
	case 11:
		if m.rng.IntN(50) == 0 && !tab.frozen {
			m.log("tab %d signs out", tab.id)
			m.do(tab, tab.SignOut("logout"))
		}
	}
}

// pass lets time go by and the timers of the tabs that are awake fire. When all
// is calm, whoever is busy gets on within a second.
func (m *model) pass(d int64) {
	if m.calm && slices.ContainsFunc(m.tabs, func(tab *modelTab) bool { return !tab.dead && tab.busy() }) {
		d = min(d, second)
	}
	m.now = m.now.Add(d)
	for _, tab := range m.tabs {
		if tab.dead || tab.frozen {
			continue
		}
		if tab.due > 0 && tab.due <= m.now.Monotonic {
			tab.due = 0
			m.do(tab, tab.Tick(m.now))
		}
		if tab.want == "lock" && m.now.Monotonic-tab.wait > lease && m.owner != tab {
			m.dequeue(tab)
			m.do(tab, tab.NotAcquired())
		}
	}
}

// serve lets the server take a tab's request.
func (m *model) serve(tab *modelTab) {
	s, send := &m.server, tab.send
	if send == nil || send.arrived {
		return
	}
	send.arrived = true
	switch {
	case s.revoked || send.token == 0:
		send.answered = -1
	case send.token == s.current:
		s.current++
		send.answered = s.current
	case s.grace && send.token == s.current-1:
		send.answered = s.current
	default:
		s.revoked = true
		send.answered = -1
	}
	m.log("server: RT-%d -> %d", send.token, send.answered)
}

// answer lets a tab get its answer.
func (m *model) answer(tab *modelTab) {
	send := tab.send
	if send == nil || !send.arrived || send.done || tab.frozen {
		return
	}
	send.done = true
	if send.answered < 0 {
		m.do(tab, tab.Fail(m.now, &oauth.Error{Code: oauth.CodeOAuth, OAuthError: "invalid_grant"}))
		return
	}
	tab.pending = send.answered
	m.do(tab, tab.Succeed(m.now, Grant{Received: m.now, Lifetime: 60 * second, Refreshable: true}))
}

// store lets a tab's write to, or read of, the record happen.
func (m *model) store(tab *modelTab) {
	if tab.dead || tab.frozen {
		return
	}
	want := tab.want
	switch want {
	case "commit":
		tab.want = ""
		if m.record == nil || m.record.holder != tab || m.record.Generation != tab.Generation() {
			m.log("tab %d: conflict", tab.id)
			tab.send.lost = true
			tab.read = m.record
			m.do(tab, tab.Conflicted(m.now, view(m.record)))
			return
		}
		m.record = &modelRecord{Record: Record{Generation: tab.Generation() + 1, Grant: tab.Machine.pending}, token: tab.pending, holder: tab}
		tab.token = tab.pending
		m.do(tab, tab.Committed(m.now))
	case "read":
		tab.want = ""
		tab.read = m.record
		m.do(tab, tab.Reread(m.now, view(m.record)))
	}
}

// hint lets a tab learn of the record.
func (m *model) hint(tab *modelTab) {
	if tab.dead || tab.frozen || tab.want == "commit" {
		return
	}
	tab.read = m.record
	m.do(tab, tab.Noticed(m.now, view(m.record)))
}

func alive(tabs []*modelTab) int {
	n := 0
	for _, tab := range tabs {
		if !tab.dead {
			n++
		}
	}
	return n
}

// finish lets the faults end and the tabs come to rest.
func (m *model) finish() {
	m.calm = true
	for _, tab := range m.tabs {
		tab.frozen = false
	}
	for range 300 {
		m.step()
	}
	m.settle()
}

// settle lets every write happen and every tab learn of the record.
func (m *model) settle() {
	for range 10 {
		for _, tab := range m.tabs {
			m.store(tab)
			m.hint(tab)
		}
	}
}

// starved returns the tab that asks for a token and never gets one, nil if all do.
func (m *model) starved() *modelTab {
	for _, tab := range m.tabs {
		if tab.dead || tab.phase == absent {
			continue
		}
		tab.fresh = false
		decision, actions, _ := tab.Demand(m.now, Demand{})
		m.do(tab, actions)
		for i := 0; i < 3000 && !tab.fresh && decision != Ready && tab.phase != absent; i++ {
			m.step()
			if !tab.busy() && !tab.fresh {
				decision, actions, _ = tab.Demand(m.now, Demand{})
				m.do(tab, actions)
			}
		}
		if !tab.fresh && decision != Ready && tab.phase != absent {
			return tab
		}
	}
	return nil
}

// problem returns which promise was broken, "" for none.
func (m *model) problem() string {
	if len(m.server.problems) > 0 {
		return m.server.problems[0]
	}
	for _, tab := range m.tabs {
		switch {
		case tab.signed > 1:
			return fmt.Sprintf("tab %d heard signedOut %d times", tab.id, tab.signed)
		case tab.dead:
		case tab.phase == absent && tab.signed == 0:
			return fmt.Sprintf("tab %d has neither a session nor heard signedOut", tab.id)
		case tab.phase != absent && m.record == nil:
			return fmt.Sprintf("tab %d kept a session that is over", tab.id)
		case tab.phase != absent && tab.Generation() > m.record.Generation:
			return fmt.Sprintf("tab %d is ahead of the record", tab.id)
		}
	}
	return ""
}

func runModel(seed uint64, log func(string, ...any)) string {
	m := newModel(seed)
	if log != nil {
		m.log = log
	}
	for range 60 + m.rng.IntN(60) {
		m.step()
		if p := m.problem(); p != "" && len(m.server.problems) > 0 {
			return p
		}
	}
	m.finish()
	if p := m.problem(); p != "" {
		return p
	}
	if tab := m.starved(); tab != nil {
		return fmt.Sprintf("tab %d has a session but gets no token", tab.id)
	}
	m.settle()
	return m.problem()
}

func TestModel(t *testing.T) {
	if *modelSeed != 0 {
		problem := runModel(*modelSeed, t.Logf)
		require.Empty(t, problem)
		return
	}
	for seed := uint64(1); seed <= uint64(*modelRuns); seed++ {
		if problem := runModel(seed, nil); problem != "" {
			t.Fatalf("%s; replay with -model.seed %d -v", problem, seed)
		}
	}
	t.Logf("%d interleavings of tabs, each of 60 to 120 steps", *modelRuns)
}
