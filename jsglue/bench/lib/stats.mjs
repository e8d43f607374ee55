// Medians and ranges. A mean says nothing on a machine that others use too.

const quantile = (sorted, p) => {
  const at = (sorted.length - 1) * p, low = Math.floor(at);
  return sorted[low] + (sorted[Math.min(low + 1, sorted.length - 1)] - sorted[low]) * (at - low);
};

export function summarise(samples) {
  const sorted = samples.filter(Number.isFinite).sort((a, b) => a - b);
  if (sorted.length === 0) return undefined;
  return { n: sorted.length, median: quantile(sorted, 0.5), q1: quantile(sorted, 0.25), q3: quantile(sorted, 0.75), min: sorted[0], max: sorted.at(-1) };
}

export const shuffled = (list) => list.map((item) => [Math.random(), item]).sort(([a], [b]) => a - b).map(([, item]) => item);

export const number = (x, digits = 1) => (x === undefined || !Number.isFinite(x) ? '–' : Math.abs(x) >= 1000 ? Math.round(x).toLocaleString('en-US').replaceAll(',', ' ') : x.toFixed(digits));

/** Median and quartiles, as the tables show them. */
export const range = (s, digits) => (s ? `${number(s.median, digits)} (${number(s.q1, digits)}–${number(s.q3, digits)})` : '–');

export const table = (head, rows) => [head, head.map((_, i) => (i ? '---:' : '---')), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
