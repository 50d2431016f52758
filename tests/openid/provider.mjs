// A certified OpenID provider (npm oidc-provider) for the tests: two people, clients of one installation, two strengths.
// Run as: node provider.mjs '{"port": …, "home": "http://…", "id": "…", "modules": "…"}'; says "ready" when it answers.
import { createRequire } from 'node:module';
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { pathToFileURL } from 'node:url';

const told = JSON.parse(process.argv[2]);
const require = createRequire(`${told.modules}/`);
const { Provider } = await import(pathToFileURL(require.resolve('oidc-provider')).href);

const issuer = `http://localhost:${told.port}`;
const people = {
  'subject-1': { name: 'Anna Sample', email: told.mail ?? 'anna@outside.example' },
  'subject-2': { name: 'Bela Sample', email: 'bela@outside.example' },
};

function key(type, options, alg) {
  const { privateKey } = generateKeyPairSync(type, options);
  return { ...privateKey.export({ format: 'jwk' }), alg, use: 'sig', kid: randomUUID() };
}

const way = `${told.home}/sign-in/with/${told.id}`;
const provider = new Provider(issuer, {
  clients: [{
    client_id: 'imi',
    ...(told.auth === 'private_key_jwt'
      ? { jwks_uri: `${told.home}/sign-in/client-keys`, token_endpoint_auth_signing_alg: told.client_alg }
      : { client_secret: 'a secret of the tests: & + %' }),
    redirect_uris: [`${way}/back`],
    post_logout_redirect_uris: [`${told.home}/sign-in?signed_out=1`],
    backchannel_logout_uri: `${way}/ended`,
    backchannel_logout_session_required: told.sid ?? true,
    id_token_signed_response_alg: told.alg ?? 'RS256',
    token_endpoint_auth_method: told.auth ?? 'client_secret_basic',
    require_auth_time: true,
  }],
  jwks: { keys: [key('rsa', { modulusLength: 2048 }, 'RS256'), key('ec', { namedCurve: 'P-256' }, 'ES256')] },
  acrValues: ['urn:weak', 'urn:strong'],
  claims: { acr: null, auth_time: null, iss: null, openid: ['sub'], profile: ['name'], email: ['email'] },
  conformIdTokenClaims: false,
  enabledJWA: { clientAuthSigningAlgValues: ['RS256', 'PS256', 'ES256'] },
  pkce: { required: () => true },
  cookies: { keys: [randomUUID()], names: { session: `${told.id}_session`, interaction: `${told.id}_i`, resume: `${told.id}_r` } },
  features: { devInteractions: { enabled: false }, backchannelLogout: { enabled: true }, rpInitiatedLogout: { enabled: true } },
  // It tells clients on this machine of a sign-out too, which it would refuse as an address of no public place.
  fetch: (url, { dispatcher, ...options }) => fetch(url, options),
  findAccount: (ctx, sub) => (people[sub] ? { accountId: sub, claims: () => ({ sub, ...people[sub] }) } : undefined),
  interactions: { url: (ctx, interaction) => `/interaction/${interaction.uid}` },
  async loadExistingGrant(ctx) {
    const grant = new ctx.oidc.provider.Grant({ clientId: ctx.oidc.client.clientId, accountId: ctx.oidc.session.accountId });
    grant.addOIDCScope('openid profile email');
    await grant.save();
    return grant;
  },
});

// What the person does there: say who it is and how strongly it was proved, or decline.
const form = (uid) => `<!doctype html><html lang="en"><title>Provider</title><main><h1>${told.id}</h1>
<form method="post" action="/interaction/${uid}"><label>Subject <input name="login" value="subject-1"></label>
<label>Proof <input name="acr" value="urn:strong"></label><button name="do" value="in">In</button>
<button name="do" value="no">Decline</button></form></main></html>`;

async function fields(request) {
  let body = '';
  for await (const piece of request) body += piece;
  return Object.fromEntries(new URLSearchParams(body));
}

provider.use(async (ctx, next) => {
  const match = /^\/interaction\/([\w-]+)$/.exec(ctx.path);
  if (!match) return next();
  if (ctx.method === 'GET') {
    ctx.type = 'html';
    ctx.body = form(match[1]);
    return undefined;
  }
  const { login, acr, do: choice } = await fields(ctx.req);
  const answer = choice === 'no'
    ? { error: 'access_denied' }
    : { login: { accountId: login, acr, amr: acr === 'urn:strong' ? ['mfa'] : ['pwd'] } };
  ctx.respond = false;
  return provider.interactionFinished(ctx.req, ctx.res, answer, { mergeWithLastSubmission: false });
});

provider.on('backchannel.error', (ctx, error) => console.error('backchannel', error.message));
provider.on('server_error', (ctx, error) => console.error(error));
provider.listen(told.port, '127.0.0.1', () => console.log('ready'));
