// What an application adds around a library that has no client of its own: a record of the sign-in, the tokens, one
// refresh at a time, a timer.

const KEY = 'oauth.tx.', MAX_DELAY = 2 ** 31 - 1;

export const go = (config, url) => (config.navigate ? config.navigate(String(url)) : location.assign(url));

export const save = (transaction) => sessionStorage.setItem(KEY + transaction.state, JSON.stringify(transaction));

export function take(url) {
  const callback = new URL(url), key = KEY + callback.searchParams.get('state'), text = sessionStorage.getItem(key);
  if (!text) throw new Error('unknown state');
  sessionStorage.removeItem(key);
  return { callback, transaction: JSON.parse(text) };
}

export function keep(leeway, fetchTokens) {
  let tokens, expires, timer, flight;
  const arm = () => {
    clearTimeout(timer);
    const delay = expires - leeway * 1000 - Date.now();
    timer = setTimeout(() => (delay > MAX_DELAY ? arm() : refresh().catch(() => {})), Math.max(0, Math.min(delay, MAX_DELAY)));
  };
  const set = (answer) => {
    tokens = { ...tokens, ...answer };
    expires = Date.now() + (answer.expires_in ?? 3600) * 1000;
    arm();
    return tokens;
  };
  const refresh = () => (flight ??= fetchTokens(tokens.refresh_token).then(set).finally(() => { flight = undefined; }));
  return { set, refresh, token: async () => (Date.now() < expires - 5000 ? tokens : await refresh()).access_token };
}
