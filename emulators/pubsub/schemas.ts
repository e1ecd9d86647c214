/** Schemas of messages: kept with their revisions, and enforced when messages are published. */

import { randomBytes } from 'node:crypto';
import protobuf from 'protobufjs';
import { compileAvro } from './avro.ts';
import { PubSubError } from './errors.ts';
import type { PubSubEngine, SchemaRevision } from './types.ts';

const MAX_DEFINITION_BYTES = 300 * 1024;
const MAX_REVISIONS = 20;

/** Throws when the data does not fit. */
type Validator = (data: Uint8Array, encoding: string) => void;

export class Schemas {
  readonly #engine: PubSubEngine;
  readonly #validators = new Map<string, Validator>();

  constructor(engine: PubSubEngine) {
    this.#engine = engine;
  }

  list(): { name: string; revision: SchemaRevision }[] {
    return [...this.#engine.schemas()].flatMap(([name, revisions]) => {
      const revision = revisions.at(-1);
      return revision ? [{ name, revision }] : [];
    });
  }

  /** Every revision, newest last. Throws NOT_FOUND. */
  revisions(name: string): SchemaRevision[] {
    const revisions = this.#engine.schemas().get(name);
    if (!revisions) throw new PubSubError('NOT_FOUND', `Schema ${name} does not exist.`);
    return revisions;
  }

  /** The revision that `name@revision` asks for, the newest by default. Throws NOT_FOUND. */
  get(name: string): SchemaRevision {
    const [base = '', id] = name.split('@');
    const revisions = this.revisions(base);
    const revision = id ? revisions.find((other) => other.id === id) : revisions.at(-1);
    if (!revision) throw new PubSubError('NOT_FOUND', `Schema ${base} has no revision ${id}.`);
    return revision;
  }

  create(name: string, type: string, definition: string): SchemaRevision {
    if (this.#engine.schemas().has(name)) throw new PubSubError('ALREADY_EXISTS', `Schema ${name} exists.`);
    return this.#append(name, [], type, definition);
  }

  commit(name: string, type: string, definition: string): SchemaRevision {
    const revisions = this.revisions(name);
    if (revisions.at(-1)?.type !== type)
      throw new PubSubError('INVALID_ARGUMENT', 'A schema keeps its type.');
    return this.#append(name, revisions, type, definition);
  }

  #append(name: string, revisions: SchemaRevision[], type: string, definition: string): SchemaRevision {
    compileSchema(type, definition);
    if (revisions.length >= MAX_REVISIONS) {
      throw new PubSubError(
        'RESOURCE_EXHAUSTED',
        `A schema has at most ${MAX_REVISIONS} revisions; delete one.`,
      );
    }
    const id = randomBytes(4).toString('hex');
    const revision = {
      id,
      type: type as SchemaRevision['type'],
      definition,
      createdAt: new Date().toISOString(),
    };
    this.#put(name, [...revisions, revision]);
    return revision;
  }

  rollback(name: string, id: string): SchemaRevision {
    const { type, definition } = this.get(`${name}@${id}`);
    return this.#append(name, this.revisions(name), type, definition);
  }

  /** Removes one revision, but never the last one. */
  deleteRevision(name: string): SchemaRevision {
    const [base = '', id] = name.split('@');
    const revision = this.get(name);
    const kept = this.revisions(base).filter((other) => other.id !== id);
    if (!id || kept.length === 0)
      throw new PubSubError('FAILED_PRECONDITION', 'A schema keeps one revision.');
    this.#put(base, kept);
    return revision;
  }

  delete(name: string): void {
    this.revisions(name);
    this.#put(name, []);
  }

  #put(name: string, revisions: SchemaRevision[]): void {
    this.#engine.putSchema(name, revisions);
    this.#validators.delete(name);
  }

  /** Throws INVALID_ARGUMENT when the data does not fit the newest revision. */
  validate(name: string, data: Uint8Array, encoding: string): void {
    let validator = this.#validators.get(name);
    if (!validator) {
      const { type, definition } = this.get(name);
      validator = compileSchema(type, definition);
      this.#validators.set(name, validator);
    }
    validator(data, encoding);
  }
}

/** Throws INVALID_ARGUMENT when the schema is wrong; so does what it returns when the data does not fit. */
export function compileSchema(type: string, definition: string): Validator {
  if (Buffer.byteLength(definition) > MAX_DEFINITION_BYTES) {
    throw new PubSubError('INVALID_ARGUMENT', `A schema has at most ${MAX_DEFINITION_BYTES} bytes.`);
  }
  const checks = guarded('The schema is not valid', () => {
    if (type === 'AVRO') return avroChecks(definition);
    if (type === 'PROTOCOL_BUFFER') return protobufChecks(definition);
    throw new Error('its type is AVRO or PROTOCOL_BUFFER');
  });
  return (data, encoding) =>
    guarded('The message does not fit its schema', () => {
      if (encoding === 'JSON') checks.json(JSON.parse(Buffer.from(data).toString()));
      else if (encoding === 'BINARY') checks.binary(data);
      else throw new Error('the encoding is JSON or BINARY');
    });
}

interface Checks {
  json(value: unknown): void;
  binary(data: Uint8Array): void;
}

function avroChecks(definition: string): Checks {
  const schema = compileAvro(definition);
  return { json: schema.checkJson, binary: schema.checkBinary };
}

function protobufChecks(definition: string): Checks {
  const { root } = protobuf.parse(definition);
  const types = messageTypes(root);
  const [type] = types;
  if (!type || types.length > 1) throw new Error('it defines exactly one message at the top');
  root.resolveAll();
  return {
    json(value) {
      if (typeof value !== 'object' || value === null) throw new Error('it is not an object');
      const unknown = Object.keys(value).find((name) => !type.fields[name]);
      if (unknown !== undefined) throw new Error(`field "${unknown}" is unknown`);
      const problem = type.verify(value);
      if (problem) throw new Error(problem);
    },
    binary: (data) => void type.decode(data),
  };
}

/** The top-level messages, whatever package they are in. */
function messageTypes(namespace: protobuf.NamespaceBase): protobuf.Type[] {
  return namespace.nestedArray.flatMap((item) => {
    if (item instanceof protobuf.Type) return [item];
    return item instanceof protobuf.Namespace ? messageTypes(item) : [];
  });
}

function guarded<Result>(what: string, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new PubSubError('INVALID_ARGUMENT', `${what}: ${reason}.`, { cause: error });
  }
}
