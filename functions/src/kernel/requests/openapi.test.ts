import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { modules } from '../../modules.ts';
import { createTestPlatform, type TestPlatform } from '../testing/harness.ts';
import { allOperations } from './operations.ts';

type Json = Record<string, unknown>;
interface Described {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly parameters?: readonly Json[];
  readonly requestBody?: { readonly content: Record<string, { schema?: Json; example?: unknown }> };
  readonly responses: Record<string, { description?: string }>;
}

let platform: TestPlatform;
let document: Json & {
  readonly paths: Record<string, Record<string, Described>>;
  readonly webhooks: Record<string, { post: Described }>;
  readonly components: Record<string, Json>;
  readonly tags: readonly { name: string }[];
};
beforeAll(async () => {
  platform = await createTestPlatform(modules);
  document = (await platform.request('GET', '/api/openapi.json')).body;
});
afterAll(() => platform?.close());

const described = (): Described[] => [
  ...Object.values(document.paths).flatMap((path) => Object.values(path)),
  ...Object.values(document.webhooks).map(({ post }) => post),
];

/** Every object in the document, with its path. */
function* objects(value: unknown, path = '#'): Generator<[string, Json]> {
  if (typeof value !== 'object' || value === null) return;
  if (!Array.isArray(value)) yield [path, value as Json];
  for (const [name, member] of Object.entries(value)) yield* objects(member, `${path}/${name}`);
}

/** Patterns of JSON Schema know Unicode classes; zod compiles them without. */
const plain = (schema: Json): Json =>
  JSON.parse(
    JSON.stringify(schema, (name, value: unknown) =>
      name === 'pattern' && typeof value === 'string' && value.includes('\\p{') ? undefined : value,
    ),
  );

describe('the OpenAPI document', () => {
  it('is of version 3.1 and describes every operation once', () => {
    expect(document.openapi).toMatch(/^3\.1\.\d$/);
    const ids = described().map(({ operationId }) => operationId);
    expect(new Set(ids).size).toBe(ids.length);
    const operations = allOperations(platform.app.registry);
    expect(Object.values(document.paths).flatMap((path) => Object.keys(path))).toHaveLength(
      operations.length,
    );
  });

  it('declares every parameter of a path, no parameter twice, and every tag', () => {
    const tags = new Set(document.tags.map(({ name }) => name));
    for (const [path, methods] of Object.entries(document.paths))
      for (const [method, { parameters = [], tags: own }] of Object.entries(methods)) {
        const names = parameters.map((parameter) => `${parameter.in} ${parameter.name ?? parameter.$ref}`);
        expect({ path, method, names }).toEqual({ path, method, names: [...new Set(names)] });
        const inPath = parameters.filter((parameter) => parameter.in === 'path').map(({ name }) => name);
        expect(inPath).toEqual([...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name));
        expect(own.every((tag) => tags.has(tag))).toBe(true);
      }
  });

  it('refers only to what is in it', () => {
    for (const [path, { $ref }] of objects(document)) {
      if (typeof $ref !== 'string') continue;
      const target = $ref
        .slice(2)
        .split('/')
        .reduce<unknown>((at, name) => (at as Json | undefined)?.[name], document);
      expect({ path, $ref, found: target !== undefined }).toMatchObject({ found: true });
    }
  });

  it('says what every answer means', () => {
    for (const { operationId, responses } of described()) {
      expect(Object.keys(responses).length).toBeGreaterThan(0);
      for (const [status, { description }] of Object.entries(responses))
        expect({ operationId, status, description }).toMatchObject({
          status: expect.stringMatching(/^(?:[1-5](?:\d\d|XX)|default)$/),
          description: expect.stringMatching(/\w/),
        });
    }
  });

  it('has examples that fit their schemas', () => {
    for (const { operationId, requestBody } of described())
      for (const { schema, example } of Object.values(requestBody?.content ?? {}))
        if (schema && example !== undefined) {
          const parsed = z.fromJSONSchema(plain(schema)).safeParse(example);
          expect({ operationId, issues: parsed.error?.issues ?? [] }).toEqual({ operationId, issues: [] });
        }
  });

  it('lists what is sent by webhooks, and how it is signed', () => {
    const event = document.webhooks['crm.contacts.created']?.post;
    const properties = { type: { const: 'crm.contacts.created' } };
    expect(event?.requestBody?.content['application/json']?.schema).toMatchObject({ properties });
    expect(event?.parameters).toContainEqual({ $ref: '#/components/parameters/WebhookSignature' });
    expect(Object.keys(document.webhooks)).toContain('hooks.events.created');
    expect(document.paths['/hooks/{token}']?.post?.requestBody).toBeDefined();
  });
});
