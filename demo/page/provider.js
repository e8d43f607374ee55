// Which provider the demo has: the one that its server starts, or, on a static host, the one of pkcewasm/testing in a service worker.

/**
 * @typedef {object} Provider
 * @property {string} issuer
 * @property {(fault: string) => Promise<void>} fault makes it misbehave; '' ends that, 'revoked' ends all sessions
 * @property {boolean} isApart it is on another origin: the page cannot read what it holds
 */

/** @returns {Promise<any>} the configuration of the page */
export async function findProvider() {
  const config = await (await fetch('/config.json')).json();
  if (config.issuer) return { ...config, isApart: true, fault: (fault) => post(config.faults, new URLSearchParams({ fault })) };

  const { registerProvider } = await import('/pkcewasm/testing.js');
  const issuer = await registerProvider(`/provider-worker.js?seconds=${config.lifetimeSeconds}&client_id=${config.clientId}`);
  return { ...config, issuer, api: `${issuer}/userinfo`, isApart: false, fault: (fault) => post(`${issuer}/control`, JSON.stringify(orderOf(fault))) };
}

/** What this provider is told. @param {string} fault */
function orderOf(fault) {
  if (fault === 'revoked') return { endSession: true };
  const faults = { '429': { status: 429, retryAfterSeconds: 5 }, '503': { status: 503 }, 'lost': 'lost' };
  return { recover: true, ...(faults[fault] && { fail: { endpoint: 'token', fault: faults[fault], times: 1e6 } }) };
}

/** @param {string} address @param {BodyInit} body */
async function post(address, body) {
  const { ok } = await fetch(address, { method: 'POST', body });
  if (!ok) throw Object.assign(new Error('the provider did not understand'), { code: 'http' });
}
