// Where the provider comes back to in a popup: the answer goes to the page that opened it, and the window closes. No client is
// needed for that.
import { forwardCallback } from '/pkcewasm/callback-page.js';

forwardCallback();
