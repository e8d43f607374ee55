/** For the page at a redirect URI: `import { forwardCallback } from 'pkcewasm/callback'`. */

/**
 * If this page is the callback page of `signInPopup` or `signInSilent`: takes the response out of the address bar, hands it to the page
 * that waits for it, closes the popup (the waiting page removes the frame), and returns true. Then start nothing else here. The client's
 * `handleRedirectCallback` does the same, but only once a client has been created.
 */
export declare function forwardCallback(): boolean;
