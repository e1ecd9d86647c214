import { createHash } from 'node:crypto';
import { parse as parseForm } from 'node:querystring';
import { HOPS_HEADER } from '../../kernel/changes/hops.ts';
import { Problem } from '../../kernel/errors.ts';
import type { DeliveryRecord } from './deliveries.collection.ts';
import type { HookEndpoint } from './endpoints.collection.ts';
import { PRESETS } from './presets/index.ts';
import type { Place, Preset } from './presets/preset.ts';

/** A request to an endpoint, as it came. */
export interface Received {
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, unknown>>;
  readonly body: Buffer;
  readonly address: string;
}

/** What the settings of an endpoint, stored or drafted, say about reading a delivery. */
export type Reading = Pick<HookEndpoint, 'signature' | 'idFrom' | 'typeFrom'>;

export const presetOf = ({ signature }: Pick<HookEndpoint, 'signature'>): Preset => PRESETS[signature.scheme];
export const hashOf = (body: Buffer): string => createHash('sha256').update(body).digest('hex');

const UTF8 = new TextDecoder('utf-8', { fatal: true });

/** The body as text in the charset it names; undefined when it is none. */
function textOf(body: Buffer, contentType: string): string | undefined {
  const charset = /charset="?([\w-]+)/i.exec(contentType)?.[1];
  try {
    return (charset === undefined ? UTF8 : new TextDecoder(charset, { fatal: true })).decode(body);
  } catch {
    return undefined;
  }
}

/**
 * What a mapping sees of a body: JSON as it is, a form as an object, other text as text, other bytes in base64.
 * Throws a 400 Problem when it is called JSON and is not, or nests too deep.
 */
export function contentOf(contentType: string, body: Buffer): unknown {
  const text = textOf(body, contentType);
  if (/^application\/x-www-form-urlencoded\b/i.test(contentType)) return { ...parseForm(body.toString()) };
  const isJson = /^(?:application|text)\/(?:[\w.-]+\+)?json\b/i.test(contentType);
  if (!isJson && !(contentType === '' && /^\s*[[{]/.test(text ?? ''))) return text ?? body.toString('base64');
  let content: unknown;
  try {
    content = JSON.parse(text ?? '');
  } catch (error) {
    if (!isJson) return text;
    const reason = text !== undefined && error instanceof Error ? error.message : 'it is not text';
    throw new Problem('malformed', `The body is called JSON and is not: ${reason}.`);
  }
  if (isDeep(content)) throw new Problem('malformed', `The body nests more than ${MAX_DEPTH} levels deep.`);
  return content;
}

/** What is parsed deeper than this cannot be written out again. */
const MAX_DEPTH = 200;

function isDeep(value: unknown): boolean {
  let level = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > MAX_DEPTH) return true;
    level = level.flatMap((one) => (typeof one === 'object' && one !== null ? Object.values(one) : []));
  }
  return false;
}

/** The sender's id of a delivery, and the event's type. */
export function announced(
  reading: Reading,
  headers: Received['headers'],
  content: unknown,
): { readonly id?: string; readonly type?: string } {
  const preset = presetOf(reading);
  const { signature } = reading;
  const own = signature.scheme === 'hmac' && signature.idHeader ? { header: signature.idHeader } : undefined;
  const id = at(reading.idFrom ?? own ?? preset.id, headers, content);
  const type = at(reading.typeFrom ?? preset.type, headers, content);
  return { ...(id === undefined ? {} : { id }), ...(type === undefined ? {} : { type: type.slice(0, 120) }) };
}

function at(place: Place | undefined, headers: Received['headers'], content: unknown): string | undefined {
  if (place === undefined) return undefined;
  const found =
    'header' in place
      ? headers[place.header]
      : place.field
          .split('.')
          .reduce<unknown>(
            (value, name) => (Object.hasOwn(Object(value), name) ? Object(value)[name] : undefined),
            content,
          );
  const usable = (typeof found === 'string' && found !== '') || typeof found === 'number';
  return usable ? String(found).slice(0, 300) : undefined;
}

/** Whether a delivery is one of the events an endpoint wants: `orders/create`, `customer.*`. */
export function isWanted(
  endpoint: Pick<HookEndpoint, 'signature' | 'events'>,
  type: string | undefined,
): boolean {
  const { ping } = presetOf(endpoint);
  if (ping && 'type' in ping && ping.type === type) return false;
  const { events } = endpoint;
  if (events === undefined) return true;
  return events.some((event) =>
    event.endsWith('*') ? type?.startsWith(event.slice(0, -1)) === true : type === event,
  );
}

/** A first call that only announces the webhook, and is not signed. */
export function isUnsignedPing(endpoint: Reading, { headers, body }: Received): boolean {
  const { ping, hmac } = presetOf(endpoint);
  if (!ping || !('unsignedBody' in ping) || (hmac && hmac.header in headers) || body.length > 100)
    return false;
  return ping.unsignedBody.test(body.toString('latin1'));
}

export const hopsIn = (headers: Received['headers']): number => {
  const text = headers[HOPS_HEADER] ?? '';
  return /^\d{1,4}$/.test(text) ? Number(text) : 0;
};

const SECRET_HEADER = /^(?:cookie|authorization|proxy-authorization)$|token|secret|password|api-?key/;

/** The fields of a stored delivery that hold what came, without the credentials of the sender. */
export function toStored({
  headers,
  query,
  body,
}: Received): Pick<DeliveryRecord, 'body' | 'encoding' | 'envelope'> {
  const kept = Object.entries(headers).map(([name, value]) => [
    name,
    SECRET_HEADER.test(name) ? '[hidden]' : value,
  ]);
  const envelope = JSON.stringify({ headers: Object.fromEntries(kept), query });
  const text = textOf(body, '');
  // A byte order mark is dropped by decoding, so such a body is not the same as its text.
  const same = text !== undefined && Buffer.byteLength(text) === body.length;
  return same
    ? { envelope, encoding: 'utf8', body: text }
    : { envelope, encoding: 'base64', body: body.toString('base64') };
}

/** What was received, from what was stored. */
export function fromStored(delivery: DeliveryRecord): Received {
  const { headers, query } = JSON.parse(delivery.envelope) as Pick<Received, 'headers' | 'query'>;
  return { headers, query, body: Buffer.from(delivery.body, delivery.encoding), address: delivery.address };
}
