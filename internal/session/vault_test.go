package session

import (
	"errors"
	"fmt"
	"net/url"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pkcewasm/pkcewasm/internal/oauth"
)

// origin is what the tabs of one origin share: a record and a lock.
type origin struct {
	mu         sync.Mutex // guards what follows
	record     string
	generation int64
	claimant   *tab
	owner      *tab
	queue      []chan *tab
	tabs       []*tab
	broken     error         // what storage answers, nil when it works
	full       bool          // it can be read, and what is there deleted
	slow       time.Duration // how long a commit takes
}

// tab is one tab's Vault.
type tab struct {
	*origin
	*client
}

func (t *tab) Lock(wait int64, steal bool) bool {
	t.origin.mu.Lock()
	if t.owner == nil || t.owner == t || steal {
		t.owner = t
		t.origin.mu.Unlock()
		return true
	}
	turn := make(chan *tab, 1)
	t.queue = append(t.queue, turn)
	t.origin.mu.Unlock()
	select {
	case <-turn:
		t.origin.mu.Lock()
		t.owner = t
		t.origin.mu.Unlock()
		return true
	case <-time.After(time.Duration(wait) * time.Millisecond):
		t.origin.mu.Lock()
		defer t.origin.mu.Unlock()
		for i := range t.queue {
			if t.queue[i] == turn {
				t.queue = append(t.queue[:i:i], t.queue[i+1:]...)
				return false
			}
		}
		t.owner = t
		return true
	}
}

func (t *tab) Unlock() {
	t.origin.mu.Lock()
	defer t.origin.mu.Unlock()
	if t.owner != t {
		return
	}
	t.owner = nil
	if len(t.queue) > 0 {
		t.queue[0] <- nil
		t.queue = t.queue[1:]
		t.owner = &tab{} // until the next one has taken it
	}
}

func (t *tab) Claim() (string, int64, error) {
	t.origin.mu.Lock()
	defer t.origin.mu.Unlock()
	if t.full && t.record != "" {
		return "", 0, errors.New("quota")
	}
	t.claimant = t
	return t.record, t.generation, t.broken
}

func (t *tab) Load() (string, int64, error) {
	t.origin.mu.Lock()
	defer t.origin.mu.Unlock()
	return t.record, t.generation, t.broken
}

func (t *tab) Commit(record string, generation int64) (bool, error) {
	time.Sleep(t.slow)
	t.origin.mu.Lock()
	defer t.origin.mu.Unlock()
	if t.broken != nil || t.record == "" || t.claimant != t || t.generation != generation {
		return false, t.broken
	}
	if t.full {
		return false, errors.New("quota")
	}
	t.record, t.generation = record, generation+1
	return true, nil
}

func (t *tab) Put(record string) (int64, error) {
	t.origin.mu.Lock()
	defer t.origin.mu.Unlock()
	if t.broken != nil {
		return 0, t.broken
	}
	t.record, t.claimant = record, nil
	t.generation++
	return t.generation, nil
}

func (t *tab) Erase(upTo int64) error {
	t.origin.mu.Lock()
	defer t.origin.mu.Unlock()
	if t.generation <= upTo {
		t.record, t.claimant = "", nil
	}
	return nil
}

func (t *tab) Hint() {
	for _, other := range t.tabs {
		if other != t {
			go other.refresher.Restore()
		}
	}
}

// open opens n tabs that share one session and one server, and signs in in the first.
func open(t *testing.T, n int) ([]*tab, *provider) {
	shared := &origin{}
	for range n {
		c := newClient(t, "")
		member := &tab{origin: shared, client: c}
		c.Session = New(c.config, c.bubble, c.bubble, member, c.emit)
		shared.tabs = append(shared.tabs, member)
	}
	p := signIn(t, shared.tabs[0].client, "alice")
	for _, member := range shared.tabs {
		member.script(p.token)
	}
	synctest.Wait()
	return shared.tabs, p
}

func closeAll(tabs []*tab) {
	for _, member := range tabs {
		member.Close()
	}
	synctest.Wait()
}

func requests(tabs []*tab) int {
	n := 0
	for _, member := range tabs {
		n += member.count()
	}
	return n
}

func TestStorm(t *testing.T) { // F-I1
	synctest.Test(t, func(t *testing.T) {
		tabs, p := open(t, 20)
		for _, member := range tabs {
			member.latency = 50 * time.Millisecond
			require.Contains(t, member.types(), SignedIn)
		}
		for rotation := range 200 {
			before := requests(tabs)
			time.Sleep(300 * time.Second) // every timer is due, and the token is expired
			_ = rotation
			for _, member := range tabs {
				answer, err := member.Do(`{"op":"token"}`)
				require.NoError(t, err)
				require.Contains(t, answer, fmt.Sprintf(`"AT:%d"`, p.generation))
			}
			require.Greater(t, requests(tabs), before)
		}
		require.Zero(t, p.reused)
		require.Equal(t, p.generation, requests(tabs), "one request for each rotation, and one for the code")
		closeAll(tabs)
	})
}

func TestATokenIsStoredBeforeAnybodyHasIt(t *testing.T) { // F-102
	synctest.Test(t, func(t *testing.T) {
		tabs, _ := open(t, 2)
		tabs[0].slow = time.Second
		before := tabs[0].generation
		answers := make(chan string, 1)
		go func() {
			answer, _ := tabs[0].Do(`{"op":"token","force":true}`)
			answers <- answer
		}()
		time.Sleep(999 * time.Millisecond)
		require.Equal(t, 2, requests(tabs), "the server has answered")
		require.Empty(t, answers)
		for _, member := range tabs {
			require.NotContains(t, member.types(), Refreshed)
			require.Contains(t, member.refresher.Held().Tokens.AccessToken.Reveal(), "AT:1")
		}
		time.Sleep(time.Millisecond)
		require.Contains(t, <-answers, `"AT:2"`)
		require.Equal(t, before+1, tabs[0].generation)
		synctest.Wait()
		for _, member := range tabs {
			require.Contains(t, member.types(), Refreshed)
		}
		closeAll(tabs)
	})
}

func TestSignOutReachesEveryTab(t *testing.T) { // F-I13
	synctest.Test(t, func(t *testing.T) {
		tabs, _ := open(t, 5)
		tabs[2].do(t, `{"op":"signOut","local":true}`)
		synctest.Wait()
		for i, member := range tabs {
			require.Len(t, filter(member.types(), SignedOut), 1)
			_, err := member.Do(`{"op":"token"}`)
			require.Equal(t, oauth.CodeLoginRequired, codeOf(err))
			if i != 2 {
				require.Equal(t, "logout_other_tab", member.events[len(member.events)-1]["reason"])
			}
		}
		closeAll(tabs)
	})
}

// A record that is gone without its generation was deleted with all data of the site.
func TestClearedStorageEndsTheSession(t *testing.T) { // F-K6
	synctest.Test(t, func(t *testing.T) {
		tabs, _ := open(t, 2)
		tabs[0].origin.mu.Lock()
		tabs[0].record, tabs[0].generation = "", 0
		tabs[0].origin.mu.Unlock()
		before := requests(tabs)
		_, err := tabs[0].Do(`{"op":"refresh"}`)
		require.Equal(t, oauth.CodeSignedOut, codeOf(err))
		require.Equal(t, "storage_cleared", tabs[0].events[len(tabs[0].events)-1]["reason"])
		require.Equal(t, before, requests(tabs))
		signIn(t, tabs[0].client, "alice")
		closeAll(tabs)
	})
}

func TestANewUserReplacesTheOldOneInEveryTab(t *testing.T) { // F-I14, T-24
	synctest.Test(t, func(t *testing.T) {
		tabs, _ := open(t, 3)
		signIn(t, tabs[1].client, "bob")
		synctest.Wait()
		for _, member := range tabs {
			require.Equal(t, []string{SignedIn, SignedOut, SignedIn}, member.types())
			require.Equal(t, "bob", member.do(t, `{"op":"state"}`)["user"].(map[string]any)["subject"])
		}
		closeAll(tabs)
	})
}

func TestAReloadedTabTakesTheSessionUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tabs, p := open(t, 2)
		closeAll(tabs)
		time.Sleep(time.Hour)
		reloaded := newClient(t, "")
		reloaded.Session = New(reloaded.config, reloaded.bubble, reloaded.bubble, &tab{origin: tabs[0].origin, client: reloaded}, reloaded.emit)
		reloaded.script(p.token)
		user := reloaded.do(t, `{"op":"state"}`)["user"].(map[string]any)
		require.Equal(t, "alice", user["subject"])
		answer, err := reloaded.Do(`{"op":"token"}`)
		require.NoError(t, err)
		require.Contains(t, answer, `"AT:2"`, "the stored one had expired")
		require.Zero(t, p.reused)
		reloaded.Close()
	})
}

func TestInvalidGrantReadsTheRecordAgain(t *testing.T) { // F-100
	synctest.Test(t, func(t *testing.T) {
		tabs, p := open(t, 2)
		tabs[0].script(func(form url.Values) (int, string) {
			// Another holder, which stole the lock, renews while this request is under way.
			tabs[1].Lock(0, true)
			_, generation, _ := tabs[1].Claim()
			_, body := p.token(form)
			tokens, err := oauth.ParseTokens([]byte(body))
			require.NoError(t, err)
			record := tabs[1].refresher.vault.encode(&Held{Tokens: *tokens, Claims: tabs[1].refresher.Held().Claims, Received: tabs[1].Now()})
			done, err := tabs[1].Commit(record, generation)
			require.NoError(t, err)
			require.True(t, done)
			return 400, `{"error":"invalid_grant"}`
		})
		answer, err := tabs[0].Do(`{"op":"token","force":true}`)
		require.NoError(t, err)
		require.Contains(t, answer, `"AT:2"`)
		require.NotContains(t, tabs[0].types(), SignedOut)
		closeAll(tabs)
	})
}

func TestAStaleHolderWritesNothing(t *testing.T) { // F-I8
	synctest.Test(t, func(t *testing.T) {
		tabs, p := open(t, 2)
		frozen := make(chan bool)
		tabs[0].script(func(form url.Values) (int, string) {
			<-frozen
			return 200, `{"access_token":"stale","refresh_token":"stale","token_type":"Bearer","expires_in":300}`
		})
		stale := make(chan error)
		go func() {
			_, err := tabs[0].Do(`{"op":"token","force":true}`)
			stale <- err
		}()
		synctest.Wait()
		start := time.Now()
		answer, err := tabs[1].Do(`{"op":"token","force":true}`)
		require.NoError(t, err)
		require.Contains(t, answer, `"AT:2"`)
		require.LessOrEqual(t, time.Since(start), 25*time.Second)
		tabs[0].script(p.token)
		close(frozen)
		require.NoError(t, <-stale)
		synctest.Wait()
		require.NotContains(t, tabs[0].record, "stale")
		require.Zero(t, p.reused)
		closeAll(tabs)
	})
}

func TestStorageThatIsFull(t *testing.T) { // F-103
	synctest.Test(t, func(t *testing.T) {
		tabs, p := open(t, 2)
		tabs[0].full = true
		answer, err := tabs[0].Do(`{"op":"token","force":true}`)
		require.NoError(t, err)
		require.Contains(t, answer, `"AT:2"`)
		synctest.Wait()
		require.Empty(t, tabs[0].record, "no spent token is left behind")
		require.Contains(t, tabs[1].types(), SignedOut, "nor in the other tab")
		time.Sleep(time.Hour)
		require.Zero(t, p.reused)
		require.NotContains(t, tabs[0].types(), SignedOut)
		closeAll(tabs)
	})
}

func TestStorageThatFails(t *testing.T) { // F-103, F-K1
	synctest.Test(t, func(t *testing.T) {
		tabs, p := open(t, 1)
		tabs[0].broken = errors.New("quota")
		answer, err := tabs[0].Do(`{"op":"token","force":true}`)
		require.NoError(t, err)
		require.Contains(t, answer, `"AT:2"`)
		require.Contains(t, tabs[0].types(), Degraded)
		synctest.Wait()
		require.Empty(t, tabs[0].record, "no spent token is left behind")
		time.Sleep(time.Hour)
		require.Zero(t, p.reused)
		require.NotContains(t, tabs[0].types(), SignedOut)
		closeAll(tabs)
	})
}

func TestARecordThatIsNotOurs(t *testing.T) { // T-10, F-I15
	synctest.Test(t, func(t *testing.T) {
		for name, record := range map[string]string{
			"no JSON":       `x`,
			"an array":      `[]`,
			"empty":         `{}`,
			"newer version": `{"v":2,"issuer":"` + issuer + `","clientId":"spa","accessToken":"a","tokenType":"Bearer"}`,
			"other issuer":  `{"v":1,"issuer":"https://evil.example","clientId":"spa","accessToken":"a","tokenType":"Bearer"}`,
			"other client":  `{"v":1,"issuer":"` + issuer + `","clientId":"x","accessToken":"a","tokenType":"Bearer"}`,
			"wrong types":   `{"v":1,"issuer":"` + issuer + `","clientId":"spa","accessToken":{},"tokenType":"Bearer"}`,
			"line break":    `{"v":1,"issuer":"` + issuer + `","clientId":"spa","accessToken":"a\r\nX: b","tokenType":"Bearer"}`,
			"refresh token": `{"v":1,"issuer":"` + issuer + `","clientId":"spa","accessToken":"a","tokenType":"Bearer","refreshToken":"\u0000"}`,
			"extra":         `{"v":1,"issuer":"` + issuer + `","clientId":"spa","accessToken":"a","tokenType":"Bearer","x":1}`,
		} {
			c := newClient(t, "")
			c.Session = New(c.config, c.bubble, c.bubble, &tab{origin: &origin{record: record, generation: 7}, client: c}, c.emit)
			require.Empty(t, c.do(t, `{"op":"state"}`), name)
			c.Close()
		}
	})
}

// A key that is lost says nothing of a session that began since, with another one.
func TestALostKeyEndsNoNewerSession(t *testing.T) {
	for _, row := range []struct {
		reason string
		newer  int64 // generations
		kept   bool
	}{{keyLostReason, 0, false}, {keyLostReason, 1, true}, {"logout", 1, false}} {
		synctest.Test(t, func(t *testing.T) {
			tabs, _ := open(t, 2)
			origin := tabs[0].origin
			origin.mu.Lock()
			origin.generation += row.newer
			origin.mu.Unlock()
			tabs[1].refresher.SignOut(row.reason)
			closeAll(tabs)
			origin.mu.Lock()
			defer origin.mu.Unlock()
			require.Equal(t, row.kept, origin.record != "", "%s %d", row.reason, row.newer)
		})
	}
}
