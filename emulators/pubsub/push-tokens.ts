/** Tokens of the shape that Google's push subscriptions send, and the keys to verify them with. */

import { createHash, createSign, generateKeyPairSync, type JsonWebKey, type KeyObject } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { PushConfig } from './types.ts';

const LIFETIME_SECONDS = 3_600;
/** As at www.googleapis.com. */
const PATH = '/oauth2/v3/certs';

export interface PushTokens {
  /** A signed token for the endpoint of a subscription: https://docs.cloud.google.com/pubsub/docs/authenticate-push-subscriptions */
  sign(config: PushConfig): string;
  /** Publishes the keys (RFC 7517) on a free port; resolves with their URL. */
  publish(host: string): Promise<string>;
  close(): void;
}

/** The key is this process's own, made when it is first asked for; whoever keeps keys looks them up again by their id. */
export function createPushTokens(): PushTokens {
  let made: SigningKey | undefined;
  const key = () => (made ??= createKey());
  const server = createServer((request, response) => {
    const found = request.method === 'GET' && request.url === PATH;
    response.writeHead(found ? 200 : 404, { 'content-type': 'application/json' });
    response.end(JSON.stringify(found ? { keys: [key().jwk] } : {}));
  });

  return {
    sign({ endpoint, oidcToken }) {
      const now = Math.floor(Date.now() / 1_000);
      const claims = {
        aud: oidcToken?.audience ?? endpoint,
        azp: oidcToken?.serviceAccountEmail,
        email: oidcToken?.serviceAccountEmail,
        email_verified: true,
        exp: now + LIFETIME_SECONDS,
        iat: now,
        iss: 'https://accounts.google.com',
        sub: oidcToken?.serviceAccountEmail,
      };
      const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
      const { jwk, privateKey } = key();
      const signed = `${encode({ alg: 'RS256', kid: jwk.kid, typ: 'JWT' })}.${encode(claims)}`;
      return `${signed}.${createSign('RSA-SHA256').update(signed).sign(privateKey, 'base64url')}`;
    },
    async publish(host) {
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject).listen(0, host, resolve);
      });
      return `http://${host}:${(server.address() as AddressInfo).port}${PATH}`;
    },
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

interface SigningKey {
  privateKey: KeyObject;
  /** The public half, as RFC 7517 has it. */
  jwk: JsonWebKey & { kid: string };
}

function createKey(): SigningKey {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
  const jwk: JsonWebKey = publicKey.export({ format: 'jwk' });
  const kid = createHash('sha256').update(String(jwk.n)).digest('hex').slice(0, 40);
  return { privateKey, jwk: { ...jwk, kid, alg: 'RS256', use: 'sig' } };
}
