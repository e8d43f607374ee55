// storage: 'indexeddb' where there is no database, as in Node, or where the user blocks it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createClient } from '../index.js';
import { startProvider } from './provider.js';

const blocked = { open() { throw new Error('SecurityError'); } };
const failing = {
  open() {
    const request = /** @type {any} */ ({ error: new Error('UnknownError') });
    setTimeout(() => request.onerror());
    return request;
  },
};

for (const [name, database] of Object.entries({ absent: undefined, blocked, failing })) {
  test(`with the database ${name}, the session lives in memory, and an event says so`, async (t) => {
    const provider = await startProvider();
    /** @type {any} */ (globalThis).indexedDB = database;
    const client = await createClient({ issuer: provider.issuer, clientId: 'app', redirectUri: 'http://127.0.0.1:4000/', isolation: 'none', storage: 'indexeddb', allowLoopbackHttp: true });
    t.after(async () => {
      await client.close();
      await provider.stop();
      Reflect.deleteProperty(globalThis, 'indexedDB');
    });
    const event = await new Promise((resolve) => client.on('degraded', resolve));
    assert.equal(event.feature, 'storage');
    let url = '';
    await client.signInRedirect({ navigate: (to) => { url = to; } });
    await client.handleRedirectCallback(provider.signIn(url));
    await client.refresh();
    assert.equal(await client.getAccessToken(), provider.accessToken);
  });
}
