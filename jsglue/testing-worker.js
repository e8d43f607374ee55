// A service worker that is a provider: at `provider` below its scope, with a sign-in page. See registerProvider in testing.d.ts.

import { createState, openProvider } from './testing-provider.js';

const scope = /** @type {any} */ (globalThis);
const { searchParams } = new URL(scope.location.href);
const issuer = `${scope.registration.scope}provider`;
const options = { issuer, clientId: searchParams.get('client_id') ?? 'app', accessTokenSeconds: Number(searchParams.get('seconds') ?? 300) };
/** Where the state waits while the service worker does not run. */
const CACHE = 'pkcewasm-testing', STATE = `${issuer}/state`;
/** One request at a time: each reads the state and writes it. @type {Promise<unknown>} */
let queue = Promise.resolve();

scope.addEventListener('install', () => scope.skipWaiting());
for (const type of ['activate', 'message']) scope.addEventListener(type, (/** @type {any} */ event) => event.waitUntil(scope.clients.claim()));
scope.addEventListener('fetch', (/** @type {any} */ event) => {
  if (!event.request.url.startsWith(`${issuer}/`)) return;
  const answer = queue.then(() => serve(event.request));
  queue = answer.catch(() => {});
  event.respondWith(answer);
});

/** @param {Request} request @returns {Promise<Response>} */
async function serve(request) {
  const cache = await scope.caches.open(CACHE);
  const kept = await cache.match(STATE);
  const state = kept ? await kept.json() : await createState();
  try {
    return await answer(openProvider(options, state), request);
  } finally {
    await cache.put(STATE, new Response(JSON.stringify(state)));
  }
}

/** @param {ReturnType<typeof openProvider>} provider @param {Request} request */
async function answer(provider, request) {
  const url = new URL(request.url);
  const { pathname } = new URL(issuer);
  switch (url.pathname.slice(pathname.length)) {
    case '/authorize':
    case '/decide': {
      const decision = url.searchParams.get('decision');
      const to = new URL(url);
      to.searchParams.delete('decision');
      if (decision || url.searchParams.get('prompt') === 'none' || searchParams.has('auto')) return Response.redirect(await provider.authorize(to, { deny: decision === 'deny' }), 303);
      return page(url, provider.user);
    }
    case '/logout': {
      provider.endSession();
      const back = url.searchParams.get('post_logout_redirect_uri');
      return back ? Response.redirect(back, 303) : html('<h1>You are signed out</h1>');
    }
    case '/control': {
      const { fail, recover, endSession } = await request.json();
      if (recover) provider.recover();
      if (fail) provider.fail(fail.endpoint, fail.fault, fail.times);
      if (endSession) provider.endSession();
      return new Response(null, { status: 204 });
    }
    default: return provider.fetch(request);
  }
}

/** @param {URL} url @param {Record<string, any>} user */
function page({ searchParams: request }, user) {
  const fields = [...request].map(([name, value]) => `<input type="hidden" name="${escape(name)}" value="${escape(value)}">`).join('');
  return html(`<h1>Sign in</h1>
<p>A provider for tests, in a service worker of this site. It asks for no password.</p>
<form action="${escape(issuer)}/decide">${fields}
<button name="decision" value="allow">Sign in as ${escape(String(user.name ?? user.sub))}</button>
<button name="decision" value="deny">Cancel</button>
</form>`);
}

/** @param {string} body */
function html(body) {
  return new Response(`<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark"><link rel="icon" href="data:,"><title>Sign in</title>
<style>
body { font: 16px/1.5 system-ui; max-width: 30em; margin: 4em auto; padding: 0 1em }
button { font: inherit; min-height: 2.75em; padding: 0 1.25em; margin: 0 .5em .5em 0; border: 1px solid; border-radius: .5em; background: none; cursor: pointer }
button:first-of-type { border-color: #0b6580; background: #0b6580; color: #fff }
</style>
<body>${body}</body></html>`, { headers: { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' } });
}

/** @param {string} text */
function escape(text) {
  return text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
}
