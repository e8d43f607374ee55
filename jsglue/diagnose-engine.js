// What diagnose() finds out by an engine of its own: started where the client has its one, with a session that nobody shares, it
// begins a sign-in and redeems a code that it made up. The provider refuses that code, which costs nobody anything and shows
// that everything up to there works: worker, policy, module, discovery, CORS, token endpoint.

import { explainSilence } from './diagnose-server.js';
import { ok, problem, warning } from './finding.js';
import { createLink } from './link.js';
import { moduleAddress } from './load.js';
import { workerAddress } from './start.js';

/** @import { AuthError, ClientConfig, Finding } from './types.d.ts' */
/** @import { Ask } from './examine.js' */
/** @import { Metadata } from './diagnose-server.js' */

/** No provider issues such a code, and whoever reads the provider's log knows where it came from. */
const MADE_UP = 'pkcewasm-diagnose-made-up-code';

/**
 * @param {ClientConfig} config
 * @param {object} options
 * @param {Promise<Metadata>} options.metadata
 * @param {boolean} options.signedIn
 * @param {AbortSignal} options.signal ends it
 * @param {Ask} options.ask
 * @param {(origin: string) => boolean} options.violated
 */
export function probeEngine(config, { metadata, signedIn, signal, ask, violated }) {
  const { issuer, redirectUri, responseMode, workerUrl } = config;
  const isolation = config.isolation === 'none' ? 'none' : 'dedicated';
  const nothing = () => {};
  const link = createLink(/** @type {any} */ ({
    ...config, isolation, storage: 'memory', transaction: undefined, restore: undefined, par: 'off',
    workerUrl: workerUrl && String(workerUrl), wasmUrl: config.wasmUrl && new URL(config.wasmUrl, globalThis.location?.href).href,
  }), { onEvent: nothing, onRelay: nothing, onBehind: nothing, onState: nothing, onDegraded: nothing, onCrash: nothing, onLost: nothing });
  signal.addEventListener('abort', link.close);

  const start = failure(link.ready);
  const begin = link.ready.then(() => link.call({ op: 'signIn', keep: 'worker' }));
  const discovery = failure(begin);
  const redemption = failure(begin.then(({ value }) => link.call({ op: 'callback', url: answerTo(String(value.state)) })));
  const explain = (/** @type {string} */ address) => explainSilence(address, config, { ask, violated });

  /** @param {string} state */
  function answerTo(state) {
    const url = new URL(redirectUri), answer = new URLSearchParams({ code: MADE_UP, state, iss: issuer });
    if (responseMode === 'fragment') url.hash = String(answer);
    else for (const [name, value] of answer) url.searchParams.set(name, value);
    return url.href;
  }

  return {
    workerStarts: async () => (await start)?.description !== 'worker',

    /** @returns {Promise<Finding[]>} */
    async examineWorker() {
      if (isolation === 'none') return [ok('worker', 'The engine runs in this realm, as it was asked to: every script here can read the refresh token.')];
      const error = await start;
      if (error?.description !== 'worker') return [ok('worker', 'The worker starts.')];
      return [problem('worker', await describeFile(workerAddress(workerUrl), 'worker.js', 'workerUrl', /javascript/, ask) ?? sentence(error))];
    },

    /** @returns {Promise<Finding[]>} */
    async examineModule() {
      const error = await start;
      if (error?.description === 'worker') return [];
      const address = String(config.wasmUrl ?? moduleAddress());
      const file = await describeFile(address, 'The module', 'wasmUrl', /^application\/wasm/, ask);
      if (error?.description === 'wasm') return [problem('module', isolation === 'none' ? sentence(error) : "WebAssembly is forbidden in the worker, or unknown to this browser: the Content Security Policy that worker.js is delivered with must allow it (script-src 'wasm-unsafe-eval').")];
      if (error) return [problem('module', file ?? sentence(error))];
      return [file ? warning('module', `The module starts, but later than it could. ${file}`) : ok('module', 'The module starts.')];
    },

    /** @returns {Promise<Finding[]>} */
    async examineDiscovery() {
      if (await start) return [];
      const error = await discovery;
      if (!error) return [ok('discovery', `The provider's metadata is complete, and is that of ${issuer}`)];
      const { address } = await metadata;
      if (error.description === 'network') return [problem('discovery', await explain(address))];
      const status = error.status && error.status !== 200 ? ` ${address} answers ${error.status}.` : '';
      return [problem('discovery', sentence(error) + status)];
    },

    /** @returns {Promise<Finding[]>} */
    async examineToken() {
      if (await discovery) return [];
      const error = await redemption;
      if (!error) return [problem('token', 'The token endpoint accepted a code that nobody issued: whatever answers there is not an authorization server.')];
      if (error.code === 'network') {
        const address = (await metadata).server?.token_endpoint;
        const why = address ? await explain(address) : sentence(error);
        return [signedIn
          ? warning('token', `Errors of the token endpoint do not reach this page, only its successes: why a refresh failed stays unknown, and the client must try again in vain. ${why}`)
          : problem('token', `No answer of the token endpoint reaches this page. ${why}`)];
      }
      if (error.oauthError === 'invalid_grant') return [ok('token', 'The token endpoint answers, lets this page read it, and refused a code that nobody issued, as it should.')];
      const said = [error.oauthError, error.description].filter(Boolean).join(': ');
      if (error.code === 'oauth' && ['invalid_client', 'unauthorized_client'].includes(String(error.oauthError))) {
        return [problem('token', `The token endpoint does not accept this client (${said}): register it as a public client (single-page application, no secret), with the code flow, and compare clientId.`)];
      }
      if (error.code === 'oauth') return [warning('token', `The token endpoint answers, but not with invalid_grant, as it should for a code that nobody issued (${said}).`)];
      return [problem('token', `The token endpoint does not answer as one: ${sentence(error)}${error.status ? ` It answers ${error.status}.` : ''}`)];
    },
  };
}

/** @param {Promise<unknown>} promise @returns {Promise<AuthError | undefined>} */
function failure(promise) {
  return promise.then(() => undefined, (cause) => cause);
}

/** @param {AuthError} error */
function sentence({ message }) {
  return `${message[0].toUpperCase()}${message.slice(1)}.`;
}

/**
 * What is wrong with a file of the package as it is served, if that can be seen from here.
 * @param {string | undefined} address
 * @param {string} name
 * @param {string} option how to say where it is instead
 * @param {RegExp} expected its MIME type
 * @param {Ask} ask
 * @returns {Promise<string | undefined>}
 */
async function describeFile(address, name, option, expected, ask) {
  const { location } = globalThis;
  if (!location || address === undefined) return undefined;
  const { href, origin } = new URL(address, location.href);
  if (name === 'worker.js' && origin !== location.origin) return `worker.js is on ${origin}: browsers start workers of the page's own origin only. Serve it there (${option}).`;
  let response;
  try {
    response = await ask(href, { method: 'HEAD' });
  } catch {
    return undefined; // a policy that forbids the page to look does not forbid its use
  }
  const type = response.headers.get('content-type') ?? 'nothing';
  if (!response.ok) return `${name} is not at ${href}, where the server answers ${response.status}: serve the package's files together, or say where it is (${option}).`;
  if (/^text\/html/.test(type)) return `${href} answers a page of HTML, as servers do for addresses that they do not know: ${name === 'worker.js' ? name : 'the module'} is not there. Serve the package's files together, or say where it is (${option}).`;
  if (!expected.test(type)) return `${name} is served as ${type}, and must be as ${name === 'worker.js' ? 'text/javascript' : 'application/wasm'}: set the server's Content-Type for it.`;
  return undefined;
}
