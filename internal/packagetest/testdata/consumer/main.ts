// What an application in TypeScript may rely on; compiled with --strict and without skipLibCheck.
import { AuthError, createClient, loadPkce, type Client, type ClientConfig, type Pkce, type TokenSet, type User } from 'pkcewasm';
import { createClient as createGoClient } from 'pkcewasm/go';

const config: ClientConfig = { issuer: 'https://id.example', clientId: 'app', redirectUri: 'https://app.example/callback', isolation: 'dedicated' };

export async function application(): Promise<string | undefined> {
  const client: Client = await createClient(config);
  if (client.isRedirectCallback()) {
    const { user, returnTo }: { user: User; returnTo?: string } = await client.handleRedirectCallback();
    return `${user.claims.sub} ${returnTo ?? '/'}`;
  }
  const off: () => void = client.on('refreshFailed', ({ error, willRetry }) => console.log(error.code, willRetry));
  try {
    const response: Response = await client.fetch('https://api.example/orders');
    return `${response.status} ${await client.getAccessToken({ minValiditySeconds: 30 })}`;
  } catch (error) {
    if (error instanceof AuthError && error.code === 'login_required') return client.signInRedirect({ returnTo: '/orders' });
    throw error;
  } finally {
    off();
    await client.close();
  }
}

export async function functions(): Promise<TokenSet> {
  const pkce: Pkce = await loadPkce({ signal: AbortSignal.timeout(5000) });
  const codeVerifier: string = pkce.generateCodeVerifier();
  const server = await pkce.discover('http://localhost:8080', { allowLoopbackHttp: true });
  const { code } = pkce.parseCallback('https://app.example/callback?code=x&state=y', { state: 'y', server });
  return pkce.exchangeCode(server, { clientId: 'app', code, codeVerifier, redirectUri: 'https://app.example/callback' });
}

const same: typeof createClient = createGoClient;
void same;

// @ts-expect-error: an unknown option is a mistake
void createClient({ ...config, secrett: 'x' });
// @ts-expect-error: there are no client secrets in a page
void createClient({ issuer: 'https://id.example', clientId: 'app', redirectUri: 'https://app.example/', clientSecret: 'x' });
