// What the page shows of the session: its state, who is signed in, how far the sign-in has come.

import { showClaims } from '/claims.js';

const PILLS = {
  starting: 'Starting',
  out: 'Signed out',
  leaving: 'Going to the provider',
  popup: 'Signing in, in the other window',
  returning: 'Signing in',
  in: 'Signed in',
  broken: 'Not available',
};
const STEPS = ['prove', 'sign-in', 'exchange', 'renew'];

export const byId = (id) => document.getElementById(id);

/** @param {keyof typeof PILLS} state */
export function showState(state) {
  document.body.dataset.state = state;
  byId('pill-text').textContent = PILLS[state];
  byId('status').textContent = state === 'starting' ? '' : PILLS[state];
  const busy = state === 'leaving' || state === 'returning' || state === 'starting';
  byId('sign-in').disabled = busy || state === 'popup' || state === 'broken';
  byId('sign-in-popup').disabled = busy || state === 'broken';
  byId('sign-in-popup').textContent = state === 'popup' ? 'Show the pop-up' : 'Sign in with a pop-up';
  byId('sign-in').textContent = state === 'leaving' ? 'On the way …' : state === 'returning' ? 'Exchanging the code …' : 'Sign in';
  for (const id of ['call', 'renew', 'sign-out', 'attack']) byId(id).disabled = state !== 'in';
  byId('claims-empty').hidden = state === 'in';
  byId('claims').hidden = state !== 'in';
  if (state !== 'in') {
    byId('answer-text').textContent = 'Sign in first. Then ask.';
    byId('answer-facts').textContent = '';
  } else if (!byId('answer-facts').textContent) byId('answer-text').textContent = 'Not asked yet.';
}

/** Marks a step as the one at work; those before it are done. @param {string} step */
export function showStep(step) {
  const current = STEPS.indexOf(step);
  for (const item of byId('steps').children) {
    const index = STEPS.indexOf(item.dataset.step);
    item.classList.toggle('is-done', index < current);
    if (index === current) item.setAttribute('aria-current', 'step');
    else item.removeAttribute('aria-current');
  }
}

/** @param {{ claims: Record<string, unknown>, subject: string }} user */
export function showUser({ claims, subject }) {
  byId('who-name').textContent = String(claims.name ?? subject);
  byId('who-mail').textContent = String(claims.email ?? '');
  showClaims(byId('claims'), claims);
}

/** @param {{ tokens: number, calls: number }} counts */
export function showCounts({ tokens, calls }) {
  byId('count-token').textContent = `#${tokens}`;
  byId('count-renewals').textContent = String(Math.max(0, tokens - 1));
  byId('count-calls').textContent = String(calls);
}
