package pkcewasm_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pkcewasm/pkcewasm/internal/browsertest"
	"github.com/pkcewasm/pkcewasm/internal/figures"
)

var (
	soakDays = flag.Int("soak.days", 0, "days to live through in Chromium; 0 is a morning")
	soakDay  = flag.Uint64("soak.day", 0, "the one day to replay")
)

// TestDays lives through simulated days in Chromium, on the clock and with the provider of pkcewasm/testing.
func TestDays(t *testing.T) {
	t.Parallel()
	first, last, hours := uint64(1), uint64(max(*soakDays, 1)), 24
	switch {
	case *soakDay != 0:
		first, last = *soakDay, *soakDay
	case *soakDays == 0:
		hours = 1
	}
	var days []string
	for seed := first; seed <= last; seed++ {
		days = append(days, fmt.Sprintf("day %d", seed))
	}
	browser := browsertest.NewBrowser(t, browsertest.Chromium, newSite(t, browsertest.Slim.Module(t)), browsertest.Options{})
	report := browser.Run(t, fmt.Sprintf("/start.html?scenario=days&first=%d&last=%d&hours=%d", first, last, hours), time.Minute+time.Duration(len(days)*hours)*10*time.Second)
	report.Expect(t, days...)
	for _, check := range report.Checks() {
		if !check.Pass {
			t.Logf("replay with: make soak DAY=%s", strings.TrimPrefix(check.Name, "day "))
		}
	}
	if t.Failed() {
		return
	}
	sum := map[string]any{"days": len(days), "violations": 0}
	for _, check := range report.Checks() {
		var counts map[string]int
		require.NoError(t, json.Unmarshal([]byte(check.Detail), &counts))
		for name, count := range counts {
			before, _ := sum[name].(int)
			sum[name] = before + count
		}
	}
	t.Logf("%d hours of each: %v", hours, sum)
	if *soakDays > 0 && *soakDay == 0 {
		figures.Record(t, "make soak", map[string]any{"Chromium": sum})
	}
}
