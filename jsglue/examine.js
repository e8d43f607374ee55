// What keeps sign-in from working here, in sentences. client.js loads it when it is asked for: nobody else pays for it.
//
//   diagnose-browser.js   what the page and the browser are like
//   diagnose-engine.js    an engine of its own, in the place where the client has one, that signs in with a made-up code
//   diagnose-server.js    what the provider says of itself, and what of it reaches this page

import { examineContext, examineLocks, examineRedirect, examineShared, examineStorage, watchPolicy } from './diagnose-browser.js';
import { probeEngine } from './diagnose-engine.js';
import { examineClock, examineProvider, readMetadata } from './diagnose-server.js';
import { problem, warning } from './finding.js';

/** @import { ClientConfig, Finding, Report } from './types.d.ts' */

/** Longest diagnosis in milliseconds; what is not known by then is said to be unknown. */
const DEADLINE = 20_000;
/** Longest wait for a single answer, in milliseconds. */
const PATIENCE = 8_000;

/**
 * fetch with that limit, and with what is never wanted left out.
 * @typedef {(address: string, init?: RequestInit) => Promise<Response>} Ask
 */

/**
 * What a client knows that a configuration does not tell.
 * @typedef {object} Experience
 * @property {object[]} degraded its events of that type so far
 * @property {boolean} signedIn the token endpoint has answered it before
 */

/**
 * Looks at everything at once. Never rejects.
 * @param {ClientConfig} settings validated, with its isolation
 * @param {Experience} experience
 * @returns {Promise<Report>}
 */
export async function examine(settings, { degraded, signedIn }) {
  const timeoutMs = Math.min(settings.timeoutMs ?? PATIENCE, PATIENCE), config = { ...settings, timeoutMs };
  /** @type {Ask} */
  const ask = async (address, init) => {
    const response = await fetch(address, { cache: 'no-store', referrerPolicy: 'no-referrer', ...init, signal: AbortSignal.timeout(timeoutMs) });
    if (init?.method !== undefined) response.body?.cancel().catch(() => {}); // only the metadata are read
    return response;
  };
  const ending = new AbortController();
  const timer = setTimeout(() => ending.abort(), DEADLINE);
  const { signal } = ending;
  const ended = new Promise((/** @type {(value?: undefined) => void} */ resolve) => { signal.addEventListener('abort', () => resolve()); });
  const policy = watchPolicy();
  const metadata = readMetadata(config, ask);
  const engine = probeEngine(config, { metadata, signedIn, signal, ask, violated: policy.violated });

  /** In the order of the report. @type {[Finding['check'], () => Promise<Finding[]> | Finding[]][]} */
  const checks = [
    ['context', examineContext],
    ['worker', engine.examineWorker],
    ['shared', async () => (await engine.workerStarts() ? examineShared(config, degraded) : [])],
    ['module', engine.examineModule],
    ['storage', () => examineStorage(config)],
    ['locks', () => examineLocks(config)],
    ['redirect', () => examineRedirect(config, ask)],
    ['discovery', engine.examineDiscovery],
    ['provider', async () => examineProvider(config, await metadata)],
    ['token', engine.examineToken],
    ['clock', async () => examineClock(await metadata, ask)],
    ['degraded', () => describeDegraded(degraded)],
  ];
  const findings = (await Promise.all(checks.map(([check, run]) => settled(check, run, ended)))).flat();
  clearTimeout(timer);
  ending.abort();
  findings.splice(findings.findIndex(({ check }) => check === 'storage'), 0, ...policy.examine());
  const { status } = findings.find((item) => item.status === 'problem') ?? findings.find((item) => item.status === 'warning') ?? findings[0];
  return { status, findings };
}

/**
 * @param {Finding['check']} check
 * @param {() => Promise<Finding[]> | Finding[]} run
 * @param {Promise<void>} ended
 * @returns {Promise<Finding[]>}
 */
async function settled(check, run, ended) {
  const late = ended.then(() => [warning(check, `This check did not come to an end within ${DEADLINE / 1000} seconds. Try again when the network is better.`)]);
  try {
    return await Promise.race([run(), late]);
  } catch {
    return [problem(check, 'This check failed in a way that it should not. Please report it.')];
  }
}

/** @param {object[]} events @returns {Finding[]} */
function describeDegraded(events) {
  return /** @type {{ feature: string, reason?: string }[]} */ (events)
    .filter(({ feature }) => feature !== 'shared')
    .map(({ feature, reason }) => warning('degraded', `The client has been working in a lesser way (${feature})${reason ? `: ${reason}` : ''}.`));
}
