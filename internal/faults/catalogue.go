package faults

import (
	"cmp"
	"slices"
	"strings"

	"github.com/pkcewasm/pkcewasm/internal/oauthtest"
)

// Row is a line of the catalogue, whether it is made of answers or of a scene.
type Row struct {
	Section, ID, Title, Outcome string
	Plays                       int    // 0: Elsewhere
	Elsewhere, Note             string // see Scene
}

// sections are the catalogue's, in its order.
var sections = []struct{ letter, title string }{
	{"A", "HTTP status and body"}, {"B", "Body: shape and encoding"}, {"C", "Values of the answer"}, {"D", "Transport"}, {"E", "Refresh token and rotation"},
	{"F", "DPoP"}, {"G", "Many callers in one page"}, {"H", "Time"}, {"I", "Many tabs"}, {"J", "A page's life"}, {"K", "Storage and platform"},
	{"L", "Authorization response"}, {"M", "The module and its worker"}, {"N", "Sign-out, API calls, discovery"},
}

// Catalogue is every row, in the order of the sections.
func Catalogue() []Row {
	var rows []Row
	scenes := Scenes()
	for _, r := range answerRows() {
		if slices.ContainsFunc(scenes, func(s Scene) bool { return s.ID == r.ID }) {
			continue // it is played as a scene
		}
		plays := 0
		for _, c := range r.Cases {
			plays += len(parts(c))
		}
		rows = append(rows, Row{r.Section, r.ID, r.Title, outcomeOf(r), plays, r.Elsewhere, ""})
	}
	for _, s := range scenes {
		rows = append(rows, Row{s.Section, s.ID, s.Title, s.Outcome, len(s.Plays), s.Elsewhere, s.Note})
	}
	slices.SortStableFunc(rows, func(a, b Row) int { return cmp.Compare(a.Section, b.Section) })
	return rows
}

// answerRows are the rows of internal/oauthtest, with those of a client that has DPoP.
func answerRows() []oauthtest.Row {
	proofs := slices.Clone(oauthtest.ProofRows())
	for i := range proofs {
		proofs[i].Section = "F"
	}
	rows := slices.DeleteFunc(slices.Clone(oauthtest.Rows()), func(r oauthtest.Row) bool {
		return slices.ContainsFunc(proofs, func(p oauthtest.Row) bool { return p.ID == r.ID })
	})
	return append(rows, proofs...)
}

// outcomeOf says what is right in all cases of a row.
func outcomeOf(r oauthtest.Row) string {
	var all []string
	for _, c := range r.Cases {
		for _, p := range parts(c) {
			o := map[part]*oauthtest.Outcome{callback: c.Callback, exchange: c.Exchange, refresh: c.Refresh}[p]
			if text := string(p) + " " + wording(*o, p); !slices.Contains(all, text) {
				all = append(all, text)
			}
		}
	}
	slices.Sort(all)
	if len(all) > 4 { // the reason tells the cases apart
		short := []string{}
		for _, text := range all {
			before, after, has := strings.Cut(text, "{")
			if _, rest, closed := strings.Cut(after, "}"); has && closed {
				text = before + rest
			}
			if !slices.Contains(short, text) {
				short = append(short, text)
			}
		}
		all = short
	}
	return strings.Join(all, "; ")
}

// wording is an outcome in words.
func wording(o oauthtest.Outcome, p part) string {
	switch {
	case o.Code == "":
		return "succeeds"
	case p == refresh && o.Code == "id_token" && o.Session == "kept":
		return "succeeds without the ID token, which is dropped"
	}
	text := "`" + o.Code + "`"
	if detail := cmp.Or(o.OAuthError, o.Reason); detail != "" {
		text = "`" + o.Code + "{" + detail + "}`"
	}
	if p != refresh {
		return text
	}
	if o.Session == "ended" {
		return text + " ends the session"
	}
	return text + map[oauthtest.Retry]string{
		oauthtest.Never: ", and waits for the application", oauthtest.Resend: ", sent again at once", oauthtest.Backoff: ", tried again later",
		oauthtest.AfterPause: ", tried again after the pause",
	}[o.Retry]
}
