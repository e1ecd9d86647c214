import { createHmac } from 'node:crypto';

/** The headers of a Standard Webhooks delivery (https://www.standardwebhooks.com). @param at seconds since 1970 */
export function signStandard(
  secret: string,
  id: string,
  body: string,
  at = Math.floor(Date.now() / 1000),
): Record<string, string> {
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  const signature = createHmac('sha256', key).update(`${id}.${at}.${body}`).digest('base64');
  return { 'webhook-id': id, 'webhook-timestamp': String(at), 'webhook-signature': `v1,${signature}` };
}
