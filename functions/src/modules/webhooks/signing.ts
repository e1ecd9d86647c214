import { createHmac, randomBytes } from 'node:crypto';
import type { Secrets } from '../../kernel/ports/secrets.ts';
import { seal, unseal } from '../../kernel/seal.ts';
import type { WebhookEndpoint } from './endpoints.collection.ts';

/** A signing secret; one that was replaced works until `until`, so that receivers can change over. */
interface Secret {
  readonly secret: string;
  /** RFC 3339; absent for the current one. */
  readonly until?: string;
}

/** `whsec_` and 24 random bytes in base64, as the Standard Webhooks specification asks. */
export const newSecret = (): string => `whsec_${randomBytes(24).toString('base64')}`;

/** Seals secrets for an endpoint, the current one first. */
export const sealSecrets = (secrets: Secrets, endpointId: string, list: readonly Secret[]): Promise<string> =>
  seal(secrets, endpointId, JSON.stringify(list));

/** The secrets of an endpoint that work at a time, the current one first. */
export async function openSecrets(
  secrets: Secrets,
  endpoint: Pick<WebhookEndpoint, 'id' | 'secret'>,
  now: string,
): Promise<readonly Secret[]> {
  const list = JSON.parse(await unseal(secrets, endpoint.id, endpoint.secret)) as Secret[];
  return list.filter(({ until }) => until === undefined || until > now);
}

/**
 * The header `webhook-signature`: one `v1,…` for each secret, separated by spaces
 * (https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md).
 * @param at seconds since 1970
 */
export function signatures(list: readonly Secret[], messageId: string, at: number, body: string): string {
  return list
    .map(({ secret }) => {
      const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
      return `v1,${createHmac('sha256', key).update(`${messageId}.${at}.${body}`).digest('base64')}`;
    })
    .join(' ');
}
