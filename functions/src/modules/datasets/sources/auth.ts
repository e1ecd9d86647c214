import { z } from 'zod';
import { SourceRefused } from './kind.ts';

const headerName = z
  .string()
  .max(60)
  .regex(/^[A-Za-z0-9-]+$/, 'Use letters, digits and hyphens.');

/** With the secret `password`. */
const basic = z.strictObject({
  type: z.literal('basic'),
  user: z
    .string()
    .max(200)
    .regex(/^[^:]*$/),
});
/** With the secret `token`. */
const bearer = z.strictObject({ type: z.literal('bearer') });
/** With the secret `key`, in a header or in the query. */
const apiKey = z.union([
  z.strictObject({ type: z.literal('api-key'), header: headerName }),
  z.strictObject({ type: z.literal('api-key'), parameter: z.string().min(1).max(60) }),
]);

export const basicOrBearer = z.discriminatedUnion('type', [basic, bearer]);
export const auth = z.union([basic, bearer, apiKey]);
export type Auth = z.output<typeof auth>;

/** Headers that hold secrets, which callers would read back: they are entered as `auth`. */
const SECRET_HEADERS = /^(?:authorization|proxy-authorization|cookie)$/i;
/** Headers that the call itself sets. */
const OWN_HEADERS = /^(?:host|connection|content-length|transfer-encoding|accept-encoding|range|if-.*)$/i;

/** Headers that are sent with each call. */
export const plainHeaders = z
  .record(
    headerName,
    z
      .string()
      .max(2_000)
      .regex(/^[\t\x20-\x7e]*$/, 'Use plain characters.'),
  )
  .refine((headers) => Object.keys(headers).length <= 30, 'At most 30 headers.')
  .refine(
    (headers) => !Object.keys(headers).some((name) => SECRET_HEADERS.test(name)),
    'Enter credentials as the authentication, not as a header.',
  )
  .refine(
    (headers) => !Object.keys(headers).some((name) => OWN_HEADERS.test(name)),
    'Host, Range, conditions and the like are set by the call itself.',
  );

/** The headers that a source's authentication adds. */
export function credentialsOf(
  auth: Auth | undefined,
  secrets: Readonly<Record<string, string>>,
): Record<string, string> {
  if (auth?.type === 'basic') {
    const pair = `${auth.user}:${required(secrets, 'password')}`;
    return { authorization: `Basic ${Buffer.from(pair).toString('base64')}` };
  }
  if (auth?.type === 'bearer') return { authorization: `Bearer ${plain(secrets, 'token')}` };
  if (auth?.type === 'api-key' && 'header' in auth)
    return { [auth.header.toLowerCase()]: plain(secrets, 'key') };
  return {};
}

function plain(secrets: Readonly<Record<string, string>>, name: string): string {
  const value = required(secrets, name);
  if (/[^\t\x20-\x7e]/.test(value))
    throw new SourceRefused(`Its ${name} has characters that no header takes.`);
  return value;
}

/** The query parameter that a source's authentication adds. */
export const secretParameter = (
  auth: Auth | undefined,
  secrets: Readonly<Record<string, string>>,
): Record<string, string> =>
  auth?.type === 'api-key' && 'parameter' in auth ? { [auth.parameter]: required(secrets, 'key') } : {};

function required(secrets: Readonly<Record<string, string>>, name: string): string {
  const value = secrets[name];
  if (value === undefined) throw new SourceRefused(`Its ${name} was not entered.`);
  return value;
}
