import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { Problem } from '../../kernel/errors.ts';
import type { HmacScheme } from './presets/preset.ts';
import { hmacOf, type Signature } from './scheme.ts';

/** Signatures of one header that are looked at; senders send two while they rotate. */
const MAX_SIGNATURES = 20;

/** What a signature is checked against. */
export interface Signed {
  readonly header: (name: string) => string | undefined;
  /** As it was received. */
  readonly body: Buffer;
}

const refuse = (detail: string): Problem => new Problem('unauthenticated', detail);

/** In constant time, whatever the lengths. */
export function sameText(a: string, b: string): boolean {
  const [left, right] = [a, b].map((text) => createHash('sha256').update(text).digest());
  return left !== undefined && right !== undefined && timingSafeEqual(left, right);
}

/**
 * Checks who sent a delivery; throws a 401 Problem that says which part was wrong.
 * @param secrets those that work at the moment
 * @param now milliseconds since 1970
 */
export function verify(
  scheme: Signature,
  secrets: readonly string[],
  signed: Signed,
  now: number,
  toleranceSeconds: number,
): void {
  if (scheme.scheme === 'none') return;
  if (secrets.length === 0)
    throw refuse('This endpoint has no secret yet. Enter the one that the sender shows.');
  const hmac = hmacOf(scheme);
  if (hmac) verifyHmac(hmac, secrets, signed, now, toleranceSeconds);
  else if (scheme.scheme === 'token') verifyToken(scheme.header, secrets, signed);
  else verifyBasic(secrets, signed);
}

function verifyBasic(secrets: readonly string[], { header }: Signed): void {
  const given = /^Basic +(\S+)$/i.exec(header('authorization') ?? '')?.[1];
  if (given === undefined) throw refuse('Send the user name and password as Authorization: Basic.');
  const wanted = secrets.map((secret) => Buffer.from(secret).toString('base64'));
  if (!wanted.some((one) => sameText(one, given))) throw refuse('The user name or the password is wrong.');
}

function verifyToken(name: string, secrets: readonly string[], { header }: Signed): void {
  const value = header(name);
  const given = name === 'authorization' ? /^Bearer +(\S+)$/i.exec(value ?? '')?.[1] : value;
  if (given === undefined)
    throw refuse(`Send the token in the header ${name}${name === 'authorization' ? ', after Bearer' : ''}.`);
  if (!secrets.some((secret) => sameText(secret, given))) throw refuse(`The token in ${name} is wrong.`);
}

function verifyHmac(
  scheme: HmacScheme,
  secrets: readonly string[],
  { header, body }: Signed,
  now: number,
  toleranceSeconds: number,
): void {
  const { prefix, separator, timestampHeader, timestampPart } = scheme;
  const given = header(scheme.header);
  if (given === undefined) throw refuse(`Send the signature in the header ${scheme.header}.`);
  const parts = separator === undefined ? [given] : given.split(separator).map((part) => part.trim());
  const after = (start: string): string[] =>
    parts.filter((part) => part.startsWith(start)).map((part) => part.slice(start.length));
  const signatures = after(prefix).slice(0, MAX_SIGNATURES);
  if (signatures.length === 0) throw refuse(`${scheme.header} has no signature that begins with ${prefix}`);
  const id = scheme.idHeader === undefined ? undefined : header(scheme.idHeader);
  if (id === undefined && scheme.content.includes('{id}'))
    throw refuse(`Send the header ${scheme.idHeader}.`);
  const timestamp =
    timestampHeader !== undefined
      ? header(timestampHeader)
      : timestampPart !== undefined
        ? after(timestampPart)[0]
        : undefined;
  const timed = scheme.content.includes('{timestamp}');
  if (timed && !/^\d{1,12}$/.test(timestamp ?? ''))
    throw refuse(
      `${timestampHeader ?? scheme.header} must say when it was sent, in whole seconds since 1970.`,
    );
  const expected = secrets.map((secret) => digest(scheme, secret, { id, timestamp }, body));
  const right = signatures.some((text) =>
    expected.some((one) => sameText(one, scheme.encoding === 'hex' ? text.toLowerCase() : text)),
  );
  if (!right)
    throw refuse(
      `${scheme.header} does not match: sign ${scheme.content} with this endpoint’s secret, and send the body just as it was signed.`,
    );
  if (timed) checkTime(Number(timestamp), now, toleranceSeconds);
}

/** After the signature, so that this answer means: all is right but the clock. */
function checkTime(timestamp: number, now: number, toleranceSeconds: number): void {
  const away = now / 1000 - timestamp;
  if (Math.abs(away) <= toleranceSeconds) return;
  throw refuse(
    `The delivery was signed ${Math.ceil(Math.abs(away))} seconds ${away > 0 ? 'ago' : 'from now'}, and ${toleranceSeconds} are allowed: correct the clock of the sender, and sign anew what is sent again.`,
  );
}

interface Stamps {
  readonly id?: string | undefined;
  readonly timestamp?: string | undefined;
}

function digest(
  { algorithm, content, encoding, key }: HmacScheme,
  secret: string,
  stamps: Stamps,
  body: Buffer,
): string {
  const bytes = key === 'text' ? secret : Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  const hmac = createHmac(algorithm, bytes);
  for (const part of content.split(/(\{(?:id|timestamp|body)\})/))
    if (part === '{body}') hmac.update(body);
    else
      hmac.update(
        part === '{id}' ? (stamps.id ?? '') : part === '{timestamp}' ? (stamps.timestamp ?? '') : part,
      );
  return hmac.digest(encoding);
}

/** The headers a sender adds to a body, for trying an endpoint. @param at seconds since 1970 */
export function sign(
  scheme: Signature,
  secret: string,
  body: Buffer,
  { id, at }: { readonly id: string; readonly at: number },
): Record<string, string> {
  if (scheme.scheme === 'basic') return { authorization: `Basic ${Buffer.from(secret).toString('base64')}` };
  if (scheme.scheme === 'token')
    return { [scheme.header]: scheme.header === 'authorization' ? `Bearer ${secret}` : secret };
  const hmac = hmacOf(scheme);
  if (!hmac) return {};
  const timestamp = String(at);
  const { prefix, separator = '', timestampPart, timestampHeader, idHeader } = hmac;
  const text = `${prefix}${digest(hmac, secret, { id, timestamp }, body)}`;
  return {
    ...(idHeader === undefined ? {} : { [idHeader]: id }),
    ...(timestampHeader === undefined ? {} : { [timestampHeader]: timestamp }),
    [hmac.header]: timestampPart === undefined ? text : `${timestampPart}${timestamp}${separator}${text}`,
  };
}
