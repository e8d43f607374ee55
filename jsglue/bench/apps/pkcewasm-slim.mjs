import { createClient } from '../../index.js';
import { auth } from './_pkcewasm.mjs';

export const createAuth = auth(createClient);
