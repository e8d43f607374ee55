// ThingPark: one token for many requests of fetch and axios, renewed 10 s before it expires, or 30 s as in the example for a shell.

import axios from 'axios';
import assert from 'node:assert/strict';
import { attachTo } from '../../axios.js';
import { createTokenSource } from '../../server.js';
import { advance } from './clock.js';
import { pkce, url, values } from './start.js';

const [clientId, clientSecret, leeway] = values;
const leewaySeconds = Number(leeway);
const source = createTokenSource({
  pkce, server: { issuer: url, token_endpoint: `${url}/users-auth/protocol/openid-connect/token` }, grant: { grantType: 'client_credentials', clientId, clientSecret },
  leewaySeconds, fetchOrigins: [url], allowLoopbackHttp: true,
});
const devices = '/thingpark/wireless/rest/subscriptions/mine/devices', headers = { Accept: 'application/json' };
const http = axios.create({ baseURL: url });
attachTo(http, source);
const call = async (/** @type {number} */ i) => {
  const status = i % 2 ? (await http.get(devices, { headers })).status : (await source.fetch(url + devices, { headers })).status;
  assert.equal(status, 200);
};

await Promise.all(Array.from({ length: 20 }, (_, i) => call(i)));
assert.equal(Number(source.expiresAt) - Number(source.renewsAt), leewaySeconds * 1000);
advance((300 - leewaySeconds - 5) * 1000);
await call(0);
assert.equal(await source.getAccessToken(), 'thingpark-1');
advance(5_000);
await call(1);
await call(2);
assert.equal(await source.getAccessToken(), 'thingpark-2');
