// Where the time of a refresh goes: when the library calls the platform and when it is answered, and what the page's
// processor does meanwhile. Only when it is asked for: noting it all takes time itself.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { launch, openBench } from '../lib/browser.mjs';
import { ROOT } from '../lib/bundle.mjs';
import { configure } from '../peers.mjs';
import { number, summarise, table } from '../lib/stats.mjs';

export const title = 'Where the time of a refresh goes';

export async function measure({ entries, origin, quick, warn }) {
  const n = quick ? 100 : 1000, result = {};
  const browser = await launch();
  for (const entry of entries) {
    const ours = !entry.package && entry.worker;
    if (ours) writeFileSync(join(ROOT, 'dist', entry.bundle, 'profiled.js'), "import '/pages/profile.js';\nimport './worker.js';\n");
    const context = await browser.newContext(), page = await openBench(context, origin);
    try {
      const config = { ...configure(entry, origin), signsIn: true, ...(ours && { workerUrl: `/dist/${entry.bundle}/profiled.js` }) };
      const runs = await page.evaluate(follow, [entry.bundle, config, n, ours]);
      result[entry.name] = { ...summary(runs), processor: await processor(page, n) };
    } catch (error) {
      warn(`${entry.name}: ${error.message}`);
    }
    await context.close();
  }
  await browser.close();
  return result;
}

/** In the page: the notes of n refreshes, and of the bare fetches between them. */
async function follow([bundle, config, n, inWorker]) {
  const { H } = window, { take } = await import('/pages/profile.js');
  const now = () => performance.timeOrigin + performance.now();
  const bare = () => H.bare({ grant_type: 'refresh_token', refresh_token: 'r' });
  await H.open(bundle, config);
  await H.signIn();
  const runs = [];
  for (let i = -20; i < n; i++) {
    const bareFrom = now();
    await bare();
    const bareTime = now() - bareFrom;
    take();
    if (inWorker) await take.worker();
    const from = now();
    await H.auth.refresh();
    const to = now(), page = take(), worker = inWorker ? await take.worker() : { notes: [], crossings: 0 };
    if (i < 0) continue;
    const notes = [...page.notes.map((note) => ({ ...note, where: 'page' })), ...worker.notes.map((note) => ({ ...note, where: 'worker' }))];
    runs.push({
      time: to - from, bareTime, crossings: page.crossings + worker.crossings,
      notes: notes.map((note) => ({ ...note, from: note.from - from, returned: note.returned - from, to: note.to - from })).sort((a, b) => a.from - b.from),
    });
  }
  return runs;
}

/** Calls that are answered by the network. What a refresh takes without them is the library's, whatever the network does. */
const NETWORK = ['fetch', 'read', 'json', 'text', 'arrayBuffer'];

/** Medians over the refreshes that took the course that most took. */
function summary(runs) {
  const courses = new Map();
  for (const run of runs) {
    const course = run.notes.map(({ name, where }) => `${where} ${name}`).join();
    courses.set(course, [...(courses.get(course) ?? []), run]);
  }
  const [course] = [...courses.values()].sort((a, b) => b.length - a.length);
  const median = (value) => summarise(course.map(value))?.median;
  return {
    time: median(({ time }) => time), own: median(ownTime), bareTime: median(({ bareTime }) => bareTime), crossings: median(({ crossings }) => crossings), share: course.length / runs.length,
    notes: course[0].notes.map(({ name, where }, i) => ({
      name, where, from: median(({ notes }) => notes[i].from), call: median(({ notes }) => notes[i].returned - notes[i].from), to: median(({ notes }) => notes[i].to),
    })),
  };
}

/** @returns {number} NaN where the request was not seen: a peer's worker sent it */
function ownTime({ time, notes }) {
  const network = notes.filter(({ name }) => NETWORK.includes(name));
  return network.length ? network.reduce((rest, { from, to }) => rest - (to - from), time) : NaN;
}

/** What the page's main thread does in n more refreshes, µs for each, by DevTools' profiler. */
async function processor(page, n) {
  const session = await page.context().newCDPSession(page);
  await session.send('Profiler.enable');
  await session.send('Profiler.setSamplingInterval', { interval: 100 });
  await session.send('Profiler.start');
  await page.evaluate(async (times) => {
    for (let i = 0; i < times; i++) await window.H.auth.refresh();
  }, n);
  const { profile } = await session.send('Profiler.stop');
  const kinds = new Map(profile.nodes.map(({ id, callFrame: { url, functionName } }) => [id,
    url.startsWith('wasm:') || functionName.startsWith('wasm-') ? 'module' : url ? 'script' : { '(idle)': 'idle', '(garbage collector)': 'collector' }[functionName] ?? 'browser']));
  const sums = { module: 0, script: 0, browser: 0, collector: 0, idle: 0 };
  profile.samples.forEach((id, i) => { sums[kinds.get(id)] += profile.timeDeltas[i] / n; });
  return sums;
}

const us = (milliseconds) => number(milliseconds * 1000, 0);
export const toMarkdown = (result) => Object.entries(result).map(([name, { time, bareTime, crossings, share, own, notes, processor: sums }]) => [
  `**${name}**: ${us(own)} µs beside the network's (the whole ${us(time)}, a bare fetch ${us(bareTime)}); ${number(crossings, 0)} calls of the loader by the module; ${number(share * 100, 0)} % of the refreshes took this course, in µs since the call:`,
  table(['', 'called at', 'returned after', 'answered at'], notes.map((note) => [`${note.where}: ${note.name}`, us(note.from), us(note.call), us(note.to)])),
  `The page's processor, µs per refresh: ${Object.entries(sums).map(([kind, time_]) => `${kind} ${number(time_, 0)}`).join(', ')}.`,
].join('\n\n')).join('\n\n');
