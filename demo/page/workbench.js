// The workbench: faults of the provider, isolation and the attack on it, the diagnosis.

import { attack } from '/experiment.js';
import { byId } from '/view.js';

const MODES = ['shared', 'dedicated', 'none'];

/** Where the session of this page lives, by its address. */
export function isolationOf({ search }) {
  const wish = new URLSearchParams(search).get('isolation');
  return MODES.includes(wish) ? wish : 'shared';
}

/** The address of this page with that isolation. @param {string} isolation */
export const addressOf = (isolation) => `${location.origin}/${isolation === 'shared' ? '' : `?isolation=${isolation}`}`;

/**
 * @param {any} client
 * @param {any} config
 * @param {{ isolation: string, log: any, busy: (button: HTMLElement, work: () => Promise<void>) => Promise<void>, complain: (id: string, error: unknown) => void }} page
 */
export function startWorkbench(client, config, { isolation, log, busy, complain }) {
  for (const link of byId('modes').querySelectorAll('a')) {
    if (link.dataset.mode === isolation) link.setAttribute('aria-current', 'true');
  }
  if (!config.isApart) {
    // Among the rest the attack: the provider itself is in this origin, with all that it holds.
    for (const element of document.querySelectorAll('.if-apart, .if-inside')) element.hidden = element.matches('.if-apart');
  }

  byId('faults').addEventListener('change', async ({ target }) => {
    try {
      await config.fault(target.value);
      log.add('info', target.value ? `From now on the provider has a fault: ${target.parentElement.textContent.trim()}.` : 'The provider works again. The session is still good: renew, or call the API.');
    } catch (error) {
      complain('faults', error);
    }
  });
  byId('revoke').addEventListener('click', ({ currentTarget }) => busy(currentTarget, async () => {
    try {
      await config.fault('revoked');
      log.add('info', 'The provider has revoked all tokens. Nobody has told the client: it will find out.');
    } catch (error) {
      complain('faults', error);
    }
  }));

  byId('attack').addEventListener('click', ({ currentTarget }) => busy(currentTarget, async () => {
    list('loot', [{ kind: 'wait', text: 'The attack is on …' }]);
    try {
      const results = await attack(client, config);
      list('loot', results.map(({ found, text }) => ({ kind: found ? 'bad' : 'good', text })));
    } catch (error) {
      list('loot', []);
      complain('attack', error);
    }
  }));

  byId('diagnose').addEventListener('click', ({ currentTarget }) => busy(currentTarget, async () => {
    list('findings', [{ kind: 'wait', text: 'Looking …' }]);
    const { findings } = await client.diagnose();
    const kinds = { ok: 'good', warning: 'warn', problem: 'bad' };
    list('findings', findings.map(({ check, status, message, docs }) => ({ kind: kinds[status], text: message, check, docs })));
  }));
}

const WORDS = { good: 'Good', warn: 'Warning', bad: 'Problem', wait: '' };

/** @param {string} id @param {{ kind: string, text: string, check?: string, docs?: string }[]} rows */
function list(id, rows) {
  byId(id).replaceChildren(...rows.map(({ kind, text, check, docs }) => {
    const item = document.createElement('li');
    item.className = `is-${kind}`;
    const word = document.createElement('span');
    word.className = 'unseen';
    word.textContent = id === 'findings' && WORDS[kind] ? `${WORDS[kind]}: ` : '';
    const body = document.createElement('p');
    body.append(word);
    if (check) body.append(Object.assign(document.createElement('a'), { href: docs, textContent: check }), ' ');
    body.append(text);
    item.append(body);
    return item;
  }));
}
