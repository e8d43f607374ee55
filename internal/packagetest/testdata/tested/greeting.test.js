// @vitest-environment jsdom
import { createClient } from 'pkcewasm';
import { createClock, createProvider } from 'pkcewasm/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { showGreeting } from './greeting.js';

let clock, provider, uninstall, client;

beforeEach(async () => {
  clock = createClock();
  provider = await createProvider();
  uninstall = provider.install();
  client = await createClient({
    issuer: provider.issuer, clientId: provider.clientId, redirectUri: `${location.origin}/`, scope: 'openid offline_access', isolation: 'none', allowLoopbackHttp: true,
  });
  showGreeting(client, document.body);
});

afterEach(async () => {
  await client.close();
  uninstall();
  clock.uninstall();
});

test('greets who signs in', async () => {
  expect(document.body.textContent).toBe('Hello stranger');
  await provider.signIn(client);
  expect(document.body.textContent).toBe('Hello Alice Liddell');
});

test('still does after a night', async () => {
  await provider.signIn(client);
  await clock.sleep(8 * 3600);
  expect(provider.accepts(await client.getAccessToken())).toBe(true);
  expect(document.body.textContent).toBe('Hello Alice Liddell');
});

test('and no longer when the provider has ended the session', async () => {
  await provider.signIn(client);
  provider.endSession();
  await expect(client.refresh()).rejects.toMatchObject({ code: 'session_expired' });
  expect(document.body.textContent).toBe('Hello stranger');
});
