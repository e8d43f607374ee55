// The claims of the ID token, with a word on each (OpenID Connect Core sections 2 and 5.1).

import { clock } from '/words.js';

const MEANINGS = {
  name: 'Your name',
  preferred_username: 'Your user name',
  email: 'Your e-mail address',
  sub: 'Your identifier',
  iss: 'Who says so',
  aud: 'Whom it is meant for',
  iat: 'Said at',
  exp: 'True until',
  auth_time: 'You signed in at',
  nonce: 'Ties it to this sign-in',
  at_hash: 'Ties it to the access token',
};

/**
 * @param {HTMLDListElement} list
 * @param {Record<string, unknown>} claims
 */
export function showClaims(list, claims) {
  const order = Object.keys(MEANINGS);
  const rank = (name) => (order.indexOf(name) + order.length + 1) % (order.length + 1);
  const rows = Object.keys(claims)
    .sort((a, b) => rank(a) - rank(b))
    .map((name) => {
      const row = document.createElement('div');
      const term = document.createElement('dt');
      term.textContent = MEANINGS[name] ?? name;
      const code = document.createElement('code');
      code.textContent = name;
      term.append(' ', code);
      const value = document.createElement('dd');
      value.textContent = inWords(name, claims[name]);
      row.append(term, value);
      return row;
    });
  list.replaceChildren(...rows);
}

function inWords(name, value) {
  if (['iat', 'exp', 'auth_time'].includes(name) && typeof value === 'number') {
    return clock(value * 1000);
  }
  return typeof value === 'string' ? value : JSON.stringify(value);
}
