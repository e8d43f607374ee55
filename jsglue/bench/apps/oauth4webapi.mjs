import * as oauth from 'oauth4webapi';
import { auth } from './_oauth4webapi.mjs';

export const createAuth = auth(() => {});

export const createPairs = () => async () => {
  const verifier = oauth.generateRandomCodeVerifier();
  return [verifier, await oauth.calculatePKCECodeChallenge(verifier)];
};
