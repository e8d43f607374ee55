package main

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestReadGoTest(t *testing.T) {
	events := func(lines string) []byte { return []byte(lines) }
	for name, c := range map[string]struct {
		output []byte
		want   string
		notes  string
	}{
		"leaves are counted, groups are not": {
			output: events(`{"Action":"run","Package":"p","Test":"A"}
{"Action":"run","Package":"p","Test":"A/x"}
{"Action":"pass","Package":"p","Test":"A/x"}
{"Action":"skip","Package":"p","Test":"A/y"}
{"Action":"pass","Package":"p","Test":"A"}
{"Action":"pass","Package":"p"}`),
			want: "1 passed, 0 failed, 1 skipped", notes: "skipped p A/y",
		},
		"a failing subtest counts once": {
			output: events(`{"Action":"output","Package":"p","Test":"A/x","Output":"why\n"}
{"Action":"fail","Package":"p","Test":"A/x"}
{"Action":"fail","Package":"p","Test":"A"}
{"Action":"fail","Package":"p"}`),
			want: "0 passed, 1 failed, 0 skipped", notes: "why",
		},
		"a group that fails by itself counts": {
			output: events(`{"Action":"pass","Package":"p","Test":"A/x"}
{"Action":"output","Package":"p","Test":"A","Output":"late\n"}
{"Action":"fail","Package":"p","Test":"A"}
{"Action":"fail","Package":"p"}`),
			want: "1 passed, 1 failed, 0 skipped", notes: "late",
		},
		"a package that does not compile": {
			output: events(`{"ImportPath":"p [p.test]","Action":"build-output","Output":"undefined: x\n"}
{"ImportPath":"p [p.test]","Action":"build-fail"}
{"Action":"fail","Package":"p","FailedBuild":"p [p.test]"}
{"Action":"skip","Package":"q"}`),
			want: "0 passed, 1 failed, 0 skipped", notes: "undefined: x",
		},
		"the go command gives up": {output: events("go: no such thing"), want: "0 passed, 1 failed, 0 skipped", notes: "no such thing"},
	} {
		t.Run(name, func(t *testing.T) {
			r := readGoTest(c.output)
			require.Equal(t, c.want, r.String())
			require.Contains(t, r.notes, c.notes)
		})
	}
}

func TestReadTAP(t *testing.T) {
	r := readTAP([]byte("ok 1 - a\nok 2 - b # SKIP no network\nnot ok 3 - c\n# tests 4\n# pass 1\n# fail 1\n# cancelled 1\n# skipped 1\n# todo 0\n"))
	require.Equal(t, "1 passed, 2 failed, 1 skipped", r.String())
	require.Contains(t, r.notes, "no network")
	require.Contains(t, r.notes, "not ok 3")
}
