// A stand-in for an identity provider that signs whatever a test asks for, right or wrong: ID
// tokens, access tokens, and security events (SSF). It keeps no rules: the gateway must.
//
//   node issuer.mjs                   prints {"issuer": …} when it listens
//   POST /mint {"header", "claims", "key": "own"|"foreign"|"hmac"|"none"}   gives a token
import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

// The packages lie in the cache of ./test, not beside this file.
const require = createRequire(process.env.PORTCULLIS_TEST_NODE_MODULES + '/');
const jose = await import(pathToFileURL(require.resolve('jose')));

const own = await jose.generateKeyPair('RS256', { extractable: true });
const foreign = await jose.generateKeyPair('RS256', { extractable: true });
const published = { ...(await jose.exportJWK(own.publicKey)), kid: 'one', use: 'sig', alg: 'RS256' };
const pem = await jose.exportSPKI(own.publicKey);

const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');

async function mint({ header, claims, key }) {
  const head = { alg: 'RS256', kid: 'one', ...header };
  for (const name of Object.keys(head)) if (head[name] === null) delete head[name];
  const said = `${encode(head)}.${encode(claims)}`;
  if (key === 'none') return `${said}.`;
  // The public key as the shared secret: what a library that believes `alg` would accept.
  if (key === 'hmac') return `${said}.${createHmac('sha256', pem).update(said).digest('base64url')}`;
  const pair = key === 'foreign' ? foreign : own;
  const bytes = new TextEncoder().encode(JSON.stringify(claims));
  const { crit, ...plain } = head;
  const options = crit ? { crit: Object.fromEntries(crit.map((name) => [name, true])) } : undefined;
  return new jose.CompactSign(bytes).setProtectedHeader(head).sign(pair.privateKey, options);
}

const server = createServer((request, response) => {
  let body = '';
  request.on('data', (chunk) => { body += chunk; });
  request.on('end', async () => {
    const issuer = `http://127.0.0.1:${server.address().port}`;
    const json = (value) => {
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify(value));
    };
    const jwks_uri = `${issuer}/jwks`;
    switch (request.url) {
      case '/.well-known/openid-configuration':
        return json({ issuer, jwks_uri });
      case '/.well-known/ssf-configuration':
        return json({
          spec_version: '1_0', issuer, jwks_uri,
          delivery_methods_supported: ['urn:ietf:rfc:8935'],
        });
      case '/jwks':
        return json({ keys: [published] });
      case '/mint':
        try {
          return response.end(await mint(JSON.parse(body)));
        } catch (fault) {
          response.statusCode = 400;
          return response.end(String(fault));
        }
      default:
        response.statusCode = 404;
        return response.end();
    }
  });
});
server.listen(0, '127.0.0.1', () => {
  console.log(JSON.stringify({ issuer: `http://127.0.0.1:${server.address().port}` }));
});
