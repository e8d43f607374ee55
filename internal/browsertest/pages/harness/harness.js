// The page side of site.go: runs checks, posts how each went, and goes to the page the test wants next.
// What it needs is captured now: a page may put a fake clock in place later.
const { fetch, setTimeout, JSON } = globalThis;

/** @param {string} path @param {unknown} body */
async function post(path, body) {
  // keepalive: a page may navigate away right after its last check
  await fetch(`/harness/${path}`, { method: 'POST', body: JSON.stringify(body), keepalive: true });
}

const describe = (/** @type {any} */ error) =>
  error instanceof Error ? `${error.name} ${'code' in error ? `[${error.code}] ` : ''}${error.message}\n${error.stack}` : String(error);

/**
 * Runs one check. It passes if `run` returns (what it returns is logged), fails if it throws or takes longer than `seconds`.
 * @param {string} name @param {() => unknown} run @param {number} [seconds]
 */
export async function check(name, run, seconds = 30) {
  try {
    const late = new Promise((_, reject) => {
      setTimeout(() => reject(new Error(`not settled after ${seconds} s`)), seconds * 1000);
    });
    const detail = await Promise.race([(async () => run())(), late]);
    await post('report', { name, pass: true, detail: detail === undefined ? '' : String(detail) });
    return true;
  } catch (error) {
    await post('report', { name, pass: false, detail: describe(error) });
    return false;
  }
}

/** Ends the page's part of the test. */
export async function done() {
  await post('done', {});
  location.replace(`/harness/idle.html`);
}

/** @param {unknown} condition @param {string} message */
export function assert(condition, message) {
  if (!condition) throw new Error(message);
}

/** @param {unknown} got @param {unknown} want @param {string} what */
export function equal(got, want, what) {
  if (!Object.is(got, want)) throw new Error(`${what}: got ${JSON.stringify(got)}, want ${JSON.stringify(want)}`);
}

/**
 * Expects an AuthError with this code, thrown or rejected, and returns it.
 * @param {string} code @param {() => unknown} run
 */
export async function rejects(code, run) {
  let value;
  try {
    value = await run();
  } catch (/** @type {any} */ error) {
    if (error?.code !== code) throw new Error(`expected an error with code ${code}, got ${describe(error)}`);
    return error;
  }
  throw new Error(`expected an error with code ${code}, got ${JSON.stringify(value)}`);
}

/** What the test told its pages. @returns {Promise<any>} */
export async function config() {
  return (await fetch('/config.json')).json();
}

addEventListener('error', (event) => void post('report', { name: 'uncaught error', pass: false, detail: `${event.message} ${event.filename}:${event.lineno}` }));
addEventListener('unhandledrejection', (event) => void post('report', { name: 'unhandled rejection', pass: false, detail: describe(event.reason) }));
