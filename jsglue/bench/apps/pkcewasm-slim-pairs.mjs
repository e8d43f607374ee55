import { loadPkce } from '../../index.js';
import { pairs } from './_pkcewasm.mjs';

export const createPairs = pairs(loadPkce);
