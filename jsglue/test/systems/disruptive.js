// Disruptive Technologies: a signed assertion for every token, renewed 60 s before it expires, and the countdown to that.

import assert from 'node:assert/strict';
import { createTokenSource } from '../../server.js';
import { advance } from './clock.js';
import { pkce, url, values } from './start.js';

const [keyId, secret, email, audience] = values;
const source = createTokenSource({
  pkce, server: { issuer: url, token_endpoint: `${url}/oauth2/token` }, leewaySeconds: 60, fetchOrigins: [url], allowLoopbackHttp: true,
  async grant() {
    const iat = Math.floor(Date.now() / 1000);
    const claims = { iat, exp: iat + 3600, aud: audience, iss: email, jti: undefined };
    return { grantType: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion: await pkce.signJwtAssertion({ algorithm: 'HS256', key: secret, keyId, claims }) };
  },
});

assert.equal(await (await source.fetch(`${url}/v2/projects`)).text(), '{"projects":[]}');
const renewsIn = () => Math.floor((Number(source.renewsAt) - Date.now()) / 1000);
let last = renewsIn();
assert.ok(last <= 3540 && last > 3500, `token expires in ${last} s`);
while (last > 5) { // a call every 5 seconds: 3538, 3533, 3528, ... 3
  advance(5000);
  assert.equal(await source.getAccessToken(), 'disruptive-1');
  assert.ok(renewsIn() <= last - 5 && renewsIn() > last - 15, `${renewsIn()} s after ${last} s`);
  last = renewsIn();
}
advance(5000);
assert.equal(await source.getAccessToken(), 'disruptive-2');
assert.ok(renewsIn() > 3500);

// Not 200: its body is reported, and there is no token once the old one has expired.
advance(3_590_000);
assert.equal(await source.getAccessToken(), 'disruptive-2');
advance(20_000);
const pause = source.getAccessToken();
await assert.rejects(pause, { code: 'oauth', oauthError: 'unauthorized_client', description: 'the account is disabled', status: 401 });
