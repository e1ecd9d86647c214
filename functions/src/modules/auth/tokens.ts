import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { jwtVerify, SignJWT } from 'jose';
import type { Clock } from '../../kernel/ports/clock.ts';
import type { Secrets } from '../../kernel/ports/secrets.ts';

export const ACCESS_TOKEN_SECONDS = 15 * 60;
export const SESSION_DAYS = 30;
const KEY_NAME = 'access-tokens';
const ISSUER = 'mewayz';

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('base64url');

export function sameHash(a: string, b: string): boolean {
  const [x, y] = [Buffer.from(a), Buffer.from(b)];
  return x.length === y.length && timingSafeEqual(x, y);
}

export const newSecret = (): string => randomBytes(32).toString('base64url');

/** A signed JWT (HS256) that names the user and the session; good for 15 minutes. */
export async function signAccessToken(
  secrets: Secrets,
  clock: Clock,
  claims: { userId: string; sessionId: string },
): Promise<string> {
  const seconds = Math.floor(clock.now() / 1000);
  return new SignJWT({ sid: claims.sessionId })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(claims.userId)
    .setIssuer(ISSUER)
    .setIssuedAt(seconds)
    .setExpirationTime(seconds + ACCESS_TOKEN_SECONDS)
    .sign(await secrets.key(KEY_NAME));
}

/** Undefined for a token that is forged, expired or not ours. `expires` is in milliseconds since the epoch. */
export async function readAccessToken(
  secrets: Secrets,
  clock: Clock,
  token: string,
): Promise<{ userId: string; sessionId: string; expires: number } | undefined> {
  try {
    const { payload } = await jwtVerify(token, await secrets.key(KEY_NAME), {
      issuer: ISSUER,
      algorithms: ['HS256'],
      currentDate: new Date(clock.now()),
    });
    if (typeof payload.sub !== 'string' || typeof payload.sid !== 'string' || typeof payload.exp !== 'number')
      return undefined;
    return { userId: payload.sub, sessionId: payload.sid, expires: payload.exp * 1000 };
  } catch {
    return undefined;
  }
}

/** `mk_` + tenant ULID + key ULID + secret: everything needed to check it with one read, in one tenant. */
export function formatApiKey(tenantId: string, keyId: string, secret: string): string {
  return `mk_${tenantId.slice(4)}${keyId.slice(4)}${secret}`;
}

export function parseApiKey(key: string): { tenantId: string; keyId: string; secret: string } | undefined {
  const [, tenant, id, secret = ''] = /^mk_([0-9A-Z]{26})([0-9A-Z]{26})([\w-]{43})$/.exec(key) ?? [];
  return tenant ? { tenantId: `ten_${tenant}`, keyId: `key_${id}`, secret } : undefined;
}
