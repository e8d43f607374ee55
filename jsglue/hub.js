// The worker's end of the ports: one engine, and the pages that ask it. A dedicated worker has one port, a shared one as
// many as there are pages. See rpc.js for the messages.
//
// The first init decides provider, client and endpoints; no later message, from whatever page, can change them.

import { openEngine } from './engine.js';
import { AuthError, configError, crashed, toPlainError } from './errors.js';
import { load } from './load.js';
import { own } from './own.js';
import { createRelay, createRelayFetch } from './relay.js';
import { createRemoteVault } from './remote.js';

/** @import { Engine } from './engine.js' */
/** @import { Runtime } from './load.js' */
/** @import { Vault } from './vault.js' */

/** An engine that died so often in so many milliseconds is not started again. */
const MAX_CRASHES = 4, CRASH_WINDOW = 5 * 60_000;
/** A page that answered so many pings in a row with silence is gone or stands still. */
const MAX_UNHEARD = 3;

/**
 * An engine and what belongs to it.
 * @typedef {object} Running
 * @property {Engine} engine
 * @property {typeof fetch} fetch
 */

/**
 * One page.
 * @typedef {object} Port
 * @property {(message: object, transfer?: Transferable[]) => void} post
 * @property {(text: string, quiet: boolean) => void} hear an event; quiet, it asks for no sign of life
 * @property {(key: string, onHint: () => void) => Vault} openTab
 */

/**
 * @param {Runtime} runtime
 * @param {Promise<string | undefined>} [life] the lock that is held while this worker lives (see life.js)
 */
export function createHub(runtime, life) {
  /** What the first init said. @type {string | undefined} */
  let settled;
  /** @type {Promise<Running> | undefined} */
  let running;
  /** Pages that are told of events. @type {Set<Port>} */
  const ports = new Set();
  /** What every page is to know, by feature. @type {Map<string, string>} */
  const degraded = new Map();
  /** @type {number[]} */
  const crashes = [];
  /** Counts events, so that a state is known to be older than one. */
  let told = 0;

  /** @param {string} text */
  const tell = (text) => {
    told++;
    const event = JSON.parse(text);
    if (event.type === 'degraded') degraded.set(event.feature, text);
    for (const port of ports) port.hear(text, event.type === 'trace');
  };

  const die = () => {
    running = undefined;
    degraded.clear();
    crashes.push(performance.now());
    for (const { post } of ports) post({ kind: 'crashed' });
    ports.clear();
  };

  /** @param {string} config @param {string | undefined} wasm @param {Port} port */
  const open = async (config, wasm, port) => {
    const engine = await openEngine({ config, module: await load({ wasm }, runtime), openTab: port.openTab, onEvent: tell, onCrash: die });
    return { engine, fetch: createRelayFetch(JSON.parse(config), engine) };
  };

  /** @param {string} config @param {string | undefined} wasm @param {Port} port */
  const join = (config, wasm, port) => {
    const asked = JSON.stringify([config, wasm]);
    if (asked !== (settled ??= asked)) throw configError('createClient', 'was called with other options by another page that has this worker');
    while (crashes.length && performance.now() - crashes[0] > CRASH_WINDOW) crashes.shift();
    if (!running) {
      if (crashes.length >= MAX_CRASHES) throw crashed();
      const opening = open(config, wasm, port);
      running = opening;
      opening.catch(() => {
        if (running === opening) running = undefined;
      });
    }
    return running;
  };

  /**
   * Connects a page.
   * @param {(message: object, transfer: Transferable[]) => void} send
   * @param {boolean} alone the worker lives and dies with this page
   * @returns {(data: unknown) => void} to be called with its messages
   */
  return function connect(send, alone) {
    /** @type {Running | undefined} */
    let mine;
    /** @type {ReturnType<typeof createRelay> | undefined} */
    let relay;
    /** @type {ReturnType<typeof createRemoteVault> | undefined} */
    let remote;
    let initialised = false, unheard = 0;
    /** Something happened that a page was not told of, which does not know that it stood still. */
    let behind = false;
    /** What waits for a page that stands still: a message would throw it out of the back/forward cache. @type {[object, Transferable[]][] | undefined} */
    let held;

    /** @type {Port} */
    const port = {
      post(message, transfer = []) {
        const dated = { ...message, at: Date.now() };
        if (held) held.push([dated, transfer]);
        else send(dated, transfer);
      },
      hear(text, quiet) {
        port.post({ kind: 'event', text });
        if (alone || quiet) return;
        if (unheard++ < MAX_UNHEARD) port.post({ kind: 'ping' });
        else {
          setAside();
          behind = true;
        }
      },
      openTab(key, onHint) {
        remote = createRemoteVault(port.post, key, onHint);
        return remote.vault;
      },
    };

    const setAside = () => {
      ports.delete(port);
      held ??= [];
      if (alone) mine?.engine.pause();
    };

    const takeBack = async () => {
      const waiting = held ?? [];
      held = undefined;
      for (const [message, transfer] of waiting) send(message, transfer);
      if (!mine) return;
      if (mine !== await running) port.post({ kind: 'crashed' });
      else {
        if (alone) mine.engine.resume();
        ports.add(port);
        if (behind) port.post({ kind: 'behind' });
        behind = false;
      }
    };

    /** @param {unknown} data */
    const init = async (data) => {
      if (initialised) return;
      initialised = true;
      try {
        const wasm = own(data, 'wasm');
        if (alone) ports.add(port); // it is to hear what happens while the engine starts
        mine = await join(String(own(data, 'config')), typeof wasm === 'string' ? wasm : undefined, port);
        relay = createRelay(mine.fetch, port.post);
        const lock = await life;
        let text, before;
        do {
          before = told;
          text = await mine.engine.call('{"op":"state"}');
        } while (before !== told);
        port.post({ kind: 'ready', text, life: lock });
        if (!alone) for (const event of degraded.values()) port.post({ kind: 'event', text: event });
        if (!held) ports.add(port);
      } catch (cause) {
        port.post({ kind: 'failed', error: toPlainError(cause) });
      }
    };

    /** @param {unknown} data */
    const call = async (data) => {
      const id = own(data, 'id');
      if (typeof id !== 'number') return;
      try {
        if (!mine) throw new AuthError('closed', 'the engine is not open');
        port.post({ kind: 'answer', id, text: await mine.engine.call(/** @type {string} */ (own(data, 'command'))) });
      } catch (cause) {
        port.post({ kind: 'refused', id, error: toPlainError(cause) });
      }
    };

    return (data) => {
      unheard = 0;
      const kind = own(data, 'kind');
      if (held && kind !== 'away' && kind !== 'leave') takeBack();
      switch (kind) {
        case 'init':
          init(data);
          break;
        case 'call':
          call(data);
          break;
        case 'relay':
          relay?.receive(data);
          break;
        case 'vault':
          remote?.receive(data);
          break;
        case 'ping':
          port.post({ kind: 'pong' });
          break;
        case 'away':
          setAside();
          break;
        case 'leave':
          ports.delete(port);
          relay?.close();
          if (alone) mine?.engine.close().then(() => port.post({ kind: 'done' }));
      }
    };
  };
}
