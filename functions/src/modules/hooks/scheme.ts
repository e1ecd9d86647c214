import { z } from 'zod';
import { SENDER_NAMES, SENDERS } from './presets/index.ts';
import type { HmacScheme } from './presets/preset.ts';

export const headerName = z.string().regex(/^[a-z0-9-]{1,60}$/, 'Use the header name in lower case.');

const PLACEHOLDERS = /\{(?:id|timestamp|body)\}/g;

const hmac = z
  .strictObject({
    scheme: z.literal('hmac'),
    header: headerName,
    algorithm: z.enum(['sha1', 'sha256', 'sha512']).default('sha256'),
    encoding: z.enum(['hex', 'base64']).default('hex'),
    /** Before each signature in its header, such as `sha256=`. */
    prefix: z.string().max(20).default(''),
    /** Between the parts of a header that lists several. */
    separator: z.enum([',', ' ']).optional(),
    /** Where the time of sending stands, in seconds since 1970: a header, or a part of the signature's header (`t=`). */
    timestampHeader: headerName.optional(),
    timestampPart: z.string().min(1).max(20).optional(),
    /** Header that names the delivery. */
    idHeader: headerName.optional(),
    /** What is signed, such as `{timestamp}.{body}`. */
    content: z.string().max(60).default('{body}'),
    /** The secret's text is the key, or the bytes it is the base64 of. */
    key: z.enum(['text', 'base64']).default('text'),
  })
  .check((ctx) => {
    const { content, timestampHeader, timestampPart, idHeader, separator } = ctx.value;
    const refuse = (path: string, message: string): void =>
      void ctx.issues.push({ code: 'custom', input: ctx.value, path: [path], message });
    const used: readonly string[] = content.match(PLACEHOLDERS) ?? [];
    const timed = timestampHeader !== undefined || timestampPart !== undefined;
    if (new Set(used).size !== used.length || !used.includes('{body}'))
      refuse('content', 'Name {body} once, and {id} and {timestamp} at most once.');
    if (timed !== used.includes('{timestamp}'))
      refuse(
        'content',
        'A time protects only when it is signed: name {timestamp} here and where it stands, or neither.',
      );
    if (used.includes('{id}') && idHeader === undefined)
      refuse('idHeader', 'Name the header with the id that is signed.');
    if (timestampPart !== undefined && separator === undefined)
      refuse('separator', 'Say what separates the parts of the header.');
  });

/**
 * How a sender proves itself. All but `hmac` drop members that are not theirs: a merge patch from one scheme to another
 * brings those of the old one along.
 */
export const signature = z.discriminatedUnion('scheme', [
  /** As the documentation of this sender says. */
  z.object({ scheme: z.enum(SENDER_NAMES) }),
  hmac,
  /** `Authorization: Basic …`; the secret is `user:password`. */
  z.object({ scheme: z.literal('basic') }),
  /** The secret itself in a header; after `Bearer ` in `authorization`. */
  z.object({ scheme: z.literal('token'), header: headerName.default('authorization') }),
  /** Nothing but the address. Has to be chosen. */
  z.object({ scheme: z.literal('none') }),
]);
export type Signature = z.output<typeof signature>;

/** How the signature is made, where it is one. */
export function hmacOf(chosen: Signature): HmacScheme | undefined {
  if (chosen.scheme === 'hmac') return chosen;
  return chosen.scheme in SENDERS ? SENDERS[chosen.scheme as keyof typeof SENDERS].hmac : undefined;
}
