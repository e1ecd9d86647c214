import { z } from 'zod';
import { addressErrors, publicUrl } from './address.ts';
import { auth, credentialsOf, plainHeaders, secretParameter } from './auth.ts';
import { readPages, recordsAt } from './json-pages.ts';
import { defineSourceKind, type Since, SourceFailed, type SourceRecord, SourceRefused } from './kind.ts';
import { valueAt } from './records.ts';
import { filled } from './template.ts';

/** What the document store keeps. */
const isStorable = (value: unknown, inList = false): boolean =>
  Array.isArray(value)
    ? !inList && value.every((item) => isStorable(item, true))
    : typeof value !== 'object' ||
      value === null ||
      Object.values(value).every((member) => isStorable(member));

const config = z.strictObject({
  kind: z.literal('graphql'),
  url: publicUrl,
  query: z.string().min(1).max(20_000),
  /** Texts in it may hold `{{since}}`: null until there is something to begin at. */
  variables: z
    .record(z.string().max(60), z.unknown())
    .refine(
      (variables) => Object.values(variables).every((value) => isStorable(value)),
      'Lists directly in lists cannot be kept.',
    )
    .refine((variables) => JSON.stringify(variables).length <= 20_000, 'At most 20,000 characters.')
    .optional(),
  headers: plainHeaders.optional(),
  auth: auth.optional(),
  /** Where the list is: `data.orders.nodes`, or `data.orders.edges` for the nodes in them. */
  records: z.string().min(1).max(200),
  /** Pages of a connection (Relay): its `pageInfo` is beside the list, and its end goes into this variable. */
  paging: z
    .discriminatedUnion('type', [
      z.strictObject({ type: z.literal('none') }),
      z.strictObject({ type: z.literal('relay'), variable: z.string().min(1).max(60).default('after') }),
    ])
    .default({ type: 'none' }),
  maxPages: z.int().min(1).max(100_000).default(1_000),
});
type Config = z.output<typeof config>;

/** Lists and connections of a GraphQL API. */
export const graphql = defineSourceKind({
  config,
  secrets: ['password', 'token', 'key'],
  audience: ({ url }) => new URL(url).origin,
  check: ({ url }, app) => addressErrors(url, app),
  fetch: async (fetching, config, _cursor, signal) => {
    const { since, secrets } = fetching;
    const address = new URL(config.url);
    for (const [name, value] of Object.entries(secretParameter(config.auth, secrets)))
      address.searchParams.set(name, value);
    const variables = filledDeep(config.variables ?? {}, since) as Record<string, unknown>;
    const call = (after: Readonly<Record<string, string>> = {}) => ({
      url: address.href,
      method: 'POST' as const,
      headers: { accept: 'application/json', 'content-type': 'application/json' },
      credentials: { ...config.headers, ...credentialsOf(config.auth, secrets) },
      body: JSON.stringify({ query: config.query, variables: { ...variables, ...after } }),
    });
    const pages = {
      first: call(),
      maxPages: config.maxPages,
      records: (body: unknown) => recordsOf(body, config),
      next: ({ body }: { readonly body: unknown }) => {
        const end = endOf(body, config);
        return end && call(end);
      },
    };
    return { records: readPages(fetching, pages, signal), next: () => ({}) };
  },
});

function recordsOf(body: unknown, { records }: Config): readonly SourceRecord[] {
  refuseErrors(body);
  const list = recordsAt(body, records);
  if (!/(?:^|\.)edges$/.test(records)) return list;
  return list.map(({ node }) => (typeof node === 'object' && node !== null ? (node as SourceRecord) : {}));
}

/** Errors beside data mean that rows or cells are missing: nothing of it is loaded. */
function refuseErrors(body: unknown): void {
  const errors = valueAt(body, 'errors');
  if (!Array.isArray(errors) || errors.length === 0) return;
  const [first] = errors as unknown[];
  const message = String(valueAt(first, 'message') ?? 'an error without a message').slice(0, 500);
  const code = String(valueAt(first, 'extensions.code') ?? '');
  if (/THROTTLED|RATE_?LIMIT|TIMEOUT|UNAVAILABLE|INTERNAL/i.test(code))
    throw new SourceFailed(`It answered: ${message}`);
  throw new SourceRefused(`It answered: ${message}`);
}

/** Where the next page begins; undefined after the last. */
function endOf(body: unknown, { paging, records }: Config): Record<string, string> | undefined {
  if (paging.type === 'none') return undefined;
  const info = valueAt(body, records.replace(/[^.]+$/, 'pageInfo'));
  const end = valueAt(info, 'endCursor');
  const more = valueAt(info, 'hasNextPage');
  if (typeof more !== 'boolean')
    throw new SourceRefused('There is no pageInfo { hasNextPage endCursor } beside the list: ask for it.');
  if (!more) return undefined;
  if (typeof end !== 'string')
    throw new SourceRefused('There are more pages, but its pageInfo has no endCursor.');
  return { [paging.variable]: end };
}

function filledDeep(value: unknown, since: Since | undefined): unknown {
  if (typeof value === 'string') return filled(value, since) ?? null;
  if (Array.isArray(value)) return value.map((item) => filledDeep(item, since));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, filledDeep(member, since)]));
}
