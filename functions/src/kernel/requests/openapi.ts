import { z } from 'zod';
import { ERRORS } from '../errors.ts';
import type { Registry } from '../registry.ts';
import type { Operation } from './operation.ts';
import { allOperations } from './operations.ts';

type Json = Record<string, unknown>;

/** An event that outgoing webhooks send. */
export interface WebhookEvent {
  /** `crm.contacts.created` */
  readonly name: string;
  readonly description: string;
  /** JSON Schema of the body. */
  readonly schema: Readonly<Record<string, unknown>>;
  readonly example: unknown;
}

/** The API as an OpenAPI 3.1 document, from the same declarations that serve it. */
export function openApiDocument(
  registry: Registry,
  info: { readonly version: string; readonly url: string },
  events: readonly WebhookEvent[] = [],
): Json {
  const paths: Record<string, Json> = {};
  for (const operation of allOperations(registry)) {
    paths[operation.path] ??= {};
    Object.assign(paths[operation.path] ?? {}, { [operation.method.toLowerCase()]: describe(operation) });
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Mewayz API',
      version: info.version,
      description:
        'Errors are RFC 9457 problem documents. Lists are paged by cursor. Writes take If-Match and Idempotency-Key. The section of webhooks lists what is sent to the addresses registered at /api/webhooks/endpoints; other systems deliver to /hooks/{token}.',
    },
    servers: [{ url: info.url }],
    tags: registry.modules.map(({ name }) => ({ name })),
    paths,
    webhooks: Object.fromEntries(events.map((event) => [event.name, { post: describeEvent(event) }])),
    components: {
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', description: 'An access token or an API key (mk_…)' },
      },
      parameters: { ...HEADERS, ...SIGNATURE_HEADERS },
      schemas: { Problem: PROBLEM },
    },
  };
}

const header = (name: string, description: string, example: string, required = false): Json => ({
  name,
  in: 'header',
  required,
  description,
  schema: { type: 'string' },
  example,
});

/** Headers that requests take. */
const HEADERS: Readonly<Record<string, Json>> = {
  Tenant: header(
    'X-Tenant-Id',
    'One of the caller’s organisations; the default one without it.',
    'ten_01JD0000000000000000000000',
  ),
  IdempotencyKey: header(
    'Idempotency-Key',
    'The same key and body within 24 hours give the first answer again; with another body it is 422.',
    'order-1001',
  ),
  IfMatch: header('If-Match', 'The ETag that was last read: 412 when the record has changed since.', '"3"'),
};

/** Headers of https://www.standardwebhooks.com. */
const SIGNATURE_HEADERS: Readonly<Record<string, Json>> = {
  WebhookId: header(
    'webhook-id',
    'The same for every attempt: what comes again is recognised by it.',
    'msg_01JD0000000000000000000000',
    true,
  ),
  WebhookTimestamp: header(
    'webhook-timestamp',
    'When this attempt was made, in seconds since 1970.',
    '1768471200',
    true,
  ),
  WebhookSignature: header(
    'webhook-signature',
    '`v1,` and the base64 of the HMAC-SHA-256 of `id.timestamp.body` with the endpoint’s secret; one for each secret while it is rotated, separated by spaces.',
    'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    true,
  ),
};

const component = (name: string): Json => ({ $ref: `#/components/parameters/${name}` });

function describeEvent({ name, description, schema, example }: WebhookEvent): Json {
  const { $schema: _$schema, ...body } = schema;
  return {
    operationId: `on.${name}`,
    tags: [name.split('.')[0]],
    summary: description,
    parameters: Object.keys(SIGNATURE_HEADERS).map(component),
    requestBody: { required: true, content: { 'application/json': { schema: body, example } } },
    responses: {
      '2XX': { description: 'It was taken.' },
      '410': { description: 'It is not wanted any more: the endpoint is switched off.' },
      default: { description: 'It is sent again, with growing pauses for about three days.' },
    },
  };
}

const PROBLEM: Json = {
  type: 'object',
  required: ['type', 'title', 'status', 'code', 'detail', 'requestId'],
  properties: {
    type: { type: 'string', format: 'uri' },
    title: { type: 'string' },
    status: { type: 'integer' },
    code: { type: 'string', enum: Object.keys(ERRORS) },
    detail: { type: 'string' },
    requestId: { type: 'string' },
    errors: {
      type: 'array',
      items: {
        type: 'object',
        properties: { path: { type: 'string' }, message: { type: 'string' }, code: { type: 'string' } },
      },
    },
  },
};

/** A schema as JSON Schema 2020-12; what has no JSON form (undefined) is left out. */
function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): Json | undefined {
  const { $schema: _$schema, ...rest } = z.toJSONSchema(schema, {
    io,
    unrepresentable: 'any',
    reused: 'inline',
  }) as Json;
  return Object.keys(rest).length > 0 ? rest : undefined;
}

function describe(operation: Operation): Json {
  const input = operation.input && jsonSchema(operation.input, 'input');
  const output = operation.output && jsonSchema(operation.output, 'output');
  const inPath = [...operation.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
  return {
    operationId: operation.name,
    tags: [operation.name.split('.')[0]],
    summary: operation.summary,
    parameters: [
      ...inPath,
      ...(operation.body === 'none' && input
        ? queryParameters(input).filter(({ name }) => !inPath.some((known) => known.name === name))
        : []),
      ...headersOf(operation).map(component),
    ],
    ...(operation.body === 'json'
      ? {
          requestBody: {
            required: true,
            content: {
              'application/json': { ...(input ? { schema: input } : {}), example: operation.example },
            },
          },
        }
      : {}),
    ...(operation.body === 'stream' ? { requestBody: { required: true, content: { '*/*': {} } } } : {}),
    responses: {
      [operation.status]: {
        description: 'Success',
        ...(output ? { content: { 'application/json': { schema: output } } } : {}),
      },
      ...Object.fromEntries(
        errorCodesOf(operation).map((code) => [
          code,
          {
            description: 'Problem',
            content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
          },
        ]),
      ),
    },
    ...(operation.access === 'public'
      ? {}
      : { security: [{ bearer: [] }], 'x-permission': operation.permission }),
  };
}

/** Statuses of the problems that an operation answers with, beside 500 and 503. */
function errorCodesOf(operation: Operation): number[] {
  const { access, body, method, path } = operation;
  const guarded = access !== 'public';
  const codes: readonly (readonly [number, boolean])[] = [
    [400, true],
    [401, guarded || body === 'stream'],
    [403, guarded],
    [404, guarded || path.includes('{')],
    [409, method === 'POST' || method === 'PUT'],
    [412, headersOf(operation).includes('IfMatch')],
    [413, body !== 'none'],
    [415, body === 'json'],
    [422, true],
    [429, true],
  ];
  return codes.filter(([, applies]) => applies).map(([code]) => code);
}

/** The common headers that an operation heeds. */
function headersOf({ access, method, path }: Operation): (keyof typeof HEADERS)[] {
  if (access === 'public') return [];
  const changesOne = ['PUT', 'PATCH', 'DELETE'].includes(method) && path.endsWith('/{id}');
  return [
    ...(access === 'signed-in' ? [] : ['Tenant']),
    ...(method === 'POST' ? ['IdempotencyKey'] : []),
    ...(changesOne ? ['IfMatch'] : []),
  ];
}

function queryParameters(schema: Json): Json[] {
  const required = (schema.required ?? []) as string[];
  return Object.entries((schema.properties ?? {}) as Record<string, Json>).map(([name, property]) => ({
    name,
    in: 'query',
    required: required.includes(name),
    schema: property,
  }));
}
