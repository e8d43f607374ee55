import { createClient } from '../../index.go.js';
import { auth } from './_pkcewasm.mjs';

export const createAuth = auth(createClient);
