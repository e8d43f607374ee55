// The static site of this folder: make docs
import { existsSync, readdirSync, readFileSync } from 'node:fs';

const docs = new URL('../', import.meta.url);

/** Pages that were generated: whatever is there, by its heading. */
function measured() {
  return ['', 'faults/', 'bench/', 'security/'].filter((folder) => existsSync(new URL(folder, docs))).flatMap((folder) => readdirSync(new URL(folder, docs))
    .filter((file) => file.endsWith('.md') && !['index.md', 'diagnose.md', 'errors.md'].includes(folder + file))
    .map((file) => ({ text: readFileSync(new URL(folder + file, docs), 'utf8').match(/^# (.*)$/m)?.[1] ?? file, link: `/${folder}${file.replace(/(index)?\.md$/, '')}` })));
}

const pages = (/** @type {string} */ folder, /** @type {[string, string][]} */ list) => list.map(([text, name]) => ({ text, link: `/${folder}${name}` }));

export default {
  title: 'pkcewasm',
  description: 'OAuth 2.0 and OpenID Connect for browser applications, in WebAssembly',
  base: '/pkcewasm/',
  head: [
    ['link', { rel: 'icon', href: 'data:,' }],
    ['style', {}, '.vp-doc [class^="language- "] pre code { white-space: pre-wrap; }'], // a header is one line, however long
  ],
  cleanUrls: true,
  srcExclude: ['node_modules/**'],
  markdown: { attrs: { disable: true } }, // `degraded{storage}` is text
  themeConfig: {
    nav: [{ text: 'Start', link: '/start/' }, { text: 'Errors', link: '/errors' }, { text: 'Source', link: 'https://github.com/pkcewasm/pkcewasm' }],
    sidebar: [
      { text: 'Getting started', items: pages('start/', [['React, from an empty folder', 'react'], ['Any provider', ''], ['Auth0', 'auth0'], ['Keycloak', 'keycloak'], ['Okta', 'okta'], ['Entra', 'entra']]) },
      { text: 'Guides', items: pages('guides/', [['React and Vue', 'react'], ['Tabs and rotation', 'tabs'], ['Reload', 'reload'], ['Popups', 'popup'], ['Silent sign-in', 'silent'], ['Isolation', 'isolation'], ['Content Security Policy', 'csp'], ['API calls', 'api'], ['DPoP', 'dpop'], ['Servers', 'server'], ['Tests', 'testing']]) },
      { text: 'When something is wrong', items: pages('', [['Diagnosis', 'diagnose'], ['Error codes', 'errors']]) },
      { text: 'Migration', items: pages('migrate/', [['oidc-client-ts', 'oidc-client-ts'], ['auth0-spa-js', 'auth0-spa-js'], ['msal-browser', 'msal-browser'], ['keycloak-js', 'keycloak-js']]) },
      { text: 'Measured', items: measured() },
    ],
    search: { provider: 'local' },
  },
};
