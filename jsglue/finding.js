// One line of a report of diagnose(): what was looked at, how it is, and what to do.

/** @import { Finding } from './types.d.ts' */

/** Each check has a heading there. */
const DOCS = 'https://github.com/pkcewasm/pkcewasm/blob/main/docs/diagnose.md#';

/**
 * @param {Finding['status']} status
 * @returns {(check: Finding['check'], message: string) => Finding}
 */
const finding = (status) => (check, message) => ({ check, status, message, docs: DOCS + check });

export const ok = finding('ok');
export const warning = finding('warning');
export const problem = finding('problem');
