import type messages from '@/messages/en.json';

type Label = keyof (typeof messages)['sources']['fields'];
type Hint = keyof (typeof messages)['sources']['hints'];
type Choice = keyof (typeof messages)['sources']['choices'];

/** One field of a kind's form. */
export interface SourceField {
  /** Where its value lies in the form: in `config`, or in `secrets`. */
  readonly at: `config.${string}` | `secrets.${string}`;
  readonly label: Label;
  readonly hint?: Hint;
  /** `lines` are `name: value`, one a line; `block` is code of many lines, `json` such that has to be JSON. */
  readonly input:
    | 'text'
    | 'code'
    | 'number'
    | 'lines'
    | 'block'
    | 'json'
    | 'tags'
    | 'choice'
    | 'endpoint'
    | 'secret';
  readonly choices?: readonly Choice[];
  readonly required?: true;
  /** What holds while it is empty. */
  readonly placeholder?: string;
  /** The value of a new form. */
  readonly initial?: string;
  /** Shown, and sent, only where another field has one of these values. */
  readonly when?: { readonly at: `config.${string}`; readonly is: readonly string[] };
  readonly wide?: true;
}

const AUTH = 'config.auth.type';
const auth = (...choices: readonly Choice[]): readonly SourceField[] => [
  { at: AUTH, label: 'auth', input: 'choice', choices: ['none', ...choices], initial: 'none' },
  { at: 'config.auth.user', label: 'user', input: 'text', required: true, when: { at: AUTH, is: ['basic'] } },
  { at: 'secrets.password', label: 'password', input: 'secret', when: { at: AUTH, is: ['basic'] } },
  { at: 'secrets.token', label: 'token', input: 'secret', when: { at: AUTH, is: ['bearer'] } },
  {
    at: 'config.auth.header',
    label: 'header',
    input: 'text',
    required: true,
    initial: 'X-Api-Key',
    when: { at: AUTH, is: ['key-header'] },
  },
  {
    at: 'config.auth.parameter',
    label: 'parameter',
    input: 'text',
    required: true,
    initial: 'api_key',
    when: { at: AUTH, is: ['key-parameter'] },
  },
  {
    at: 'secrets.key',
    label: 'apiKey',
    input: 'secret',
    when: { at: AUTH, is: ['key-header', 'key-parameter'] },
  },
];

const PAGING = 'config.paging.type';
const paged = (...is: readonly string[]) => ({ at: PAGING, is }) as const;
const address = { at: 'config.url', label: 'url', input: 'text', required: true, wide: true } as const;
const headers = {
  at: 'config.headers',
  label: 'headers',
  hint: 'lines',
  input: 'lines',
  wide: true,
} as const;

const database = (port: string): readonly SourceField[] => [
  { at: 'config.host', label: 'host', input: 'code', required: true },
  { at: 'config.port', label: 'port', input: 'number', placeholder: port },
  { at: 'config.database', label: 'database', input: 'code', required: true },
  { at: 'config.user', label: 'user', input: 'code', required: true },
  { at: 'secrets.password', label: 'password', input: 'secret' },
  { at: 'config.tls', label: 'tls', input: 'choice', choices: ['verify', 'off'], initial: 'verify' },
  {
    at: 'config.ca',
    label: 'ca',
    hint: 'ca',
    input: 'block',
    wide: true,
    when: { at: 'config.tls', is: ['verify'] },
  },
  { at: 'config.query', label: 'sql', hint: 'sql', input: 'block', required: true, wide: true },
];

/** The forms of all kinds. A new kind: its fields here, and its words in `messages`. */
export const SOURCE_KINDS = {
  url: [
    { ...address, hint: 'fileUrl' },
    {
      at: 'config.format',
      label: 'format',
      input: 'choice',
      choices: ['automatic', 'csv', 'ndjson', 'json', 'xlsx', 'parquet'],
      initial: 'automatic',
    },
    ...auth('basic', 'bearer'),
  ],
  'google-sheet': [{ ...address, label: 'sheetUrl', hint: 'sheetUrl' }],
  rest: [
    { ...address, hint: 'restUrl' },
    ...auth('basic', 'bearer', 'key-header', 'key-parameter'),
    { at: 'config.records', label: 'records', hint: 'records', input: 'code' },
    { at: 'config.query', label: 'query', hint: 'queryLines', input: 'lines', wide: true },
    headers,
    {
      at: PAGING,
      label: 'paging',
      input: 'choice',
      choices: ['none', 'page', 'offset', 'cursor', 'link', 'next'],
      initial: 'none',
    },
    ...(['page', 'offset', 'cursor'] as const).map((name) => ({
      at: 'config.paging.parameter' as const,
      label: 'pageParameter' as const,
      input: 'code' as const,
      placeholder: name,
      when: paged(name),
    })),
    { at: 'config.paging.size', label: 'pageSize', hint: 'pageSize', input: 'number', when: paged('page') },
    { at: 'config.paging.sizeParameter', label: 'sizeParameter', input: 'code', when: paged('page') },
    {
      at: 'config.paging.limit',
      label: 'pageSize',
      input: 'number',
      placeholder: '100',
      when: paged('offset'),
    },
    {
      at: 'config.paging.limitParameter',
      label: 'sizeParameter',
      input: 'code',
      placeholder: 'limit',
      when: paged('offset'),
    },
    {
      at: 'config.paging.path',
      label: 'pagePath',
      input: 'code',
      required: true,
      when: paged('cursor', 'next'),
    },
  ],
  graphql: [
    address,
    ...auth('basic', 'bearer', 'key-header', 'key-parameter'),
    {
      at: 'config.query',
      label: 'graphqlQuery',
      hint: 'graphqlQuery',
      input: 'block',
      required: true,
      wide: true,
    },
    { at: 'config.variables', label: 'variables', hint: 'variables', input: 'json', wide: true },
    { at: 'config.records', label: 'records', hint: 'graphqlRecords', input: 'code', required: true },
    { at: PAGING, label: 'paging', input: 'choice', choices: ['none', 'relay'], initial: 'none' },
    {
      at: 'config.paging.variable',
      label: 'pageVariable',
      input: 'code',
      placeholder: 'after',
      when: paged('relay'),
    },
    headers,
  ],
  postgres: database('5432'),
  mysql: database('3306'),
  webhook: [
    { at: 'config.endpointId', label: 'endpoint', hint: 'endpoint', input: 'endpoint', required: true },
    { at: 'config.types', label: 'types', hint: 'types', input: 'tags' },
  ],
} as const satisfies Record<string, readonly SourceField[]>;

export type SourceKind = keyof typeof SOURCE_KINDS;
export const isSourceKind = (kind: string): kind is SourceKind => Object.hasOwn(SOURCE_KINDS, kind);
export const fieldsOf = (kind: string): readonly SourceField[] =>
  isSourceKind(kind) ? SOURCE_KINDS[kind] : [];
