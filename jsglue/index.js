// The package's entry. Importing it starts nothing and reads nothing that a server runtime lacks.

export { createClient } from './client.js';
export { AuthError } from './errors.js';
export { loadPkce } from './pkce.js';
