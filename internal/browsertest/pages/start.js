// Both ends of a scenario that leaves the page: start.html?scenario=NAME begins it, callback.html goes on with it.
import { begin, resume } from './harness/scenario.js';

const { start, callback } = await (location.pathname === '/start.html' ? begin() : resume());
await (location.pathname === '/start.html' ? start() : callback());
