import { validateApplicationLevelSignature } from 'oauth4webapi';
import { auth } from './_oauth4webapi.mjs';

export const createAuth = auth(validateApplicationLevelSignature);
