// Owns a module and its session, in the worker or, with isolation 'none', in the page. Everything that asks it for
// something goes through a closed set of commands.

import { idle } from './database.js';
import { AuthError, configError, toAuthError } from './errors.js';
import { credentialsOf } from './fetch.js';
import { createKeychain } from './keychain.js';
import { bare, own } from './own.js';
import { openVault } from './vault.js';

/** @import { Credentials, Target } from './fetch.js' */
/** @import { Module } from './load.js' */
/** @import { Vault } from './vault.js' */

/** Longest command text; a callback URL may be long. */
const MAX_COMMAND = 1 << 18;

/** Every command there is, with its members and their types. @type {Record<string, Record<string, string>>} */
const COMMANDS = {
  __proto__: /** @type {any} */ (null),
  signIn: { window: 'string', returnTo: 'string', prompt: 'string', loginHint: 'string', maxAge: 'number', acrValues: 'string', uiLocales: 'string', params: 'object', keep: 'string' },
  callback: { url: 'string', transaction: 'string', consumed: 'boolean' },
  token: { minValiditySeconds: 'number', force: 'boolean', cacheOnly: 'boolean' },
  proof: { method: 'string', url: 'string', nonce: 'string' },
  refresh: {},
  userInfo: {},
  signOut: { local: 'boolean', revoke: 'boolean', returnTo: 'string', state: 'string' },
  wake: { reason: 'string' },
  state: {},
};

/**
 * @typedef {object} Engine
 * @property {string} state answer to the command `state`, JSON text
 * @property {(text: string) => Promise<string>} call runs a command given as JSON text
 * @property {(options: object) => Promise<string>} token the access token, for fetch in this realm only
 * @property {(target: Target) => Promise<Credentials>} prove the same with a proof of possession
 * @property {() => void} pause the page stands still from now on
 * @property {() => void} resume
 * @property {() => Promise<void>} close lets a refresh under way be stored
 */

/**
 * Opens the session of a module.
 * @param {object} options
 * @param {string} options.config JSON text of createClient's configuration
 * @param {Module} options.module
 * @param {(key: string, onHint: () => void) => Vault} options.openTab the vault of storage 'session'
 * @param {(text: string) => void} options.onEvent receives JSON text
 * @param {() => void} options.onCrash called once, when the module died
 * @returns {Promise<Engine>}
 */
export async function openEngine({ config, module, openTab, onEvent, onCrash }) {
  const { exposeAccessToken = true, ...settings } = JSON.parse(config);
  const { dpop = 'off', storage = 'memory' } = settings;
  const { raw, guard, onCrash: listen } = module;
  const publish = exposeAccessToken ? (/** @type {string} */ text) => text : withoutToken;
  const hint = () => { run('{"op":"hint"}').catch(() => {}); };
  const degrade = (/** @type {string} */ feature, /** @type {string} */ reason) => onEvent(JSON.stringify({ type: 'degraded', feature, reason }));
  const vault = await openStorage(settings, openTab, hint, degrade);

  // This file decides what leaves the engine, so the module itself may always say.
  const session = raw.openSession(JSON.stringify({ ...settings, exposeAccessToken: true }), (/** @type {string} */ text) => {
    try {
      onEvent(publish(text));
    } catch { /* nothing may be thrown into the module */ }
  }, vault, dpop === 'off' ? undefined : createKeychain(storage !== 'memory'));
  if (typeof session !== 'object' || session === null || session instanceof Error) {
    vault?.close();
    throw toAuthError(session);
  }
  listen(() => {
    vault?.close(); // and its lock is free
    onCrash();
  });

  /** @param {string} text */
  async function run(text) {
    const answer = session.call(text);
    if (!(answer instanceof Promise)) throw toAuthError(answer);
    try {
      return await guard(answer);
    } catch (cause) {
      throw toAuthError(cause);
    }
  }

  return {
    state: publish(await run('{"op":"state"}')),
    call: async (text) => {
      const command = parseCommand(text);
      if ((command.op === 'token' || command.op === 'proof') && !exposeAccessToken) throw configError('exposeAccessToken', 'is false: the access token stays in the worker; use fetch');
      return publish(await run(JSON.stringify(command)));
    },
    token: async (options) => JSON.parse(await run(JSON.stringify({ op: 'token', ...options }))).token.accessToken,
    prove: async (target) => credentialsOf(JSON.parse(await run(JSON.stringify({ op: 'proof', ...target })))),
    pause: () => vault?.pause(),
    resume: () => vault?.resume(),
    close: async () => {
      await vault?.finish();
      session.close();
      vault?.close();
      await idle();
    },
  };
}

/**
 * Opens what a session is stored in. Where that is not to be had, the session lives in memory, and an event says so.
 * @param {{ storage?: string, issuer: string, clientId: string }} settings
 * @param {(key: string, onHint: () => void) => Vault} openTab
 * @param {() => void} onHint
 * @param {(feature: string, reason: string) => void} degrade
 * @returns {Promise<Vault | undefined>}
 */
async function openStorage({ storage = 'memory', issuer, clientId }, openTab, onHint, degrade) {
  if (storage === 'memory') return undefined;
  const vault = (storage === 'session' ? openTab : openVault)(`${issuer} ${clientId}`, onHint);
  try {
    await vault.load();
  } catch {
    vault.close();
    degrade('storage', 'the session cannot be stored here and lives in memory');
    return undefined;
  }
  if (!vault.exclusive) degrade('locks', 'this browser has no Web Locks: a lease in the database keeps two tabs from refreshing at once');
  return vault;
}

/**
 * @param {string} text
 * @returns {any}
 */
function parseCommand(text) {
  if (typeof text !== 'string' || text.length > MAX_COMMAND) throw refused();
  let given;
  try {
    given = JSON.parse(text);
  } catch {
    throw refused();
  }
  const op = own(given, 'op');
  const fields = typeof op === 'string' ? COMMANDS[op] : undefined;
  if (!fields) throw refused();
  const command = /** @type {any} */ (bare({ op }));
  for (const [name, value] of Object.entries(given)) {
    if (name === 'op') continue;
    if (!Object.hasOwn(fields, name) || typeof value !== fields[name] || value === null) throw refused();
    command[name] = value;
  }
  return command;
}

/** @param {string} text */
function withoutToken(text) {
  const { token: _, ...rest } = JSON.parse(text);
  return JSON.stringify(rest);
}

function refused() {
  return new AuthError('config', 'the engine does not know this command');
}
