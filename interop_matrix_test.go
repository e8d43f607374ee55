package pkcewasm_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"text/tabwriter"

	"github.com/stretchr/testify/require"

	"github.com/pkcewasm/pkcewasm/internal/browsertest"
)

var writeInteropPage = flag.Bool("interop.write", false, "write docs/interop.md instead of comparing it")

// matrix says how a feature went with a server.
type matrix struct {
	mu      sync.Mutex // guards what follows
	servers map[string]map[string]string
}

func newMatrix() *matrix { return &matrix{servers: map[string]map[string]string{}} }

func (m *matrix) set(server, feature string, ok bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.servers[server] == nil {
		m.servers[server] = map[string]string{}
	}
	m.servers[server][feature] = map[bool]string{true: "yes", false: "FAIL"}[ok]
}

// rows is the table, with "-" where a server does not have a feature. Servers
// that nothing was set of are left out.
func (m *matrix) rows() [][]string {
	m.mu.Lock()
	defer m.mu.Unlock()
	head := []string{""}
	for _, s := range realServers {
		if m.servers[s.name] != nil {
			head = append(head, s.name)
		}
	}
	rows := [][]string{head}
	for _, feature := range slices.Concat(commonFeatures, optionalFeatures, serviceGrants) {
		row := []string{feature}
		for _, name := range head[1:] {
			cell := m.servers[name][feature]
			if cell == "" {
				cell = "-"
			}
			row = append(row, cell)
		}
		rows = append(rows, row)
	}
	return rows
}

func (m *matrix) String() string {
	var b bytes.Buffer
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for _, row := range m.rows() {
		_, _ = fmt.Fprintln(w, strings.Join(row, "\t")) // to memory
	}
	_ = w.Flush()
	return b.String()
}

// TestInteropPage holds docs/interop.md to the table of servers, and to the
// versions that are built.
func TestInteropPage(t *testing.T) {
	file := filepath.Join(browsertest.Root(t), "docs", "interop.md")
	page := interopPage(t)
	if *writeInteropPage {
		require.NoError(t, os.WriteFile(file, []byte(page), 0o644))
	}
	written, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, page, string(written), "run: go test . -run InteropPage -interop.write")
}

func interopPage(t *testing.T) string {
	m := newMatrix()
	for _, s := range realServers {
		for _, feature := range slices.Concat(commonFeatures, s.features, s.services) {
			m.set(s.name, feature, true)
		}
	}
	var b strings.Builder
	b.WriteString(interopHead)
	for i, row := range m.rows() {
		if i == 0 {
			for j, name := range row[1:] {
				row[j+1] = name + " " + versionOf(t, name)
			}
		}
		b.WriteString("| " + strings.Join(row, " | ") + " |\n")
		if i == 0 {
			b.WriteString(strings.Repeat("|---", len(row)) + "|\n")
		}
	}
	b.WriteString(interopTail)
	return b.String()
}

// versionOf reads the version of a server where it is pinned.
func versionOf(t *testing.T, name string) string {
	pinned := map[string][2]string{
		"oidc-provider": {"jsglue/package.json", `"oidc-provider": "(\S+)"`},
		"go-oidc":       {"interop/go.mod", `luikyv/go-oidc (\S+)`},
		"hydra":         {"interop/hydra/go.mod", `ory/hydra/v2 (\S+)`},
		"hydra-grace":   {"interop/hydra/go.mod", `ory/hydra/v2 (\S+)`},
		"zitadel":       {"interop/go.mod", `zitadel/oidc/v3 (\S+)`},
	}[name]
	text, err := os.ReadFile(filepath.Join(browsertest.Root(t), filepath.FromSlash(pinned[0])))
	require.NoError(t, err)
	found := regexp.MustCompile(pinned[1]).FindSubmatch(text)
	require.NotNil(t, found, name)
	return string(found[1])
}

const interopHead = `# Interoperability

` + "`make interop`" + ` starts four authorization servers that others wrote, and runs the package against each of them, as it ships: the release
build in Chromium, and for services in Node, since a page is refused those grants. It prints this table, and fails if a cell does. The first
two servers are part of ` + "`make test`" + `. This page is held to the tests by one of them.

`

const interopTail = `
"-" is what the server does not have: the client signs in without it. For a sign-in, Hydra and zitadel have none of RFC 9126, RFC 9207, RFC 8707
and RFC 9449, and go-oidc asks for no nonces. The grant jwt-bearer (RFC 7523 section 2.1) of oidc-provider would have to be written by whoever runs
it, so that a test of it would test the test. "Two tabs, one request" are two tabs with a module of their own and one
session, whose access token has expired: three times they ask for a new one at the same moment, and the server counts one refresh for
each token. The oidc-provider here is strict: a refresh token that is presented twice ends the session.

## What the servers do besides

No document says so, and the tests (` + "`internal/browsertest/pages/scenarios/wire.js`" + `) hold them to it, to see when it changes:

| | oidc-provider | go-oidc | hydra | zitadel |
|---|---|---|---|---|
| ` + "`token_type`" + ` | ` + "`Bearer`" + ` | ` + "`Bearer`" + ` | ` + "`bearer`" + ` | ` + "`Bearer`" + ` |
| ` + "`Cache-Control`" + ` of a token answer | yes | yes | yes | no |
| ` + "`offline_access`" + ` without ` + "`prompt=consent`" + ` | not in ` + "`scope`" + ` | granted | granted | granted |
| a request of an origin that is not registered | 400, an error | answered | answered | answered |
| authorization response | | | also has ` + "`scope`" + ` | |
| the old access token after a refresh | good | good | 401 | 403 |
| an expired access token at userinfo | 401 | 401, without ` + "`WWW-Authenticate`" + ` | 401 | 403, without ` + "`WWW-Authenticate`" + ` |
| refresh for a narrower scope | granted | granted | ignored | granted |
| refresh for a wider scope | ` + "`invalid_scope`" + ` | ` + "`invalid_scope`" + ` | ignored | ` + "`invalid_scope`" + ` |
| two refreshes with one token at once | **the session is over** | it lives on | one of several outcomes; with a grace period it lives on | it lives on |
| a request with a header ` + "`DPoP`" + ` | | | | refused at its preflight |
| a jwt-bearer assertion twice | | accepted | ` + "`jti_known`" + ` | accepted |
`
