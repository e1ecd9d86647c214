import { randomBytes } from 'node:crypto';
import type { Secrets } from '../../kernel/ports/secrets.ts';
import { seal, unseal } from '../../kernel/seal.ts';
import { hmacOf, type Signature } from './scheme.ts';

/** A secret; one that was replaced works until `until`, so that the sender can change over. */
interface Secret {
  readonly secret: string;
  /** RFC 3339; absent for the current one. */
  readonly until?: string;
}

/** A secret of the form that the scheme's senders take. */
export function newSecret(scheme: Signature): string {
  if (hmacOf(scheme)?.key === 'base64') return `whsec_${randomBytes(24).toString('base64')}`;
  const random = randomBytes(24).toString('base64url');
  return scheme.scheme === 'basic' ? `hook:${random}` : random;
}

/** Why a secret that somebody brings cannot be used; undefined when it can. */
export function secretRefusal(scheme: Signature, secret: string): string | undefined {
  if (scheme.scheme === 'none') return 'Without a signature there is no secret.';
  if (scheme.scheme === 'basic' && !/^[^:]+:./.test(secret))
    return 'Give user name and password as user:password.';
  const base64 = secret.replace(/^whsec_/, '');
  if (
    hmacOf(scheme)?.key === 'base64' &&
    !(/^[A-Za-z0-9+/]{16,}={0,2}$/.test(base64) && base64.length % 4 === 0)
  )
    return 'Give at least 12 bytes in base64, after whsec_.';
  return undefined;
}

/** Seals the secrets of an endpoint, the current one first. */
export const sealSecrets = (secrets: Secrets, endpointId: string, list: readonly Secret[]): Promise<string> =>
  seal(secrets, endpointId, JSON.stringify(list));

/** The secrets of an endpoint that work at a time, the current one first; none before one was entered. */
export async function openSecrets(
  secrets: Secrets,
  endpoint: { readonly id: string; readonly secret: string },
  now: string,
): Promise<readonly Secret[]> {
  const list = JSON.parse(await unseal(secrets, endpoint.id, endpoint.secret)) as Secret[];
  return list.filter(({ until }) => until === undefined || until > now);
}
