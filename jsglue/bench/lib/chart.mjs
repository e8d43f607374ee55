// A horizontal bar chart as SVG that is readable on light and dark pages.

const WIDTH = 760, LABEL = 244, ROW = 24, HEAD = 44;
const escape = (text) => text.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);

/**
 * @param {string} title
 * @param {{ name: string, value: number, text: string, ours?: boolean }[]} bars smallest first
 */
export function barChart(title, bars) {
  const most = Math.max(...bars.map(({ value }) => value)), space = WIDTH - LABEL - 90;
  const rows = bars.map(({ name, value, text, ours }, i) => {
    const y = HEAD + i * ROW, width = Math.max(1, (value / most) * space);
    return `<text x="${LABEL - 8}" y="${y + 16}" text-anchor="end"${ours ? ' font-weight="bold"' : ''}>${escape(name)}</text>`
      + `<rect x="${LABEL}" y="${y + 4}" width="${width.toFixed(1)}" height="${ROW - 8}" rx="2" class="${ours ? 'ours' : 'peer'}"/>`
      + `<text x="${(LABEL + width + 6).toFixed(1)}" y="${y + 16}">${escape(text)}</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEAD + bars.length * ROW + 8}" role="img" aria-label="${escape(title)}" font-family="system-ui, sans-serif" font-size="13">
<style>text { fill: #1f2328 } .ours { fill: #1a7f5a } .peer { fill: #8c959f } @media (prefers-color-scheme: dark) { text { fill: #e6edf3 } .ours { fill: #3fb98a } .peer { fill: #6e7681 } }</style>
<text x="8" y="24" font-size="15" font-weight="bold">${escape(title)}</text>
${rows.join('\n')}
</svg>
`;
}
