import { AuthProvider } from 'pkcewasm/react';
import { Greeting } from './greeting.jsx';

const config = {
  issuer: ISSUER, clientId: 'app', redirectUri: `${location.origin}/`, scope: 'openid offline_access', allowLoopbackHttp: true,
};

export function Session() {
  return <AuthProvider config={config}><Greeting /></AuthProvider>;
}
