import { createHmac, timingSafeEqual } from 'node:crypto';
import type { z } from 'zod';
import { Problem } from '../../kernel/errors.ts';
import type { signature } from './endpoints.collection.ts';

/** Standard Webhooks: a timestamp further away than this is refused. */
export const TOLERANCE_SECONDS = 5 * 60;

type Scheme = z.output<typeof signature>;
type Header = (name: string) => string | undefined;

const refuse = (detail: string): Problem => new Problem('unauthenticated', detail);

function equal(a: Buffer, b: Buffer): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}

/** The bytes of a `whsec_…` secret. */
export const secretBytes = (secret: string): Buffer => Buffer.from(secret.replace(/^whsec_/, ''), 'base64');

/**
 * Checks who sent a delivery. Returns the sender's own id for it, or undefined when the body is its only name.
 * Throws a 401 Problem that says which part was wrong.
 */
export function verifySignature(
  scheme: Scheme,
  secret: string,
  header: Header,
  body: Buffer,
  now: number,
): string | undefined {
  return scheme.scheme === 'standard'
    ? verifyStandard(secret, header, body, now)
    : verifyHmac(scheme, secret, header, body);
}

function verifyStandard(secret: string, header: Header, body: Buffer, now: number): string {
  const [id, timestamp, signatures] = [
    header('webhook-id'),
    header('webhook-timestamp'),
    header('webhook-signature'),
  ];
  if (!id || !timestamp || !signatures)
    throw refuse('Send the headers webhook-id, webhook-timestamp and webhook-signature.');
  if (!/^\d{1,12}$/.test(timestamp)) throw refuse('webhook-timestamp is whole seconds since 1970.');
  if (Math.abs(now / 1000 - Number(timestamp)) > TOLERANCE_SECONDS)
    throw refuse(
      'webhook-timestamp is more than five minutes away: check the clock, and do not send old deliveries again.',
    );
  const expected = createHmac('sha256', secretBytes(secret))
    .update(`${id}.${timestamp}.`)
    .update(body)
    .digest();
  const right = signatures
    .split(' ')
    .some((entry) => entry.startsWith('v1,') && equal(Buffer.from(entry.slice(3), 'base64'), expected));
  if (!right)
    throw refuse(
      'webhook-signature does not match the body: sign `id.timestamp.body` with this endpoint’s secret.',
    );
  return id;
}

function verifyHmac(
  scheme: Extract<Scheme, { scheme: 'hmac-sha256' }>,
  secret: string,
  header: Header,
  body: Buffer,
): string | undefined {
  const given = header(scheme.header);
  if (!given?.startsWith(scheme.prefix))
    throw refuse(
      `Send the signature in the header ${scheme.header}${scheme.prefix ? `, beginning with ${scheme.prefix}` : ''}.`,
    );
  const expected = createHmac('sha256', secretBytes(secret)).update(body).digest();
  if (!equal(Buffer.from(given.slice(scheme.prefix.length), scheme.encoding), expected))
    throw refuse(`${scheme.header} does not match the body: sign the raw body with this endpoint’s secret.`);
  return scheme.idHeader ? header(scheme.idHeader) : undefined;
}
