// Without the npm package: the toolchain's loader, the module, and globalThis.pkcewasm.
import { assert, check, done, equal } from '../harness/harness.js';
import { provider, times } from '../harness/scenario.js';

const options = { allowLoopbackHttp: true };
const redirectUri = `${location.origin}/callback.html`;

async function run(wasm = '/pkcewasm/pkce.wasm') {
  await new Promise((resolve, reject) => {
    document.head.append(Object.assign(document.createElement('script'), { src: '/pkcewasm/wasm_exec.js', onload: resolve, onerror: reject }));
  });
  const go = new globalThis.Go();
  const { instance } = await WebAssembly.instantiateStreaming(fetch(wasm), go.importObject);
  void go.run(instance);
  return globalThis.pkcewasm;
}

export async function start() {
  const pkce = await run();
  const { issuer, clientId, scope } = await provider();
  await check('verifier and challenge are synchronous', () => {
    const verifier = pkce.generateCodeVerifier();
    assert(/^[\w-]{43}$/.test(verifier), 'the verifier is not 43 characters of base64url');
    assert(/^[\w-]{43}$/.test(pkce.generateCodeChallenge(verifier)), 'the challenge is not 43 characters of base64url');
    // RFC 7636 appendix B
    equal(pkce.generateCodeChallenge('dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk'), 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM', 'challenge');
  });
  await check('a verifier of 42 or 129 characters is refused', () => {
    for (const length of [42, 129]) {
      const error = pkce.generateCodeChallenge('a'.repeat(length));
      assert(error instanceof Error, 'not an Error');
      equal(error.name, 'AuthError', 'name');
      equal(error.code, 'config', 'code');
    }
    for (const length of [43, 128]) equal(typeof pkce.generateCodeChallenge('a'.repeat(length)), 'string', `challenge of ${length} characters`);
  });
  const codeVerifier = pkce.generateCodeVerifier();
  const transaction = { codeVerifier, state: pkce.generateState(), nonce: pkce.generateNonce() };
  let url;
  await check('discovery and the authorization URL', async () => {
    const server = await pkce.discover(issuer, options);
    equal(server.issuer, issuer, 'issuer');
    sessionStorage.setItem('transaction', JSON.stringify({ ...transaction, server }));
    url = pkce.buildAuthorizationUrl(server, {
      clientId, redirectUri, scope, state: transaction.state, nonce: transaction.nonce,
      codeChallenge: pkce.generateCodeChallenge(codeVerifier), params: { prompt: 'consent' },
    }, options);
    assert(typeof url === 'string', `${url}`);
  });
  if (url) location.assign(url);
  else await done();
}

export async function callback() {
  const pkce = await run();
  const { clientId, user } = await provider();
  const { server, codeVerifier, state, nonce } = JSON.parse(sessionStorage.getItem('transaction') ?? '');
  /** @type {any} */
  let tokens;
  await check('callback and code exchange', async () => {
    equal(pkce.parseCallback(location.href, { state: `${state}x`, server }, options).code, 'state', 'code of the error for a wrong state');
    const { code } = pkce.parseCallback(location.href, { state, server }, options);
    tokens = await pkce.exchangeCode(server, { clientId, code, codeVerifier, redirectUri, nonce }, options);
    equal(tokens.tokenType, 'Bearer', 'tokenType');
    equal(tokens.claims.sub, user, 'sub');
  });
  if (!tokens) return done();
  await check('refresh', async () => {
    const fresh = await pkce.refreshTokens(server, { clientId, refreshToken: tokens.refreshToken }, options);
    assert(fresh.accessToken !== tokens.accessToken, 'the access token is the old one');
    tokens = { ...tokens, ...fresh };
  });
  await check('scheduled refresh', () => new Promise((resolve, reject) => {
    const schedule = pkce.scheduleRefresh(server, {
      clientId, tokens,
      onTokens(/** @type {any} */ fresh) {
        schedule.cancel();
        tokens = { ...tokens, ...fresh };
        resolve(undefined);
      },
      onError: reject,
    }, options);
  }));
  await check('revocation', () => pkce.revokeToken(server, { clientId, token: tokens.refreshToken, tokenTypeHint: 'refresh_token' }, options));
  await check('a client secret is refused in a page', async () => {
    const error = await pkce.refreshTokens(server, { clientId, clientSecret: 'secret', refreshToken: 'x' }, options).then(() => undefined, (/** @type {any} */ e) => e);
    equal(error?.code, 'config', 'code');
  });
  await done();
}
