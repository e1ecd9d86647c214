import { z } from 'zod';
import { addressErrors, publicUrl } from './address.ts';
import { auth, credentialsOf, plainHeaders, secretParameter } from './auth.ts';
import { type Page, type Pages, readPages, recordsAt } from './json-pages.ts';
import { defineSourceKind, type Fetching, SourceRefused } from './kind.ts';
import { nextLink } from './link-header.ts';
import { valueAt } from './records.ts';
import { filled, filledRecord } from './template.ts';

const parameter = z.string().min(1).max(60);
const path = z.string().max(200);

const paging = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('none') }),
  /** `?page=1`, `?page=2`, … until a page is empty, or shorter than `size`: without that where a server may give less. */
  z.strictObject({
    type: z.literal('page'),
    parameter: parameter.default('page'),
    first: z.int().min(0).max(1).default(1),
    sizeParameter: parameter.optional(),
    size: z.int().min(1).max(10_000).optional(),
  }),
  /** `?offset=0&limit=100`, `?offset=100&limit=100`, … */
  z.strictObject({
    type: z.literal('offset'),
    parameter: parameter.default('offset'),
    limitParameter: parameter.default('limit'),
    limit: z.int().min(1).max(10_000).default(100),
  }),
  /** A text in the answer that goes into the next call. */
  z.strictObject({ type: z.literal('cursor'), parameter: parameter.default('cursor'), path: path.min(1) }),
  /** `Link: <…>; rel="next"` (RFC 8288). */
  z.strictObject({ type: z.literal('link') }),
  /** The address of the next page, in the answer. */
  z.strictObject({ type: z.literal('next'), path: path.min(1) }),
]);
type Paging = z.output<typeof paging>;

const config = z.strictObject({
  kind: z.literal('rest'),
  url: publicUrl,
  /** Values may hold `{{since}}`: such a parameter is left out until there is something to begin at. */
  query: z
    .record(z.string().min(1).max(60), z.string().max(500))
    .refine((query) => Object.keys(query).length <= 50, 'At most 50 parameters.')
    .optional(),
  headers: plainHeaders.optional(),
  auth: auth.optional(),
  /** Where in the answer the list is (`data.items`); empty when it is the answer itself. */
  records: path.default(''),
  paging: paging.default({ type: 'none' }),
  maxPages: z.int().min(1).max(100_000).default(1_000),
});
type Config = z.output<typeof config>;

/** Lists of an API that answers JSON, page after page. */
export const rest = defineSourceKind({
  config,
  secrets: ['password', 'token', 'key'],
  audience: ({ url }) => new URL(url).origin,
  check: ({ url }, app) => addressErrors(url, app),
  fetch: async (fetching, config, _cursor, signal) => ({
    records: readPages(fetching, pagesOf(fetching, config), signal),
    next: () => ({}),
  }),
});

function pagesOf({ since, secrets }: Fetching, config: Config): Pages {
  const { paging, records } = config;
  const secret = secretParameter(config.auth, secrets);
  const own = withQuery(filled(config.url, since) ?? config.url, {
    ...filledRecord(config.query ?? {}, since),
    ...firstOf(paging),
    ...secret,
  });
  const call = {
    home: config.url,
    // What somebody set may be as secret as the credentials.
    credentials: {
      accept: 'application/json',
      ...filledRecord(config.headers ?? {}, since),
      ...credentialsOf(config.auth, secrets),
    },
  };
  return {
    first: { ...call, url: own },
    records: (body) => recordsAt(body, records),
    maxPages: config.maxPages,
    next: (page, { url }) => {
      const next = nextUrl(paging, page, url);
      if (next === undefined) return undefined;
      const atHome = new URL(next).origin === new URL(config.url).origin;
      return { ...call, url: atHome ? withQuery(next, secret) : next };
    },
  };
}

function withQuery(url: string, query: Readonly<Record<string, string>>): string {
  const whole = new URL(url);
  for (const [name, value] of Object.entries(query)) whole.searchParams.set(name, value);
  return whole.href;
}

function firstOf(paging: Paging): Record<string, string> {
  if (paging.type === 'page')
    return {
      [paging.parameter]: String(paging.first),
      ...(paging.size && paging.sizeParameter ? { [paging.sizeParameter]: String(paging.size) } : {}),
    };
  if (paging.type === 'offset')
    return { [paging.parameter]: '0', [paging.limitParameter]: String(paging.limit) };
  return {};
}

/** The address of the page after one; undefined after the last. */
function nextUrl(paging: Paging, { body, headers, records }: Page, url: string): string | undefined {
  switch (paging.type) {
    case 'none':
      return undefined;
    case 'page':
      if (records.length < (paging.size ?? 1)) return undefined;
      return withQuery(url, { [paging.parameter]: String(numberIn(url, paging.parameter) + 1) });
    case 'offset':
      if (records.length === 0) return undefined;
      // A server may give less than was asked for, and still have more.
      return withQuery(url, { [paging.parameter]: String(numberIn(url, paging.parameter) + records.length) });
    case 'cursor': {
      const value = valueAt(body, paging.path);
      if (value === undefined || value === null || value === '' || value === false) return undefined;
      if (typeof value !== 'string' && typeof value !== 'number')
        throw new SourceRefused(`What is at ${paging.path} of its answer is no cursor.`);
      return withQuery(url, { [paging.parameter]: String(value) });
    }
    case 'link':
      return absolute(nextLink(headers.link), url);
    case 'next': {
      const value = valueAt(body, paging.path);
      if (value === undefined || value === null || value === '' || value === false) return undefined;
      if (typeof value !== 'string')
        throw new SourceRefused(`What is at ${paging.path} of its answer is no address.`);
      return absolute(value, url);
    }
  }
}

const numberIn = (url: string, parameter: string): number =>
  Number(new URL(url).searchParams.get(parameter) ?? 0);

function absolute(link: string | undefined, base: string): string | undefined {
  if (link === undefined) return undefined;
  if (!URL.canParse(link, base)) throw new SourceRefused('It names what is no address as the next page.');
  return new URL(link, base).href;
}
