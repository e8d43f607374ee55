// No library: WebCrypto and fetch by hand, without a single check. The lower bound.

import { go, keep, save, take } from './_glue.mjs';

const base64url = (bytes) => (bytes.toBase64
  ? bytes.toBase64({ alphabet: 'base64url', omitPadding: true })
  : btoa(String.fromCharCode(...bytes)).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, ''));
const random = () => base64url(crypto.getRandomValues(new Uint8Array(32)));
const encoder = new TextEncoder();
const challenge = async (verifier) => base64url(new Uint8Array(await crypto.subtle.digest('SHA-256', encoder.encode(verifier))));

export async function createAuth(config) {
  const post = async (parameters) => {
    const response = await fetch(config.metadata.token_endpoint, { method: 'POST', body: new URLSearchParams({ client_id: config.client_id, ...parameters }) });
    if (!response.ok) throw new Error(response.status);
    return response.json();
  };
  const keeper = keep(config.leeway, (refreshToken) => post({ grant_type: 'refresh_token', refresh_token: refreshToken }));
  return {
    ...keeper,
    async login() {
      const verifier = random(), state = random(), nonce = random();
      save({ state, nonce, verifier });
      go(config, `${config.metadata.authorization_endpoint}?${new URLSearchParams({
        response_type: 'code', client_id: config.client_id, redirect_uri: config.redirect_uri, scope: config.scope, state, nonce,
        code_challenge: await challenge(verifier), code_challenge_method: 'S256',
      })}`);
    },
    async callback(url) {
      const { callback, transaction } = take(url);
      keeper.set(await post({ grant_type: 'authorization_code', code: callback.searchParams.get('code'), redirect_uri: config.redirect_uri, code_verifier: transaction.verifier }));
    },
  };
}

export const createPairs = () => async () => {
  const verifier = random();
  return [verifier, await challenge(verifier)];
};
