// Checked by tsc, never run: the public types as an application in strict TypeScript uses them.

import { AuthError, createClient, loadPkce, type Client, type ClientConfig, type TokenSet, type User } from 'pkcewasm';
import type * as declared from 'pkcewasm';
import * as implemented from '../index.js';
import axios from 'axios';
import { attachTo, createFetch } from 'pkcewasm/axios';
import { createTokenSource, signJwtAssertion } from 'pkcewasm/server';
import type * as declaredServer from 'pkcewasm/server';
import * as implementedServer from '../server.js';
import type * as declaredAxios from 'pkcewasm/axios';
import * as implementedAxios from '../axios.js';
import type * as declaredCallback from 'pkcewasm/callback';
import * as implementedCallback from '../callback-page.js';
import { diagnose } from 'pkcewasm/diagnose';
import type * as declaredDiagnose from 'pkcewasm/diagnose';
import * as implementedDiagnose from '../diagnose.js';
import { createClock, createProvider, registerProvider } from 'pkcewasm/testing';
import type * as declaredTesting from 'pkcewasm/testing';
import * as implementedTesting from '../testing.js';
import { AuthProvider, useAuth } from 'pkcewasm/react';
import type * as declaredReact from 'pkcewasm/react';
import * as implementedReact from '../react.js';
import { createAuth, useAuth as useAuthInVue } from 'pkcewasm/vue';
import type * as declaredVue from 'pkcewasm/vue';
import * as implementedVue from '../vue.js';
import { createElement, type ReactElement } from 'react';
import { createApp } from 'vue';

export const reactConforms: typeof declaredReact = implementedReact;
export const vueConforms: typeof declaredVue = implementedVue;
export const testingConforms: typeof declaredTesting = implementedTesting;
export const conforms: typeof declared = implemented;
export const callbackConforms: typeof declaredCallback = implementedCallback;
export const diagnoseConforms: typeof declaredDiagnose = implementedDiagnose;
export const axiosConforms: typeof declaredAxios = implementedAxios;
export const serverConforms: typeof declaredServer = implementedServer;

export async function application(): Promise<void> {
  const config: ClientConfig = { issuer: 'https://id.example', clientId: 'app', redirectUri: 'https://app.example/' };
  const client: Client = await createClient({ ...config, refresh: { leewaySeconds: 30 }, fetchOrigins: ['https://api.example'] });
  const stop: () => void = client.on('refreshFailed', ({ error, willRetry, nextAt }) => {
    const texts: [string, boolean, number | undefined] = [error.code, willRetry, nextAt];
    void texts;
  });
  client.on('signedIn', ({ user }) => void (user.claims.email satisfies unknown));
  // @ts-expect-error: no such event
  client.on('signedin', () => {});
  // @ts-expect-error: no secrets
  await createClient({ ...config, clientSecret: 'x' });
  // @ts-expect-error: issuer is needed
  await createClient({ clientId: 'app', redirectUri: 'https://app.example/' });

  if (client.isRedirectCallback()) {
    const { user, returnTo }: { user: User; returnTo?: string } = await client.handleRedirectCallback(new URL(location.href));
    void [user.subject, returnTo];
  }
  const token: string = await client.getAccessToken({ minValiditySeconds: 30, signal: AbortSignal.timeout(5) });
  const response: Response = await client.fetch(new Request('https://api.example'), { headers: { accept: token } });
  const detach: () => void = attachTo(axios.create(), client);
  detach();
  await createFetch(client)('https://api.example');
  await createClient({ ...config, storage: 'indexeddb', transaction: 'session' });
  // @ts-expect-error: no such storage
  await createClient({ ...config, storage: 'localStorage' });
  const user: User | undefined = client.getUser();
  void [response.ok, user?.expiresAt];
  const elsewhere: void = await client.signInRedirect({ navigate: (url) => void url });
  void elsewhere;
  const inPopup: User = await client.signInPopup({ prompt: 'login', signal: AbortSignal.timeout(5) });
  const silently: User = await client.signInSilent({ loginHint: 'alice' });
  // @ts-expect-error: it is always none
  await client.signInSilent({ prompt: 'login' });
  await createClient({ ...config, restore: 'silent' });
  void [inPopup, silently];
  const { sub, email }: declared.UserInfo = await client.fetchUserInfo({ signal: AbortSignal.timeout(5) });
  void [sub, email satisfies unknown];
  const { status, findings }: declared.Report = await client.diagnose();
  const again: declared.Report = await diagnose(config);
  void [status satisfies 'ok' | 'warning' | 'problem', findings[0].check, again];
  // @ts-expect-error: read-only
  findings[0].message = '';
  await client.signOut({ local: true });
  stop();
  await client.close();
  try {
    const never: never = await client.signInRedirect({ returnTo: '/' });
    void never;
  } catch (error) {
    if (error instanceof AuthError && error.code === 'rate_limited') void (error.retryAfterSeconds satisfies number | undefined);
    // @ts-expect-error: no such code
    if (error instanceof AuthError && error.code === 'whatever') return;
  }
}

export async function stateless(): Promise<TokenSet> {
  const pkce: declared.Pkce = await loadPkce({ wasm: new URL('https://cdn.example/pkce.wasm') });
  const server = await pkce.discover('https://id.example', { timeoutMs: 5000 });
  const claims: declared.IdTokenClaims = await pkce.validateIdToken(server, { idToken: 'x', clientId: 'app', nonce: 'n', maxAge: 60, accessToken: 'a' });
  void claims.sub;
  const codeVerifier: string = pkce.generateCodeVerifier();
  const url: string = pkce.buildAuthorizationUrl(server, { clientId: 'a', redirectUri: 'https://b.example', state: pkce.generateState(), codeChallenge: pkce.generateCodeChallenge(codeVerifier) });
  const { code } = pkce.parseCallback(url, { state: 'x', server });
  const tokens = await pkce.exchangeCode(server, { clientId: 'a', code, codeVerifier, redirectUri: 'https://b.example' });
  const info = await pkce.fetchUserInfo(server, { accessToken: tokens.accessToken, expectedSubject: tokens.claims?.sub });
  const away: string = pkce.buildSignOutUrl(server, { idTokenHint: tokens.idToken, postLogoutRedirectUri: 'https://b.example' });
  void [info.sub, away];
  const schedule = pkce.scheduleRefresh(server, { clientId: 'a', tokens, onTokens: ({ expiresAt }) => void (expiresAt satisfies number | undefined) });
  // @ts-expect-error: read-only
  schedule.nextAt = 5;
  return schedule.refreshNow();
}

export async function service(): Promise<void> {
  const server = { issuer: 'https://id.example', token_endpoint: 'https://id.example/token' };
  const pkce = await loadPkce();
  const tokens: TokenSet = await pkce.requestTokens(server, 'client_credentials', { clientId: 'a', clientSecret: 's', clientAuth: 'basic', resource: ['https://api.example'] });
  const source = createTokenSource({ server, grant: { grantType: 'client_credentials', clientId: 'a', clientSecret: tokens.accessToken }, leewaySeconds: 10, pkce });
  const signed = createTokenSource({
    server, fetchOrigins: ['https://api.example'],
    grant: async () => ({ grantType: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion: await signJwtAssertion({ algorithm: 'HS256', key: 's', claims: { iss: 'a', aud: 'b' } }) }),
  });
  attachTo(axios.create(), source)();
  const token: string = await signed.getAccessToken({ signal: AbortSignal.timeout(5), forceRefresh: true });
  const response: Response = await createFetch(source)('https://api.example', { headers: { accept: token } });
  void [response.ok, source.expiresAt satisfies number | undefined, source.renewsAt satisfies number | undefined];
  // @ts-expect-error: no such algorithm
  await pkce.signJwtAssertion({ algorithm: 'none', key: 's', claims: { iss: 'a', aud: 'b' } });
}

export async function test(): Promise<void> {
  const clock = createClock();
  const provider = await createProvider({ user: { sub: 'bob', roles: ['admin'] }, accessTokenSeconds: 60 });
  const uninstall: () => void = provider.install();
  const user: User = await provider.signIn(await createClient({ issuer: provider.issuer, clientId: provider.clientId, redirectUri: 'https://app.example/', isolation: 'none' }), { prompt: 'login' });
  provider.fail('token', { status: 503, retryAfterSeconds: 5 }, 2);
  // @ts-expect-error: no such endpoint
  provider.fail('tokens', 'network');
  await clock.sleep((user.expiresAt - Date.now()) / 1000 + 1);
  const issuer: string = await registerProvider('/provider-worker.js?seconds=30');
  void [uninstall, issuer, provider.requests[0].status satisfies number];
}

export function views(config: ClientConfig): ReactElement {
  createApp({ setup: () => ({ name: useAuthInVue().user.value?.subject satisfies string | undefined }) }).use(createAuth(config, { onSignedIn: ({ returnTo }) => void returnTo }));
  const Name = () => createElement('p', null, useAuth().user?.subject ?? useAuth().error?.code);
  return createElement(AuthProvider, { config, onSignedIn: ({ user }) => void user.subject }, createElement(Name));
}
