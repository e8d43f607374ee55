// What the release build is meant to reach, each figure against a peer's in the same run.

import { number, table } from './stats.mjs';

const KIB = 1024;
const start = (mode) => ({ results }, name) => results.startup?.[name]?.[mode]?.median;
const bytes = ({ results }, name) => results.size?.[name]?.brotli;
const pairs = ({ results }, name) => results.pkce?.[name]?.rate.median;
const refresh = ({ results }, name) => results.exchange?.[name]?.refresh.inLibrary * 1000;
const tokens = ({ results }, name) => results.token?.[name]?.median;
const heap = ({ results }, name) => results.memory?.entries[name]?.after.heap.median;

const VERIFYING = 'oauth4webapi, signatures verified';
const NONE = 'pkcewasm slim, none', WORKER = 'pkcewasm slim, dedicated';
const STARTS = [['cold', 'cold'], ['4G, CPU x4', '4G with a CPU slowed 4 times'], ['Fast 3G', 'Fast 3G']];

/**
 * A figure of ours, and the bounds of its ratio to a peer's: at most, or for rates at least. Without a peer the bound is absolute.
 * @typedef {{ figure: string, unit: string, value: (report: any, name: string) => number | undefined, ours: string,
 *   least: [number, string?], aim: [number, string?], more?: boolean }} Goal
 */

/** @type {Goal[]} */
const GOALS = [
  { figure: 'bytes, all for a worker', unit: 'KB', value: (report, name) => bytes(report, name) / KIB, ours: WORKER, least: [96], aim: [1, 'msal-browser'] },
  ...STARTS.flatMap(([mode, text]) => ['', ', preload'].map((hint) => ({
    figure: `first authorization URL, ${text}${hint}`, unit: 'ms', value: start(mode), ours: NONE + hint, least: [1, 'msal-browser'], aim: [1.2, 'oidc-client-ts'],
  }))),
  ...['slim', 'go'].map((build) => ({
    figure: `verifier and challenge, ${build}`, unit: 'per s', value: pairs, ours: `pkcewasm ${build} (synchronous)`, more: true,
    least: [1, 'WebCrypto, lean encoding'], aim: [3, 'WebCrypto, lean encoding'],
  })),
  { figure: 'time in the library per refresh, none', unit: 'µs', value: refresh, ours: NONE, least: [3, 'oauth4webapi'], aim: [1, 'oauth4webapi'] },
  { figure: 'the same, where both verify signatures', unit: 'µs', value: refresh, ours: NONE, least: [3, VERIFYING], aim: [1, VERIFYING] },
  { figure: 'time in the library per refresh, worker', unit: 'µs', value: refresh, ours: WORKER, least: [1, 'auth0-spa-js (worker)'], aim: [0.5, 'auth0-spa-js (worker)'] },
  { figure: 'cached access token, worker', unit: 'per s', value: tokens, ours: WORKER, more: true, least: [1, 'auth0-spa-js (worker)'], aim: [3, 'auth0-spa-js (worker)'] },
  { figure: 'page heap after many refreshes, worker', unit: 'KB', value: heap, ours: WORKER, least: [1, 'oidc-client-ts'], aim: [0.5, 'oidc-client-ts'] },
];

/** The goals that a report can judge, as a table. */
export function goals(report) {
  const rows = GOALS.map(({ figure, unit, value, ours, least, aim, more }) => {
    const own = value(report, ours);
    const judge = ([factor, peer]) => {
      const theirs = peer ? value(report, peer) : 1, ratio = own / theirs, bound = `${more ? '≥' : '≤'} ${factor}`;
      return {
        met: more ? ratio >= factor : ratio <= factor,
        text: peer ? `${bound} x ${peer} (${number(theirs, 0)}): ${number(ratio, 2)}` : `${bound} ${unit}`,
      };
    };
    const [first, second] = [judge(least), judge(aim)];
    return Number.isFinite(own) && [figure, `${number(own, 0)} ${unit}`, first.text, second.text, !first.met ? 'missed' : second.met ? 'aim' : 'yes'];
  });
  return table(['figure', 'pkcewasm', 'at least', 'aim', 'reached'], rows.filter(Boolean));
}
