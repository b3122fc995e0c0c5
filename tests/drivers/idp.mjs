// A real OpenID provider for tests: npm's oidc-provider on loopback. Its people stand in a JSON
// file that is read at each sign-in, so that a test changes groups by writing it.
//
//   node idp.mjs ACCOUNTS.json        prints {"issuer": …} when it listens
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { readFileSync } from 'node:fs';

// The packages lie in the cache of ./test, not beside this file.
const require = createRequire(process.env.PORTCULLIS_TEST_NODE_MODULES + '/');
const { default: Provider } = await import(pathToFileURL(require.resolve('oidc-provider')));

// Standard output is for the ready line alone; nobody reads on.
console.info = console.error;

const accounts = () => JSON.parse(readFileSync(process.argv[2], 'utf8'));
const native = {
  application_type: 'native',
  token_endpoint_auth_method: 'none',
  redirect_uris: ['http://127.0.0.1/callback'],
  response_types: ['code'],
  grant_types: [
    'authorization_code',
    'refresh_token',
    'urn:ietf:params:oauth:grant-type:device_code',
  ],
};
const configuration = {
  clients: [
    { ...native, client_id: 'portcullis' },
    { ...native, client_id: 'somebody-else' },
  ],
  claims: { openid: ['sub'], email: ['email', 'email_verified'], groups: ['groups'] },
  conformIdTokenClaims: false,
  cookies: { keys: ['for tests only'] },
  // Access tokens for the resource `portcullis-db` are signed ones that say who and in which groups.
  extraTokenClaims: (ctx, token) => accounts()[token.accountId],
  features: {
    deviceFlow: { enabled: true },
    resourceIndicators: {
      enabled: true,
      useGrantedResource: () => true,
      getResourceServerInfo: () => ({
        accessTokenFormat: 'jwt', accessTokenTTL: 600, audience: 'portcullis-db', scope: 'db',
      }),
    },
    revocation: { enabled: true },
  },
  issueRefreshToken: async () => true,
  ttl: { IdToken: 300, RefreshToken: 3600, DeviceCode: 300, Session: 600, Grant: 3600 },
  async findAccount(ctx, id) {
    const found = accounts()[id];
    return found && { accountId: id, claims: async () => ({ sub: id, ...found }) };
  },
};

const server = createServer();
server.listen(0, '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, configuration);
  server.on('request', provider.callback());
  console.log(JSON.stringify({ issuer }));
});
