import { z } from 'zod';
import { announcedBy, type Operation } from '../../kernel/changes/change.ts';
import type { App } from '../../kernel/context.ts';
import { type Collection, defineEndpoint } from '../../kernel/define.ts';
import { type Message, maySend, shownFields } from './message.ts';

const SAMPLE = '01JD0000000000000000000000';
const PLAIN = { id: 'who_0', permissions: undefined };
const json = z.record(z.string(), z.unknown());

export const catalogue = defineEndpoint({
  name: 'webhooks.catalogue',
  method: 'GET',
  summary: 'Every event that can be sent, with the JSON Schema of its body and an example',
  access: 'viewer',
  input: z.strictObject({}),
  output: z.object({
    events: z.array(z.object({ name: z.string(), description: z.string(), schema: json, example: json })),
  }),
  example: {},
  handle: (ctx) => ({
    events: eventsOf(ctx.app).map((event) => ({ ...event, example: { ...event.example } })),
  }),
});

interface CatalogueEvent {
  readonly name: string;
  readonly description: string;
  /** JSON Schema of the body. */
  readonly schema: Record<string, unknown>;
  readonly example: Message;
}

/** Every event that can be sent, in the order of their names. */
export const eventsOf = (app: App): CatalogueEvent[] =>
  [...app.registry.collections.values()]
    .filter((collection) => maySend(collection, PLAIN))
    .flatMap((collection) => announcedBy(collection).map((announced) => describe(collection, announced)))
    .sort((a, b) => (a.name < b.name ? -1 : 1));

const PAST = { create: 'was created', update: 'was changed', delete: 'was deleted', restore: 'was restored' };

function describe(
  collection: Collection,
  { event, operation }: { readonly event: string; readonly operation: Operation },
): CatalogueEvent {
  const { options, name } = collection;
  const changes = changesSchema(collection, operation);
  return {
    name: event,
    description: `One of the ${options.labels.many} ${saying(event, operation)}.`,
    schema: {
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      type: 'object',
      required: ['type', 'timestamp', 'data'],
      properties: {
        type: { const: event },
        timestamp: { type: 'string', format: 'date-time' },
        data: {
          type: 'object',
          required: ['id', 'collection', 'version', 'operation', 'changes'],
          properties: {
            id: { type: 'string' },
            collection: { const: name },
            version: { type: 'integer', minimum: 1 },
            operation: { const: operation },
            changes,
          },
        },
      },
    },
    example: {
      type: event,
      timestamp: '2026-01-01T12:00:00.000000Z',
      data: {
        id: `${options.idPrefix}_${SAMPLE}`,
        collection: name,
        version: operation === 'create' ? 1 : 2,
        operation,
        changes: operation === 'create' || operation === 'update' ? options.example : {},
      },
    },
  };
}

/** `was changed`, or `was changed: failed` where the collection has an event for it. */
function saying(event: string, operation: Operation): string {
  const own = event.slice(event.lastIndexOf('.') + 1);
  return operation === 'update' && own !== 'updated' ? `${PAST.update}: ${own}` : PAST[operation];
}

/** The fields of the collection as JSON Schema. In an update each may be missing, and null when it was removed. */
function changesSchema(collection: Collection, operation: Operation): Record<string, unknown> {
  if (operation === 'delete' || operation === 'restore') return { type: 'object' };
  const properties = Object.fromEntries(
    Object.entries(shownFields(collection)).map(([name, schema]) => {
      const { $schema: _$schema, ...described } = z.toJSONSchema(schema, {
        io: 'input',
        unrepresentable: 'any',
      });
      return [name, operation === 'update' ? { anyOf: [described, { type: 'null' }] } : described];
    }),
  );
  return { type: 'object', properties };
}
