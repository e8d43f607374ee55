// Makes verifier and challenge pairs for the page to show.

import { loadPkce } from '/pkcewasm/index.js';

let loading;

onmessage = async ({ data: { wasm } }) => {
  try {
    const pkce = await (loading ??= loadPkce({ wasm }));
    const verifier = pkce.generateCodeVerifier();
    const challenge = pkce.generateCodeChallenge(verifier);
    postMessage({ verifier, challenge, version: pkce.version });
  } catch (error) {
    loading = undefined;
    postMessage({ error: { code: error.code ?? 'wasm_load', message: error.message } });
  }
};
