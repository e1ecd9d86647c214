/** The service google.pubsub.v1.SchemaService. */

import { unary } from './grpc-call.ts';
import { type Names, pageOf, toTimestamp } from './grpc-wire.ts';
import { compileSchema, type Schemas } from './schemas.ts';
import type { SchemaRevision } from './types.ts';

interface WireSchema {
  name: string;
  type: string;
  definition: string;
}

interface List {
  parent: string;
  name: string;
  view: string;
  pageSize: number;
  pageToken: string;
}

export function schemaMethods(schemas: Schemas, names: Names) {
  /** Short for schemas of the engine's own project; keeps a revision after `@`. */
  const inside = (name: string) => {
    const [base = '', revision] = name.split('@');
    const id = names.inside('schemas', base);
    return revision ? `${id}@${revision}` : id;
  };

  function toWire(name: string, { id, type, definition, createdAt }: SchemaRevision, view = 'FULL') {
    return {
      name: names.outside('schemas', name),
      type,
      definition: view === 'BASIC' ? '' : definition,
      revisionId: id,
      revisionCreateTime: toTimestamp(new Date(createdAt)),
    };
  }

  return {
    createSchema: unary((request: { parent: string; schema: WireSchema | null; schemaId: string }) => {
      const name = inside(`${request.parent}/schemas/${request.schemaId}`);
      return toWire(name, schemas.create(name, request.schema?.type ?? '', request.schema?.definition ?? ''));
    }),

    getSchema: unary(({ name, view }: { name: string; view: string }) => {
      const id = inside(name);
      return toWire(id.split('@')[0] ?? id, schemas.get(id), view);
    }),

    listSchemas: unary((request: List) => {
      const view = request.view === 'FULL' ? 'FULL' : 'BASIC';
      const all = schemas.list().map(({ name, revision }) => toWire(name, revision, view));
      const { items, nextPageToken } = pageOf(
        all.filter(({ name }) => name.startsWith(`${request.parent}/`)),
        request,
      );
      return { schemas: items, nextPageToken };
    }),

    listSchemaRevisions: unary((request: List) => {
      const name = inside(request.name);
      const newestFirst = schemas.revisions(name).toReversed();
      return {
        schemas: newestFirst.map((revision) => toWire(name, revision, request.view)),
        nextPageToken: '',
      };
    }),

    commitSchema: unary(({ name, schema }: { name: string; schema: WireSchema | null }) => {
      const id = inside(name);
      return toWire(id, schemas.commit(id, schema?.type ?? '', schema?.definition ?? ''));
    }),

    rollbackSchema: unary(({ name, revisionId }: { name: string; revisionId: string }) => {
      const id = inside(name);
      return toWire(id, schemas.rollback(id, revisionId));
    }),

    deleteSchemaRevision: unary(({ name }: { name: string }) => {
      const id = inside(name);
      return toWire(id.split('@')[0] ?? id, schemas.deleteRevision(id));
    }),

    deleteSchema: unary(({ name }: { name: string }) => {
      schemas.delete(inside(name));
      return {};
    }),

    validateSchema: unary(({ schema }: { schema: WireSchema | null }) => {
      compileSchema(schema?.type ?? '', schema?.definition ?? '');
      return {};
    }),

    validateMessage: unary(
      (request: { name?: string; schema?: WireSchema | null; message: Uint8Array; encoding: string }) => {
        const { type, definition } = request.name
          ? schemas.get(inside(request.name))
          : (request.schema ?? empty());
        compileSchema(type, definition)(request.message, request.encoding);
        return {};
      },
    ),
  };
}

function empty(): { type: string; definition: string } {
  return { type: '', definition: '' };
}
