package faults

import (
	"fmt"
	"slices"
	"strings"
)

// Played is how the catalogue went in one engine with one build.
type Played struct {
	Engine, Build string
	Results       []Result
}

// survived tells whether a row was played there, and every play of it was as it should be.
func (p Played) survived(id string) (played, good bool) {
	good = true
	for _, r := range p.Results {
		if r.Row == id {
			played = true
			good = good && len(r.Problems) == 0
		}
	}
	return played, good
}

// Sum says how many rows survived there.
func (p Played) Sum() string {
	good, total := 0, 0
	for _, row := range Catalogue() {
		if played, fine := p.survived(row.ID); played {
			total++
			if fine {
				good++
			}
		}
	}
	return fmt.Sprintf("survived %d of %d rows, in %d plays", good, total, len(p.Results))
}

// Summary is a table with a line for each section, and the sum.
func Summary(all []Played) string {
	var text strings.Builder
	survived, played, elsewhere, plays := 0, 0, 0, 0
	for _, s := range sections {
		good, total, named := 0, 0, 0
		for _, row := range Catalogue() {
			if row.Section != s.letter {
				continue
			}
			here, ok := false, true
			for _, p := range all {
				was, fine := p.survived(row.ID)
				here, ok = here || was, ok && fine
			}
			switch {
			case row.Elsewhere != "":
				named++
			case here:
				total++
				if ok {
					good++
				}
			}
		}
		if total+named == 0 {
			continue
		}
		fmt.Fprintf(&text, "%s  %-32s survived %3d of %3d", s.letter, s.title, good, total)
		if named > 0 {
			fmt.Fprintf(&text, ", %d proved by other tests", named)
		}
		text.WriteString("\n")
		survived, played, elsewhere = survived+good, played+total, elsewhere+named
	}
	for _, p := range all {
		plays += len(p.Results)
		fmt.Fprintf(&text, "%s, %s: %s\n", p.Engine, p.Build, p.Sum())
	}
	fmt.Fprintf(&text, "survived %d of %d rows, in %d plays; %d rows are proved by other tests", survived, played, plays, elsewhere)
	return text.String()
}

// Page is the catalogue with what survived where, as Markdown.
func Page(all []Played) string {
	var text strings.Builder
	text.WriteString(`# What can go wrong, and what happens then

Made by ` + "`make faults`" + ` from the catalogue in ` + "`internal/oauthtest`" + ` and ` + "`internal/faults`" + `. Every row is played through the package as
it ships, in every form that it has, against an authorization server that misbehaves. After each play the same must hold: every
promise has settled, with an ` + "`AuthError`" + ` if it failed; nothing that was let out (errors with stack and cause, events, the consoles of page
and worker, uncaught errors) holds a token, code, verifier, state or nonce; the server saw no refresh token and no code spent twice; the
session is kept or ended as listed, and goes on with a healthy server without a reload; the worker answers, and holds no lock, no
timer and no reference that it did not hold before. The one exception is the nonce among the ID token's claims, which are the
application's.

A column is an engine with both builds, or with the one that is named. Connections are fresh for every request: on one that is kept, a
browser sends a request again by itself if the server closes it before the status line, or answers 408. WebKit takes a body that
was cut for whole; its ` + "`network`" + ` is then ` + "`response{truncated}`" + `, with the same consequence.

`)
	engines := []string{}
	for _, p := range all {
		if !slices.Contains(engines, p.Engine) {
			engines = append(engines, p.Engine)
		}
	}
	for _, s := range sections {
		var lines, notes []string
		for _, row := range Catalogue() {
			if row.Section == s.letter {
				lines = append(lines, Line(row)+cells(row, engines, all))
				if row.Note != "" {
					notes = append(notes, row.ID+": "+row.Note+".")
				}
			}
		}
		if len(lines) == 0 {
			continue
		}
		fmt.Fprintf(&text, "## %s. %s\n\n| row | fault | outcome | %s |\n|---|---|---|%s\n%s\n\n", s.letter, s.title,
			strings.Join(engines, " | "), strings.Repeat("---|", len(engines)), strings.Join(lines, "\n"))
		if len(notes) > 0 {
			text.WriteString(strings.Join(notes, "\n") + "\n\n")
		}
	}
	return strings.TrimRight(text.String(), "\n") + "\n"
}

// Line is the part of a row's line that no run decides.
func Line(row Row) string {
	return fmt.Sprintf("| %s | %s | %s |", row.ID, escaped(row.Title), escaped(row.Outcome))
}

func escaped(text string) string { return strings.ReplaceAll(text, "|", "\\|") }

func cells(row Row, engines []string, all []Played) string {
	if row.Elsewhere != "" {
		return " `" + row.Elsewhere + "` |" + strings.Repeat(" |", len(engines)-1)
	}
	var text strings.Builder
	for _, engine := range engines {
		builds, good := []string{}, true
		for _, p := range all {
			if p.Engine != engine {
				continue
			}
			if played, fine := p.survived(row.ID); played {
				builds, good = append(builds, p.Build), good && fine
			}
		}
		switch {
		case len(builds) == 0:
			text.WriteString(" |")
		case !good:
			text.WriteString(" failed |")
		case len(builds) == 1:
			text.WriteString(" survived (" + builds[0] + ") |")
		default:
			text.WriteString(" survived |")
		}
	}
	return text.String()
}
