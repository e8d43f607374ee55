// Validates what applications pass in. Every check names the option; nothing is sent or stored before all have passed.

import { configError } from './errors.js';

/** @import { ClientConfig } from './types.d.ts' */

/** @typedef {(value: any, option: string, context: { http: boolean }) => void} Check */

const string = check((value) => typeof value === 'string' && value !== '', 'must be a string that is not empty');
export const boolean = check((value) => typeof value === 'boolean', 'must be true or false');
export const fun = check((value) => typeof value === 'function', 'must be a function');
export const seconds = check((value) => Number.isSafeInteger(value) && value >= 0, 'must be a whole number of seconds, 0 or more');
export const milliseconds = check((value) => Number.isSafeInteger(value) && value >= 1 && value < 2 ** 31, 'must be a whole number of milliseconds, 1 or more');
export const object = check(isRecord, 'must be an object');
export const signal = check((value) => isRecord(value) && typeof value.aborted === 'boolean' && typeof value.addEventListener === 'function', 'must be an AbortSignal');
const location = check((value) => value instanceof URL || (typeof value === 'string' && value !== ''), 'must be a URL');
const strings = check((value) => isRecord(value) && Object.values(value).every((item) => typeof item === 'string'), 'must be an object whose values are strings');

/** @type {Check} */
const parameters = (value, option) => {
  strings(value, option, { http: false });
  refuseSecrets(value, option + '.');
};

/** @type {Record<string, Check>} */
const CONFIG = {
  __proto__: /** @type {any} */ (null),
  issuer: endpoint,
  server: (value, option) => {
    object(value, option, { http: false });
    refuseSecrets(value, option + '.');
  },
  clientId: string,
  redirectUri: endpoint,
  popupRedirectUri: endpoint,
  postLogoutRedirectUri: endpoint,
  scope: check((value) => typeof value === 'string' && /^[\x21\x23-\x5b\x5d-\x7e]+( [\x21\x23-\x5b\x5d-\x7e]+)*$/.test(value), 'must be scope tokens with single spaces between (RFC 6749 section 3.3)'),
  params: parameters,
  tokenParams: parameters,
  resource: (value, option, context) => [value].flat().forEach((item) => resource(item, option, context)),
  responseMode: oneOf('query', 'fragment'),
  par: oneOf('auto', 'required', 'off'),
  dpop: oneOf('off', 'preferred', 'required'),
  isolation: oneOf('shared', 'dedicated', 'none'),
  transaction: oneOf('worker', 'session'),
  storage: oneOf('memory', 'session', 'indexeddb'),
  restore: oneOf('silent'),
  exposeAccessToken: boolean,
  fetchOrigins: origins,
  refresh: (value, option, context) => validate(value, REFRESH, option, context),
  timeoutMs: milliseconds,
  allowLoopbackHttp: boolean,
  workerUrl: location,
  wasmUrl: location,
};

/** @type {Record<string, Check>} */
const REFRESH = {
  __proto__: /** @type {any} */ (null),
  auto: boolean,
  leewaySeconds: seconds,
  jitterSeconds: seconds,
  defaultLifetimeSeconds: seconds,
};

/** What all sign-ins have. @type {Record<string, Check>} */
const SIGN_IN = {
  returnTo: check((value) => returnPath(value) !== undefined, 'must be a path of this origin, starting with one slash'),
  loginHint: string,
  maxAge: seconds,
  acrValues: string,
  uiLocales: string,
  params: parameters,
};

/** Options of public functions, by function; `request` are those of the stateless ones. @type {Record<string, Record<string, Check>>} */
const CALLS = {
  signInRedirect: { __proto__: /** @type {any} */ (null), ...SIGN_IN, prompt: string, navigate: fun },
  signInPopup: { __proto__: /** @type {any} */ (null), ...SIGN_IN, prompt: string, signal },
  signInSilent: { __proto__: /** @type {any} */ (null), ...SIGN_IN, signal },
  getAccessToken: {
    __proto__: /** @type {any} */ (null), minValiditySeconds: seconds, forceRefresh: boolean, cacheOnly: boolean, signal,
  },
  createDpopProof: { __proto__: /** @type {any} */ (null), url: endpoint, method: string, nonce: string, signal },
  refresh: { __proto__: /** @type {any} */ (null), signal },
  fetchUserInfo: { __proto__: /** @type {any} */ (null), signal },
  loadPkce: { __proto__: /** @type {any} */ (null), wasm: check(isWasmSource, 'must be a URL, a Response, bytes or a WebAssembly.Module'), signal },
  request: { __proto__: /** @type {any} */ (null), signal, timeoutMs: milliseconds, allowLoopbackHttp: boolean },
  signOut: { __proto__: /** @type {any} */ (null), local: boolean, returnTo: endpoint, state: string, revoke: boolean, navigate: fun },
};

/**
 * Validates the configuration of a client and returns a copy without what is undefined.
 * @param {unknown} config
 * @returns {ClientConfig}
 */
export function validateConfig(config) {
  if (!isRecord(config)) throw configError('createClient', 'needs an object with issuer, clientId and redirectUri');
  refuseSecrets(config, '');
  const copy = validate(config, CONFIG, '', { http: config.allowLoopbackHttp === true });
  for (const name of ['issuer', 'clientId', 'redirectUri']) {
    if (copy[name] === undefined) throw configError(name, 'is missing');
  }
  const issuer = new URL(copy.issuer);
  if (issuer.search) throw configError('issuer', 'must not have a query');
  return copy;
}

/**
 * Validates the options of a function and returns a copy without what is undefined.
 * @param {string} name
 * @param {unknown} options
 * @param {{ http: boolean }} [context]
 * @returns {any}
 */
export function validateCall(name, options, context = { http: false }) {
  return options === undefined ? Object.create(null) : validate(options, CALLS[name], '', context);
}

/**
 * @param {unknown} value
 * @param {Record<string, Check>} checks
 * @param {string} prefix
 * @param {{ http: boolean }} context `http`: plain http is allowed on loopback
 * @returns {any}
 */
export function validate(value, checks, prefix, context) {
  if (!isRecord(value)) throw configError(prefix || 'options', 'must be an object');
  const copy = Object.create(null);
  for (const [name, item] of Object.entries(value)) {
    const option = prefix ? `${prefix}.${name}` : name;
    if (!checks[name]) throw configError(option, 'is not an option');
    if (item === undefined) continue;
    checks[name](item, option, context);
    copy[name] = item;
  }
  return copy;
}

/**
 * A client in a browser is a public one (RFC 6749 section 2.1): a secret in it is everybody's.
 * @param {object} value
 * @param {string} prefix
 */
function refuseSecrets(value, prefix) {
  for (const name of Object.keys(value)) {
    if (/^client_?secret$/i.test(name)) throw configError(prefix + name, 'is refused: a browser cannot keep a secret; register a public client');
  }
}

/**
 * An address of a server or of this application: https, or http on loopback where that is allowed; no fragment, no credentials.
 * @type {Check}
 */
function endpoint(value, option, { http }) {
  const url = absolute(value, option);
  if (url.hash || value.includes('#')) throw configError(option, 'must not have a fragment');
  if (url.username || url.password) throw configError(option, 'must not hold credentials');
  if (url.protocol === 'https:') return;
  if (url.protocol !== 'http:') throw configError(option, 'must be an https URL');
  if (!isLoopback(url.hostname)) throw configError(option, 'must be an https URL');
  if (!http) throw configError(option, 'must be an https URL; plain http on loopback needs allowLoopbackHttp: true');
}

/** RFC 8707 section 2. @type {Check} */
function resource(value, option) {
  const url = absolute(value, option);
  if (url.hash || value.includes('#')) throw configError(option, 'must not have a fragment');
}

/** @type {Check} */
export function origins(value, option, context) {
  if (!Array.isArray(value)) throw configError(option, 'must be an array of origins');
  for (const item of value) origin(item, option, context);
}

/** @type {Check} */
function origin(value, option, context) {
  endpoint(value, option, context);
  if (new URL(value).origin !== value || value.includes('*')) throw configError(option, 'must hold origins such as https://api.example.com, without path, slash or wildcard');
}

/**
 * @param {unknown} value
 * @param {string} option
 * @returns {URL}
 */
function absolute(value, option) {
  // The parser would trim and repair; what is sent must be what was meant.
  if (typeof value === 'string' && !/[\x00-\x20\x7f\\]/.test(value)) {
    try {
      return new URL(value);
    } catch { /* the message below */ }
  }
  throw configError(option, 'must be an absolute URL');
}

/**
 * RFC 8252 section 7.3, and the name that resolves there.
 * @param {string} hostname as the URL parser normalises it
 * @returns {boolean}
 */
export function isLoopback(hostname) {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}

/**
 * The same path, normalised, if it stays on its origin wherever it is used; else undefined. An open redirector is what
 * anything else would make of the application (RFC 9700 section 4.11.1).
 * @param {unknown} path
 * @returns {string | undefined}
 */
export function returnPath(path) {
  if (typeof path !== 'string' || !/^\/(?![/\\])/.test(path) || /[\x00-\x1f\x7f\\]/.test(path)) return undefined;
  const base = 'https://origin.invalid';
  try {
    const url = new URL(path, base);
    // "/.//host" is a path of this origin and becomes "//host", which is not.
    return url.origin === base && !url.pathname.startsWith('//') ? url.pathname + url.search + url.hash : undefined;
  } catch {
    return undefined;
  }
}

/**
 * @param {unknown} value
 * @returns {boolean}
 */
function isWasmSource(value) {
  return (typeof value === 'string' && value !== '') || value instanceof URL || value instanceof ArrayBuffer || ArrayBuffer.isView(value)
    || (typeof Response === 'function' && value instanceof Response) || (typeof WebAssembly === 'object' && value instanceof WebAssembly.Module);
}

/**
 * @param {(value: any) => boolean} accepts
 * @param {string} problem
 * @returns {Check}
 */
function check(accepts, problem) {
  return (value, option) => {
    if (!accepts(value)) throw configError(option, problem);
  };
}

/**
 * @param {...string} values
 * @returns {Check}
 */
function oneOf(...values) {
  return check((value) => values.includes(value), `must be ${values.map((value) => `'${value}'`).join(' or ')}`);
}

/**
 * @param {unknown} value
 * @returns {value is Record<string, any>}
 */
function isRecord(value) {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
