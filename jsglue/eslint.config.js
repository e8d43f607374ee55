import js from '@eslint/js';

const globals = (/** @type {string} */ names) => Object.fromEntries(names.split(' ').map((name) => [name, 'readonly']));

/** What browsers and server runtimes both have; anything else is read from globalThis, where it may be absent. */
const everywhere = globals('AbortController AbortSignal CryptoKey Headers ReadableStream Request Response URL SharedWorker URLSearchParams WebAssembly Worker atob btoa clearInterval clearTimeout crypto document fetch performance queueMicrotask reportError setInterval setTimeout TextDecoder TextEncoder');

export default [
  { ignores: ['node_modules/', 'bench/', 'wasm_exec.js', 'go.exec.js', '*.d.ts', 'test/*.ts'] },
  js.configs.recommended,
  {
    languageOptions: { ecmaVersion: 2022, sourceType: 'module', globals: everywhere },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      'eqeqeq': 'error',
      'max-lines': ['error', 300],
      'no-console': 'error',
      'no-control-regex': 'off',
      'no-eval': 'error',
      'no-implied-eval': 'error',
      'no-new-func': 'error',
      'no-throw-literal': 'error',
      'no-undef': 'error',
      'no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true }],
      'no-var': 'error',
      'object-shorthand': 'error',
      'prefer-const': 'error',
      'no-restricted-syntax': ['error', { selector: 'ExportDefaultDeclaration', message: 'Export by name.' }],
    },
  },
  {
    files: ['test/**'],
    languageOptions: { ecmaVersion: 2024, globals: globals('Blob BroadcastChannel Buffer Event EventTarget FormData console process setImmediate structuredClone') },
    rules: { 'no-console': 'off' },
  },
  { files: ['go.slim.js'], rules: { 'prefer-const': 'off' } },
  { files: ['eslint.config.js'], rules: { 'no-restricted-syntax': 'off' } },
];
