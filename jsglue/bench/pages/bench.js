// The harness in the page. The steps call it through window.H.

const TRANSACTIONS = [/^kc-callback-/, /^oidc\.[0-9a-f]{32}$/, /^oauth\.tx\./];
/** Records of sign-ins that nobody finishes must not pile up. */
const sweep = () => {
  for (const storage of [localStorage, sessionStorage]) {
    for (const key of Object.keys(storage)) if (TRANSACTIONS.some((form) => form.test(key))) storage.removeItem(key);
  }
};
const post = async (url, body) => (await fetch(url, { method: 'POST', body })).json();
const timed = async (run) => {
  const start = performance.now();
  await run();
  return performance.now() - start;
};

/** Linear memories of the modules that run in the page. */
const memories = [];
for (const name of ['instantiate', 'instantiateStreaming']) {
  const original = WebAssembly[name];
  WebAssembly[name] = async (...args) => {
    const result = await original(...args), { exports } = result.instance ?? result;
    memories.push(exports.memory ?? exports.mem);
    return result;
  };
}

const H = {
  linearMemory: () => memories.reduce((sum, memory) => sum + (memory?.buffer.byteLength ?? 0), 0),
  async open(bundle, config) {
    H.app = await import(`/dist/${bundle}/app.js`);
    H.config = { ...config, navigate: (url) => H.arrived?.(String(url)) };
    H.auth = await H.app.createAuth(H.config);
  },
  /** Starts a sign-in: the URL that the library would go to. */
  async loginUrl() {
    const url = new Promise((resolve) => { H.arrived = resolve; });
    const failed = H.auth.login()?.then(() => new Promise(() => {}));
    return new URL(await Promise.race([url, failed].filter(Boolean)));
  },
  /** What the provider does: the URL that it redirects back to. */
  async redirectBack(url) {
    const { searchParams: sent } = url;
    const { code } = await post('/control/prepare', JSON.stringify({ client: H.config.client_id, nonce: sent.get('nonce') ?? undefined, challenge: sent.get('code_challenge') }));
    const back = new URL(H.config.redirect_uri);
    back.searchParams.set('code', code);
    back.searchParams.set('state', sent.get('state'));
    return back.href;
  },
  async signIn() {
    const url = await H.redirectBack(await H.loginUrl());
    H.auth.beforeCallback?.(url);
    await H.auth.callback(url);
  },
  /** The request that is subtracted: fetch and nothing else. */
  bare: (parameters) => post(H.config.metadata.token_endpoint, new URLSearchParams({ client_id: H.config.client_id, ...parameters })),

  async exchanges(n, warm) {
    const library = [], bare = [];
    for (let i = -warm; i < n; i++) {
      sweep();
      const url = await H.redirectBack(await H.loginUrl());
      const { code } = await post('/control/prepare', JSON.stringify({ client: H.config.client_id }));
      if (H.auth.beforeCallback) {
        H.auth.beforeCallback(url);
        await new Promise((resolve) => { setTimeout(resolve, 40); });
      }
      await H.pair(i, library, bare, () => H.auth.callback(url), () => H.bare({ grant_type: 'authorization_code', code, redirect_uri: H.config.redirect_uri, code_verifier: 'x'.repeat(43) }));
    }
    return { library, bare };
  },
  async refreshes(n, warm) {
    const library = [], bare = [];
    for (let i = -warm; i < n; i++) await H.pair(i, library, bare, () => H.auth.refresh(), () => H.bare({ grant_type: 'refresh_token', refresh_token: 'r' }));
    return { library, bare };
  },
  /** One call of each, in turns, so that both see the same machine. */
  async pair(i, library, bare, run, request) {
    const first = i % 2 ? await timed(run) : await timed(request);
    const second = i % 2 ? await timed(request) : await timed(run);
    if (i < 0) return;
    library.push(i % 2 ? first : second);
    bare.push(i % 2 ? second : first);
  },
  /** Calls per second while a valid token is at hand. */
  async cachedTokens(n) {
    let token;
    const run = async (times) => {
      for (let i = 0; i < times; i++) token = await H.auth.token();
    };
    await run(n / 5);
    if (typeof token !== 'string' || token.length < 100) throw new Error('no token');
    return (n / (await timed(() => run(n)))) * 1000;
  },
  /** Verifier and challenge: pairs per second in a row, and microseconds for one, each after the one before. */
  async pairs(bundle, name, n) {
    const make = await (await import(`/dist/${bundle}/app.js`))[name]();
    await check(await make());
    const loop = async (times) => { // awaits only what is a promise: most are, ours is not
      for (let i = 0; i < times; i++) {
        const pair = make();
        if (pair instanceof Promise) await pair;
      }
    };
    await loop(n);
    const rate = (n / (await timed(() => loop(n)))) * 1000, single = [];
    for (let i = 0; i < 50; i++) single.push((await timed(() => loop(20))) * 50); // one is less than the clock can tell
    return { rate, single };
  },
};

const decode = (text) => Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0));
async function check([verifier, challenge]) {
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier)));
  if (!/^[\w.~-]{43,128}$/.test(verifier) || decode(challenge).join() !== hash.join()) throw new Error('not a PKCE pair');
}

window.H = H;
