// The demo: starts a client, lets people press its buttons, and shows what it reports.
//
//   main.js         starts and connects everything
//   view.js         state, person, steps           claims.js    claims of the ID token
//   countdown.js    the ring                       timeline.js  lanes, bars and marks
//   log.js          what happened                  notices.js   what went wrong
//   proof.js        verifier and challenge (with proof-worker.js)      callback.js   the page that pop-ups come back to
//   words.js        error codes in plain words     ticker.js    the clock of all that moves
//   tabs.js         what other tabs see            workbench.js faults, isolation, diagnosis
//   provider.js     where the provider is          provider-worker.js   one for static hosts
//   experiment.js   the attack on this page        walker.js    what a script can reach

import { createClient } from '/pkcewasm/index.js';
import { createCountdown } from '/countdown.js';
import { createLog } from '/log.js';
import { createNotices } from '/notices.js';
import { createProof } from '/proof.js';
import { findProvider } from '/provider.js';
import { every } from '/ticker.js';
import { createTabs } from '/tabs.js';
import { createTimeline } from '/timeline.js';
import { byId, showCounts, showState, showStep, showUser } from '/view.js';
import { clock, duration, explain } from '/words.js';
import { addressOf, isolationOf, startWorkbench } from '/workbench.js';

const PLACES = { shared: 'in a worker that all tabs share', dedicated: 'in a worker of its own', none: 'in the page itself' };
const log = createLog(byId('log'));
const notices = createNotices(byId('notices'));

start().catch((error) => {
  showState('broken');
  complain('start', error);
});

async function start() {
  showState('starting');
  const config = await findProvider();
  const api = new URL(config.api);
  byId('api-url').textContent = api.origin === location.origin ? api.pathname : config.api;
  byId('about-page').textContent = location.host;
  byId('about-provider').textContent = new URL(config.issuer).host;
  startProof(config.wasmUrl);

  const began = performance.now();
  const isolation = isolationOf(location);
  byId('place').textContent = PLACES[isolation];
  if (isolation === 'none') byId('keeping').textContent = 'in this page';
  const client = await createClient({
    issuer: config.issuer,
    clientId: config.clientId,
    redirectUri: addressOf(isolation),
    popupRedirectUri: `${location.origin}/callback.html`,
    postLogoutRedirectUri: addressOf(isolation),
    scope: config.scope,
    isolation,
    fetchOrigins: [api.origin],
    allowLoopbackHttp: true,
    wasmUrl: config.wasmUrl,
  });
  log.add('info', `The client is ready, ${PLACES[isolation]}.`, `${Math.round(performance.now() - began)} ms`);

  const session = showSession(client, config.lifetimeSeconds * 1000, isolation);
  startWorkbench(client, config, { isolation, log, busy, complain });
  byId('sign-in').addEventListener('click', () => signIn(client));
  byId('sign-in-popup').addEventListener('click', () => signInPopup(client));
  byId('sign-out').addEventListener('click', () => signOut(client));
  byId('renew').addEventListener('click', (event) => renew(client, session, event.currentTarget));
  byId('call').addEventListener('click', (event) => call(client, session, config.api, event.currentTarget));

  if (client.isRedirectCallback()) await finishSignIn(client);
  else if (client.getUser()) session.join(client.getUser());
  else showState('out');
}

/** Follows the events of the client. */
function showSession(client, lifetimeMs, isolation) {
  const timeline = createTimeline(document.querySelector('#timeline svg'), { lifetimeMs });
  const lane = createTabs(timeline, { name: isolation === 'none' ? 'no isolation' : isolation, onCount: (count) => { byId('tab-count').textContent = count === 1 ? 'One tab' : `${count} tabs`; } });
  every(timeline.draw);
  const countdown = createCountdown({ ring: byId('ring'), number: byId('ring-number'), unit: byId('ring-unit') });
  const session = { lane, tokens: 0, calls: 0, asked: false, calling: false, failures: 0, token: undefined, cause: undefined };
  let ticking = false;

  function received(user, how, at = Date.now()) {
    session.tokens++;
    session.token = { at, expiresAt: user.expiresAt };
    const title = `Token ${session.tokens}, ${how === 'told' ? 'renewed by the shared worker' : how} at ${clock(at)}`;
    lane.token({ number: session.tokens, at, expiresAt: user.expiresAt, how, title });
    countdown.show(session.token);
    showUser(user);
    showCounts(session);
    showStep('renew');
    byId('timeline-empty').hidden = true;
    byId('timeline-summary').textContent = `${session.tokens} access tokens so far. The newest expires at ${clock(user.expiresAt)}.`;
    if (!ticking) every(countdown.draw);
    ticking = true;
  }

  session.join = (user) => {
    received(user, 'told', Math.min(Date.now(), user.expiresAt - lifetimeMs));
    showState('in');
    log.add('good', 'You were signed in already: the shared worker has the session.');
  };

  function failed(error, sentence) {
    session.failures++;
    lane.mark('failed', Date.now(), sentence);
    log.add('warn', sentence, error.oauthError ?? error.code);
  }

  client.on('signedIn', ({ user }) => {
    Object.assign(session, { tokens: 0, calls: 0 });
    received(user, 'received');
    showState('in');
    log.add('good', `Signed in. The first access token lives ${duration(user.expiresAt - Date.now())}.`);
    if (isolation !== 'none') log.add('info', 'The refresh token stays in the worker: this page never gets to see it.');
  });
  client.on('refreshed', ({ user }) => {
    const left = (session.token?.expiresAt ?? 0) - Date.now();
    received(user, isolation === 'shared' && !session.asked && !session.calling ? 'told' : 'renewed');
    notices.hide('renewal');
    const why = session.asked ? 'because you asked' : session.calling ? 'for the API call' : session.cause === 'demand' ? 'on demand' : 'by timer';
    const when = left > 0 ? `${duration(left)} before the old token would have expired` : 'after the old token had expired';
    log.add('good', `Renewed ${why}, ${when}.`);
    session.asked = false;
  });
  client.on('trace', ({ step, reason }) => {
    if (step === 'send') session.cause = reason;
  });
  client.on('refreshFailed', ({ error, willRetry, nextAt }) => {
    const { title, text, code } = explain(error);
    const again = willRetry ? ` The session is kept. It is tried again when a token is needed${nextAt ? `, and by itself in ${duration(nextAt - Date.now())}` : ''}.` : '';
    failed(error, `A renewal failed: ${lowerFirst(title)}.`);
    notices.show('renewal', { kind: 'warn', title, text: text + again, code });
  });
  client.on('expiring', () => log.add('warn', 'The access token runs out soon.'));
  client.on('expired', () => log.add('warn', 'The access token has expired.'));
  client.on('crashed', () => complain('crash', { code: 'crashed' }));
  client.on('degraded', ({ feature, reason }) => log.add('warn', `Something works in a lesser way: ${reason ?? feature}.`, feature));
  client.on('signedOut', ({ reason }) => {
    lane.end(Date.now());
    session.token = undefined;
    countdown.show(undefined);
    notices.hide('renewal');
    if (reason === 'logout' || reason === 'logout_other_tab') log.add('info', 'Signed out: the tokens are gone.');
    else if (reason !== 'crashed') complain('session', { code: 'session_expired', oauthError: reason });
    if (document.body.dataset.state === 'in') {
      const hadFocus = byId('session').contains(document.activeElement);
      showState('out');
      showStep('');
      if (hadFocus) byId('sign-in').focus();
    }
  });
  return session;
}

async function startProof(wasmUrl) {
  const proof = createProof({
    wasmUrl,
    verifier: byId('verifier'),
    challenge: byId('challenge'),
    verifierBytes: byId('verifier-bytes'),
    challengeBytes: byId('challenge-bytes'),
    check: byId('proof-check'),
  });
  byId('proof-again').addEventListener('click', () => proof.make().catch((error) => complain('proof', error)));
  try {
    const { version } = await proof.make();
    byId('about-module').textContent = `pkcewasm ${version}, module ${wasmUrl}`;
  } catch (error) {
    complain('proof', error);
  }
}

async function signIn(client) {
  for (const id of ['sign-in', 'session']) notices.hide(id);
  showState('leaving');
  showStep('prove');
  try {
    await client.signInRedirect();
  } catch (error) {
    showState('out');
    showStep('');
    if (error.code !== 'aborted') complain('sign-in', error);
  }
}

async function signInPopup(client) {
  for (const id of ['sign-in', 'session']) notices.hide(id);
  const signingIn = client.signInPopup(); // in the click itself: after an await the browser would block the window
  showState('popup');
  showStep('sign-in');
  try {
    await signingIn;
  } catch (error) {
    if (document.body.dataset.state !== 'popup') return; // it went on without that window
    showState('out');
    showStep('');
    complain('sign-in', error);
  }
}

async function finishSignIn(client) {
  showState('returning');
  showStep('exchange');
  try {
    const done = client.handleRedirectCallback();
    log.add('info', 'Back from the provider. Its answer has been taken out of the address bar.');
    await done;
  } catch (error) {
    showState('out');
    showStep('');
    complain('sign-in', error);
  }
}

async function renew(client, session, button) {
  session.asked = true;
  const { failures } = session;
  await busy(button, async () => {
    try {
      await client.refresh();
      byId('status').textContent = 'The access token was renewed.';
    } catch (error) {
      session.asked = false;
      const isShown = session.failures > failures || error.code === 'session_expired';
      if (!isShown) complain('renewal', error);
    }
  });
}

async function call(client, session, url, button) {
  await busy(button, async () => {
    const began = performance.now();
    session.calling = true;
    try {
      const response = await client.fetch(url);
      const body = await response.json();
      session.calls++;
      session.lane.mark(response.ok ? 'call' : 'failed', Date.now(), `API call, status ${response.status}`);
      body.message ??= `Hello, ${body.name ?? body.sub}.`; // the userinfo endpoint, on a static host
      byId('answer-text').textContent = body.message;
      byId('answer-facts').textContent =
        `Status ${response.status} after ${Math.round(performance.now() - began)} ms.` +
        (response.ok && body.tokenExpiresSeconds ? ` The token had ${duration(body.tokenExpiresSeconds * 1000)} to live.` : '');
      byId('status').textContent = `The API answered: ${body.message}`;
      log.add(response.ok ? 'good' : 'bad', `The API answered: ${body.message}`, `status ${response.status}`);
      showCounts(session);
      notices.hide('call');
    } catch (error) {
      session.lane.mark('failed', Date.now(), 'API call failed');
      complain('call', error instanceof TypeError ? { code: 'api' } : error); // a TypeError as from window.fetch
    } finally {
      session.calling = false;
    }
  });
}

async function signOut(client) {
  await busy(byId('sign-out'), async () => {
    try {
      await client.signOut();
    } catch (error) {
      complain('sign-out', error);
    }
  });
}

/** Keeps a button from being pressed twice, without taking the focus away from it. */
async function busy(button, work) {
  if (button.getAttribute('aria-busy') === 'true') return;
  button.setAttribute('aria-busy', 'true');
  try {
    await work();
  } finally {
    button.removeAttribute('aria-busy');
  }
}

function complain(id, error) {
  const words = explain(error);
  notices.show(id, words);
  log.add(words.kind, `${words.title}. ${words.text}`, words.code);
}

function lowerFirst(text) {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
