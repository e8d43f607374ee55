// Pages, bundles and an instant OpenID provider on one port of loopback, in a process of its own: node server.mjs
// Answers of the token endpoint are signed ahead of time, so that what is measured is the library, not RSA.

import { createHash, createSign, generateKeyPairSync } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import http from 'node:http';
import { extname, join, normalize } from 'node:path';
import { metadata } from './peers.mjs';

const ROOT = import.meta.dirname;
const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const jwks = { keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'k1', alg: 'RS256', use: 'sig' }] };
const base64url = (json) => Buffer.from(JSON.stringify(json)).toString('base64url');
const header = base64url({ alg: 'RS256', typ: 'JWT', kid: 'k1' });
const sign = (claims) => {
  const input = `${header}.${base64url(claims)}`;
  return `${input}.${createSign('RSA-SHA256').update(input).sign(privateKey).toString('base64url')}`;
};

let origin, count = 0;

/** auth0-spa-js wants a slash at the end, msal-browser an https issuer. */
const issuer = (client) => ({ auth0: `${origin}/`, msal: 'https://idp.bench.example/' })[client] ?? origin;

function tokens(client, nonce) {
  const iat = Math.floor(Date.now() / 1000), iss = issuer(client), exp = iat + 3600, n = ++count;
  const user = { iss, sub: 'user-1', sid: 's1', iat, exp };
  return JSON.stringify({
    access_token: sign({ ...user, aud: 'https://api.bench.example', client_id: client, scope: 'openid profile email offline_access', jti: `a${n}` }),
    token_type: 'Bearer',
    expires_in: 3600,
    refresh_token: `${header}.${base64url({ ...user, typ: 'Refresh', jti: `r${n}` })}.c2ln`, // keycloak-js decodes it
    scope: 'openid profile email offline_access',
    id_token: sign({ ...user, aud: client, nonce, name: 'Bench User', email: 'user@bench.example', oid: 'user-1', preferred_username: 'user@bench.example' }),
  });
}

/** Prepared answers: to codes, and to a client's refreshes (renewed below, for libraries that look at iat). */
const codes = new Map(), refreshes = new Map();
setInterval(() => {
  for (const client of refreshes.keys()) refreshes.set(client, tokens(client));
}, 10_000).unref();

/** What the page knows after the authorization request: takes its parameters, answers with a code. */
function prepare({ client, nonce, challenge }) {
  const code = `c${++count}`;
  codes.set(code, { body: tokens(client, nonce), challenge });
  if (!refreshes.has(client)) refreshes.set(client, tokens(client));
  return { code };
}

function token(form) {
  const client = form.get('client_id');
  if (form.get('grant_type') === 'refresh_token') {
    if (!refreshes.has(client)) refreshes.set(client, tokens(client));
    return [200, refreshes.get(client)];
  }
  const grant = codes.get(form.get('code'));
  codes.delete(form.get('code'));
  const challenge = createHash('sha256').update(form.get('code_verifier') ?? '').digest('base64url');
  if (!grant || (grant.challenge && grant.challenge !== challenge)) return [400, '{"error":"invalid_grant"}'];
  return [200, grant.body];
}

// ---- files, and the network between them and the page
const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.mjs': 'text/javascript', '.wasm': 'application/wasm' };

function file(path) {
  const name = join(ROOT, normalize(path));
  if (!/^\/(pages|dist)\//.test(path) || !name.startsWith(ROOT)) return undefined;
  try {
    const compressed = statSync(`${name}.br`, { throwIfNoEntry: false });
    return { type: TYPES[extname(name)] ?? 'application/octet-stream', encoding: compressed && 'br', body: readFileSync(compressed ? `${name}.br` : name) };
  } catch {
    return undefined;
  }
}

/** Milliseconds before an answer starts, and bytes per millisecond of all answers together. Done here and not in the
 * browser, where the emulation does not reach the requests of workers. */
let network = { latency: 0, rate: Infinity };
let free = 0;
const pause = (until) => new Promise((resolve) => setTimeout(resolve, until - performance.now()));

async function deliver(response, body) {
  if (network.latency) await pause(performance.now() + network.latency);
  if (network.rate === Infinity) return response.end(body);
  for (let at = 0; at < body.length; at += 4096) {
    const chunk = body.subarray(at, at + 4096);
    free = Math.max(free, performance.now()) + chunk.length / network.rate;
    await pause(free);
    response.write(chunk);
  }
  response.end();
}

const text = async (request) => Buffer.concat(await request.toArray()).toString();

const server = http.createServer({ keepAliveTimeout: 120_000 }, async (request, response) => {
  const { pathname, searchParams } = new URL(request.url, origin);
  // Cross-origin isolated, for performance.measureUserAgentSpecificMemory and an exact clock.
  const headers = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' };
  const answer = (status, type, body, more = { 'Cache-Control': 'no-store' }) => {
    const bytes = Buffer.from(body);
    response.writeHead(status, { ...headers, 'Content-Type': type, 'Content-Length': bytes.length, ...more });
    return pathname.startsWith('/control/') ? response.end(bytes) : deliver(response, bytes);
  };
  const json = (object) => answer(200, 'application/json', JSON.stringify(object));
  switch (pathname) {
    case '/token':
    case '/oauth/token': { // auth0-spa-js knows no other
      const [status, body] = token(new URLSearchParams(await text(request)));
      return answer(status, 'application/json', body);
    }
    case '/control/prepare':
      return json(prepare(JSON.parse(await text(request))));
    case '/control/network':
      network = { latency: Number(searchParams.get('latency') ?? 0), rate: Number(searchParams.get('rate') ?? Infinity) };
      return json(network);
    case '/.well-known/openid-configuration':
      return json(metadata(origin));
    case '/jwks':
      return json(jwks);
    default: {
      const found = file(pathname);
      if (!found) return answer(404, 'text/plain', 'not found');
      const { type, encoding, body } = found;
      return answer(200, type, body, { 'Cache-Control': type === 'text/html' ? 'no-store' : 'public, max-age=31536000, immutable', ...(encoding && { 'Content-Encoding': encoding }) });
    }
  }
});
server.listen(0, '127.0.0.1', () => {
  origin = `http://localhost:${server.address().port}`;
  console.log(origin);
});
process.on('disconnect', () => process.exit());
