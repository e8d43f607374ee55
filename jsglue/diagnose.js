// pkcewasm/diagnose: for where createClient does not succeed.

import { validateConfig } from './config.js';
import { examine } from './examine.js';

/** @import { ClientConfig, Report } from './types.d.ts' */

/**
 * @param {ClientConfig} config
 * @returns {Promise<Report>}
 */
export async function diagnose(config) {
  const { isolation = config?.storage === 'session' ? 'dedicated' : 'shared', ...checked } = validateConfig(config);
  return examine({ ...checked, isolation }, { degraded: [], signedIn: false });
}
