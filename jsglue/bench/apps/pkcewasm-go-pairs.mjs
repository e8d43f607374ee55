import { loadPkce } from '../../index.go.js';
import { pairs } from './_pkcewasm.mjs';

export const createPairs = pairs(loadPkce);
