package browsertest

import (
	"os"
	"testing"
	"time"
)

// Browser is one browser with a fresh profile, led from page to page of one site. It is started by the first Run, lives
// on for the next ones, and is started anew after a page that did not finish.
type Browser struct {
	engine  *Engine
	site    *Site
	options Options

	profile   string
	processes []*process
}

// NewBrowser prepares a browser for the site. It skips the test where the engine is missing (see Require).
func NewBrowser(t testing.TB, engine *Engine, site *Site, options Options) *Browser {
	t.Helper()
	Require(t, engine)
	b := &Browser{engine: engine, site: site, options: options}
	t.Cleanup(b.stop)
	return b
}

// Run opens an address of the site (a path, or an absolute URL where the host matters) and returns what its page and
// the pages it led to have reported until one of them called done(), or until the time is over.
func (b *Browser) Run(t testing.TB, address string, timeout time.Duration) *Report {
	t.Helper()
	report := b.site.begin()
	if len(b.processes) > 0 {
		b.site.lead(address)
	} else if err := b.start(b.site.absolute(address)); err != nil {
		t.Fatalf("start %s: %v", b.engine.Name, err)
	}
	select {
	case <-report.finished:
	case <-time.After(timeout):
		t.Errorf("%s: %s was not done after %s", b.engine.Name, address, timeout)
		b.stop()
	}
	return report
}

func (b *Browser) start(url string) error {
	var err error
	if b.profile, err = os.MkdirTemp("", "pkcewasm-profile-"); err != nil {
		return err
	}
	b.processes, err = b.engine.start(b.engine.Executable(), b.profile, url, b.options)
	return err
}

func (b *Browser) stop() {
	b.site.forget()
	for i := len(b.processes) - 1; i >= 0; i-- {
		b.processes[i].stop()
	}
	b.processes = nil
	if b.profile == "" {
		return
	}
	removeProfile(b.profile)
	b.profile = ""
}

// removeProfile tries again where a process that is on its way out still writes a file.
func removeProfile(folder string) {
	for range 20 {
		if os.RemoveAll(folder) == nil {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
}
