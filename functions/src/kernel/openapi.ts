import { z } from 'zod';
import { ERRORS } from './errors.ts';
import type { Operation } from './operation.ts';
import { allOperations } from './operations.ts';
import type { Registry } from './registry.ts';

type Json = Record<string, unknown>;

/** The API as an OpenAPI 3.1 document, from the same declarations that serve it. */
export function openApiDocument(registry: Registry, info: { version: string; url: string }): Json {
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
        'Errors are RFC 9457 problem documents. Lists are paged by cursor. Writes take If-Match and Idempotency-Key.',
    },
    servers: [{ url: info.url }],
    tags: registry.modules.map(({ name }) => ({ name })),
    paths,
    components: {
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', description: 'An access token or an API key (mk_…)' },
      },
      schemas: { Problem: PROBLEM },
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
  const errorCodes = operation.access === 'public' ? [400, 422, 429] : [400, 401, 403, 404, 422, 429];
  return {
    operationId: operation.name,
    tags: [operation.name.split('.')[0]],
    summary: operation.summary,
    parameters: [...inPath, ...(operation.body === 'none' && input ? queryParameters(input) : [])],
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
    ...(operation.body === 'stream'
      ? { requestBody: { required: true, content: { 'application/octet-stream': {} } } }
      : {}),
    responses: {
      [operation.status]: {
        description: 'Success',
        ...(output ? { content: { 'application/json': { schema: output } } } : {}),
      },
      ...Object.fromEntries(
        errorCodes.map((code) => [
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

function queryParameters(schema: Json): Json[] {
  const required = (schema.required ?? []) as string[];
  return Object.entries((schema.properties ?? {}) as Record<string, Json>).map(([name, property]) => ({
    name,
    in: 'query',
    required: required.includes(name),
    schema: property,
  }));
}
