// The timeline: one lane per holder of a session, one bar per access token, marks for what happened.
// Time flows to the left past a fixed "now". Everything left of now is drawn solid, everything right
// of it as what is still to come.

const SVG = 'http://www.w3.org/2000/svg';
const NOW_AT = 0.7; // where now stands, as a share of the width
const TOP = 8;
const ROW = 34;
const BAR = 26;
const MARKS = 24;
const AXIS = 26;
const LABEL = 20;
const LANE = LABEL + 2 * ROW + MARKS;
const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 21600];

/**
 * @param {SVGSVGElement} svg
 * @param {{ lifetimeMs: number }} options lifetimeMs sets the scale: about how long a token lives
 */
export function createTimeline(svg, { lifetimeMs }) {
  const origin = Date.now();
  const lanes = [];
  let width = 0;
  let span = 1; // ms shown

  const past = make('clipPath', { id: 'timeline-past' });
  const pastArea = past.appendChild(make('rect', { x: 0, y: 0 }));
  const grid = make('g', { class: 'tl-grid' });
  const expected = make('g', { class: 'tl-expected' });
  const used = make('g', {});
  const usedClip = make('g', { 'clip-path': 'url(#timeline-past)' });
  usedClip.append(used);
  const marks = make('g', {});
  const nowLine = make('g', { class: 'tl-now' });
  const names = make('g', {});
  svg.replaceChildren(past, grid, expected, usedClip, marks, nowLine, names);

  const x = (time) => ((time - origin) / span) * width;
  const height = () => TOP + Math.max(1, lanes.length) * LANE + AXIS;

  function resize() {
    width = svg.clientWidth;
    if (width === 0) return;
    span = lifetimeMs * Math.min(6, Math.max(2.2, width / 170));
    svg.setAttribute('viewBox', `0 0 ${width} ${height()}`);
    svg.setAttribute('height', String(height()));
    pastArea.setAttribute('width', String(width * NOW_AT));
    pastArea.setAttribute('height', String(height()));
    drawGrid();
    drawLanes();
    draw(Date.now());
  }

  function drawGrid() {
    const bottom = height() - AXIS;
    const step = STEPS.find((seconds) => (seconds * 1000 * width) / span >= 64) ?? STEPS[STEPS.length - 1];
    const lines = [];
    const from = -Math.floor((span * NOW_AT) / 1000 / step) * step;
    for (let seconds = from; seconds * 1000 <= span * (1 - NOW_AT); seconds += step) {
      const at = width * NOW_AT + (seconds * 1000 * width) / span;
      if (at < 18 || at > width - 18 || seconds === 0) continue;
      lines.push(make('line', { x1: at, x2: at, y1: TOP, y2: bottom }));
      lines.push(text(relative(seconds), { x: at, y: bottom + 18, 'text-anchor': 'middle' }));
    }
    grid.replaceChildren(...lines);
    const at = width * NOW_AT;
    nowLine.replaceChildren(
      make('line', { x1: at, x2: at, y1: TOP, y2: bottom + 4 }),
      text('now', { x: at, y: bottom + 18, 'text-anchor': 'middle' }),
    );
  }

  function drawLanes() {
    const oldest = Date.now() - span;
    const ahead = [];
    const behind = [];
    const points = [];
    const labels = [];
    lanes.forEach((lane, index) => {
      const top = TOP + index * LANE + LABEL;
      labels.push(text(lane.label, { x: 4, y: top - 6, class: 'tl-lane' }));
      lane.tokens = lane.tokens.filter((token) => token.expiresAt > oldest);
      lane.marks = lane.marks.filter((mark) => mark.at > oldest);
      for (const token of lane.tokens) {
        const y = top + (token.number % 2) * ROW + (ROW - BAR) / 2;
        const start = x(token.at);
        const over = lane.tokens.find((other) => other.number === token.number + 2);
        const validUntil = Math.min(token.expiresAt, token.endedAt ?? Infinity, over?.at ?? Infinity);
        const usedUntil = Math.min(validUntil, token.supersededAt ?? Infinity);
        ahead.push(bar(start, y, x(validUntil) - start, 'tl-valid'));
        behind.push(bar(start, y, x(usedUntil) - start, 'tl-used'));
        if (x(usedUntil) - start > 46 || token.supersededAt === undefined) {
          behind.push(text(`#${token.number}`, { x: start + 16, y: y + BAR / 2 + 4, class: 'tl-number' }));
        }
        const middle = y + BAR / 2;
        const previous = lane.tokens.find((other) => other.number === token.number - 1);
        if (previous && previous.expiresAt >= token.at) {
          const before = top + ((token.number - 1) % 2) * ROW + ROW / 2;
          points.push(make('line', { class: 'tl-link', x1: start, x2: start, y1: before, y2: middle }));
        }
        points.push(titled(make('circle', { class: `tl-${token.how}`, cx: start, cy: middle, r: 5 }), token.title));
      }
      const strip = top + 2 * ROW + MARKS / 2;
      for (const mark of lane.marks) points.push(titled(shape(mark.kind, x(mark.at), strip), mark.title));
    });
    expected.replaceChildren(...ahead);
    used.replaceChildren(...behind);
    marks.replaceChildren(...points);
    names.replaceChildren(...labels);
  }

  /** @param {number} now ms since the epoch */
  function draw(now) {
    if (width === 0) return;
    const move = `translate(${(width * NOW_AT - x(now)).toFixed(2)} 0)`;
    for (const layer of [expected, used, marks]) layer.setAttribute('transform', move);
  }

  new ResizeObserver(resize).observe(svg);

  return {
    draw,
    /** Adds a lane: a tab, or whatever else holds the session. @param {string} label */
    lane(label) {
      const lane = { label, tokens: [], marks: [] };
      lanes.push(lane);
      resize();
      return {
        /** @param {{ number: number, at: number, expiresAt: number, how: 'received' | 'renewed' | 'told', title: string }} token */
        token(token) {
          const previous = lane.tokens[lane.tokens.length - 1];
          if (previous) previous.supersededAt ??= token.at;
          lane.tokens.push({ ...token });
          drawLanes();
        },
        /** @param {'call' | 'failed'} kind @param {number} at @param {string} title */
        mark(kind, at, title) {
          lane.marks.push({ kind, at, title });
          drawLanes();
        },
        remove() {
          lanes.splice(lanes.indexOf(lane), 1);
          resize();
        },
        /** The tokens are of no use any more. @param {number} at */
        end(at) {
          for (const token of lane.tokens) {
            token.supersededAt ??= at;
            token.endedAt ??= at;
          }
          drawLanes();
        },
      };
    },
  };
}

function shape(kind, x, y) {
  if (kind === 'failed') return make('path', { class: 'tl-failed', d: `M${x - 5} ${y - 5}l10 10m0-10l-10 10` });
  return make('path', { class: 'tl-call', d: `M${x} ${y - 6}l6 6-6 6-6-6z` });
}

function bar(x, y, width, name) {
  return make('rect', { class: name, x, y, width: Math.max(0, width), height: BAR, rx: 6 });
}

function titled(element, title) {
  element.appendChild(make('title', {})).textContent = title;
  return element;
}

function text(content, attributes) {
  const element = make('text', attributes);
  element.textContent = content;
  return element;
}

function make(name, attributes) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) {
    element.setAttribute(key, typeof value === 'number' ? String(Math.round(value * 100) / 100) : value);
  }
  return element;
}

/** @param {number} seconds */
function relative(seconds) {
  const sign = seconds < 0 ? '−' : '+';
  const size = Math.abs(seconds);
  if (size < 120) return `${sign}${size} s`;
  if (size < 7200) return `${sign}${Math.round(size / 60)} min`;
  return `${sign}${Math.round(size / 3600)} h`;
}
