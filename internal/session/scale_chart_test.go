package session

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
)

// The chart of the scale simulation. The colours follow the reader's theme.
const (
	chartWidth, chartHeight = 880, 400
	plotLeft, plotRight     = 56.0, 864.0
	plotTop, plotBottom     = 56.0, 348.0
	highest                 = 5 // times the mean, on the y axis
)

const chartStyle = `<style>
text { font: 12px system-ui, sans-serif; fill: #57606a }
.title { font-size: 15px; font-weight: 600; fill: #1f2328 }
.axis { stroke: #8c959f; fill: none }
.grid { stroke: #8c959f; stroke-opacity: .25 }
.curve { stroke: #0969da; stroke-width: 1.2; stroke-linejoin: round; fill: none }
.outage { fill: #cf222e; fill-opacity: .14 }
.limit { stroke: #bc4c00; stroke-dasharray: 5 4 }
.limit-text { fill: #bc4c00 }
@media (prefers-color-scheme: dark) {
text { fill: #9198a1 }
.title { fill: #f0f6fc }
.curve { stroke: #58a6ff }
.outage { fill: #ff7b72; fill-opacity: .22 }
.limit { stroke: #f0883e }
.limit-text { fill: #f0883e }
}
</style>
`

func chartX(at int64) float64 {
	return plotLeft + (plotRight-plotLeft)*float64(at)/simulated
}

// chartY takes a rate as a multiple of the mean.
func chartY(rate float64) float64 {
	return plotBottom - (plotBottom-plotTop)*rate/highest
}

// scaleChart draws the rate of requests over time.
func scaleChart(f *fleet) string {
	var b strings.Builder
	l := f.load(rateWidth)
	text := func(x, y float64, class, anchor, format string, args ...any) {
		fmt.Fprintf(&b, `<text x="%.0f" y="%.0f" class="%s" text-anchor="%s">%s</text>`+"\n", x, y, class, anchor, fmt.Sprintf(format, args...))
	}
	line := func(class string, x1, y1, x2, y2 float64) {
		fmt.Fprintf(&b, `<path class="%s" d="M%.1f %.1fL%.1f %.1f"/>`+"\n", class, x1, y1, x2, y2)
	}
	limit := func(rate float64, from, to int64) {
		line("limit", chartX(from), chartY(rate), chartX(to), chartY(rate))
	}

	title := fmt.Sprintf("Refresh requests of %s clients that signed in within one minute", thousands(len(f.clients)))
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" role="img" aria-label="%s">`+"\n", chartWidth, chartHeight, title)
	b.WriteString(chartStyle)
	text(plotLeft, 22, "title", "start", "%s", title)
	text(plotLeft, 42, "", "start", "Tokens live an hour. Times the mean rate of %.0f requests/s, over %d s each. Peaks: %.2f in steady state, %.2f in the recovery.",
		l.mean, rateWidth/second, l.steady, l.recovery)
	for rate := range highest + 1 {
		line("grid", plotLeft, chartY(float64(rate)), plotRight, chartY(float64(rate)))
		text(plotLeft-8, chartY(float64(rate))+4, "", "end", "%d ×", rate)
	}
	for at := int64(0); at <= simulated; at += hour / 2 {
		line("axis", chartX(at), plotBottom, chartX(at), plotBottom+5)
		text(chartX(at), plotBottom+20, "", "middle", "%d:%02d", at/hour, at%hour/minute)
	}
	text((plotLeft+plotRight)/2, plotBottom+40, "", "middle", "hours and minutes since the deployment")

	fmt.Fprintf(&b, `<rect class="outage" x="%.1f" y="%.1f" width="%.1f" height="%.1f"/>`+"\n",
		chartX(outageStart), plotTop, chartX(outageEnd)-chartX(outageStart), plotBottom-plotTop)
	text(chartX(outageStart)-8, plotTop+16, "", "end", "the token endpoint is down: every request")
	text(chartX(outageStart)-8, plotTop+32, "", "end", "fails and is sent again at +1 s and +4 s")
	limit(1.5, minute, outageStart)
	limit(3, outageEnd, recovered)
	limit(1.5, recovered, simulated)
	text(chartX(minute)+8, chartY(1.5)-6, "limit-text", "start", "at most 1.5 in steady state")
	text(chartX(recovered)-4, chartY(3)-6, "limit-text", "end", "at most 3 in the recovery")

	b.WriteString(`<path class="curve" d="`)
	for i, rate := range f.rates(0, simulated, rateWidth) {
		fmt.Fprintf(&b, "%c%.1f %.1f", "ML"[min(i, 1)], chartX(int64(i)*rateWidth), chartY(rate/l.mean))
	}
	b.WriteString(`"/>` + "\n")
	line("axis", plotLeft, plotTop, plotLeft, plotBottom)
	line("axis", plotLeft, plotBottom, plotRight, plotBottom)
	b.WriteString("</svg>\n")
	return b.String()
}

// thousands writes a number in groups of three digits.
func thousands(n int) string {
	if n < 1000 {
		return fmt.Sprint(n)
	}
	return fmt.Sprintf("%s %03d", thousands(n/1000), n%1000)
}

func wellFormed(svg string) error {
	decoder := xml.NewDecoder(strings.NewReader(svg))
	for {
		if _, err := decoder.Token(); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}
}
