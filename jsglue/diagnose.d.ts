/** For where `createClient` does not succeed: `import { diagnose } from 'pkcewasm/diagnose'`. */

import type { ClientConfig, Report } from './types.d.ts';

/**
 * The same as `client.diagnose()`, without a client: it takes what `createClient` takes. Rejects with the code `config` for options that
 * `createClient` refuses, and for nothing else.
 */
export declare function diagnose(config: ClientConfig): Promise<Report>;
