/** Checks messages against Avro schemas: https://avro.apache.org/docs/1.12.0/specification/ */

/** Throws unless a parsed JSON value, in Avro's JSON encoding, fits. */
type JsonCheck = (value: unknown) => void;

/** Reads one value of the binary encoding, and throws when there is none. */
type BinaryCheck = (reader: Reader) => void;

interface Checks {
  json: JsonCheck;
  binary: BinaryCheck;
}

export interface AvroSchema {
  checkJson(value: unknown): void;
  checkBinary(data: Uint8Array): void;
}

/** Throws an Error that says what is wrong with the schema. */
export function compileAvro(definition: string): AvroSchema {
  const checks = new Compiler().compile(JSON.parse(definition), '');
  return {
    checkJson: checks.json,
    checkBinary(data) {
      const reader = new Reader(data);
      checks.binary(reader);
      if (!reader.isAtEnd) throw new Error('there are bytes after the value');
    },
  };
}

class Reader {
  readonly #data: Uint8Array;
  #at = 0;

  constructor(data: Uint8Array) {
    this.#data = data;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#data.length;
  }

  skip(bytes: number): void {
    if (bytes < 0 || this.#at + bytes > this.#data.length) throw new Error('the message ends early');
    this.#at += bytes;
  }

  byte(): number {
    this.skip(1);
    return this.#data[this.#at - 1] ?? 0;
  }

  /** A zigzag variable-length integer. */
  long(): number {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      if (shift > 63n) throw new Error('an integer is too long');
      const byte = this.byte();
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return Number((value >> 1n) ^ -(value & 1n));
    }
  }
}

const isInteger = (value: unknown, limit: number) =>
  Number.isInteger(value) && Math.abs(value as number) <= limit;
const expect = (name: string, holds: (value: unknown) => boolean): JsonCheck => {
  return (value) => {
    if (!holds(value)) throw new Error(`${JSON.stringify(value)?.slice(0, 100)} is not ${name}`);
  };
};
const text = expect('a string', (value) => typeof value === 'string');
const number = expect('a number', (value) => typeof value === 'number');
const sized: BinaryCheck = (reader) => reader.skip(reader.long());
const long: BinaryCheck = (reader) => void reader.long();

const PRIMITIVES: Record<string, Checks> = {
  null: { json: expect('null', (value) => value === null), binary: () => undefined },
  boolean: {
    json: expect('a boolean', (value) => typeof value === 'boolean'),
    binary: (reader) => {
      if (reader.byte() > 1) throw new Error('a boolean is 0 or 1');
    },
  },
  int: { json: expect('an int', (value) => isInteger(value, 2 ** 31)), binary: long },
  long: { json: expect('a long', (value) => isInteger(value, 2 ** 63)), binary: long },
  float: { json: number, binary: (reader) => reader.skip(4) },
  double: { json: number, binary: (reader) => reader.skip(8) },
  bytes: { json: text, binary: sized },
  string: { json: text, binary: sized },
};

class Compiler {
  readonly #named = new Map<string, Checks>();

  compile(schema: unknown, namespace: string): Checks {
    if (typeof schema === 'string') return this.#reference(schema, namespace);
    if (Array.isArray(schema)) return this.#union(schema, namespace);
    if (typeof schema !== 'object' || schema === null || !('type' in schema))
      throw new Error('a schema has a type');
    const { type } = schema;
    if (type === 'array') return this.#blocks(this.compile(field(schema, 'items'), namespace), false);
    if (type === 'map') return this.#blocks(this.compile(field(schema, 'values'), namespace), true);
    if (type === 'record' || type === 'error') return this.#record(schema, namespace);
    if (type === 'enum') return this.#define(schema, namespace, enumChecks(schema));
    if (type === 'fixed') return this.#define(schema, namespace, fixedChecks(schema));
    return this.compile(type, namespace);
  }

  #reference(name: string, namespace: string): Checks {
    const found = PRIMITIVES[name] ?? this.#named.get(`${namespace}.${name}`) ?? this.#named.get(name);
    if (!found) throw new Error(`"${name}" is no known type`);
    return found;
  }

  #define(schema: object, namespace: string, checks: Checks): Checks {
    const name = field(schema, 'name');
    if (typeof name !== 'string' || name === '') throw new Error('a record, enum or fixed has a name');
    const own = 'namespace' in schema ? String(schema.namespace) : namespace;
    this.#named.set(name.includes('.') || own === '' ? name : `${own}.${name}`, checks);
    return checks;
  }

  #record(schema: object, namespace: string): Checks {
    const own = 'namespace' in schema ? String(schema.namespace) : namespace;
    const fields = new Map<string, Checks>();
    const checks: Checks = {
      json: (value) => {
        if (typeof value !== 'object' || value === null) throw new Error('a record is an object');
        const given = value as Record<string, unknown>;
        for (const [name, check] of fields) {
          if (!Object.hasOwn(given, name)) throw new Error(`field "${name}" is missing`);
          check.json(given[name]);
        }
        const unknown = Object.keys(given).find((name) => !fields.has(name));
        if (unknown !== undefined) throw new Error(`field "${unknown}" is unknown`);
      },
      binary: (reader) => {
        for (const check of fields.values()) check.binary(reader);
      },
    };
    // The record is known before its fields, which may contain it.
    this.#define(schema, namespace, checks);
    const declared = field(schema, 'fields');
    if (!Array.isArray(declared)) throw new Error('a record has fields');
    for (const item of declared)
      fields.set(String(field(item, 'name')), this.compile(field(item, 'type'), own));
    return checks;
  }

  #union(schemas: unknown[], namespace: string): Checks {
    const branches = schemas.map((schema) => ({
      name: nameOf(schema),
      checks: this.compile(schema, namespace),
    }));
    return {
      json: (value) => {
        const [name, inner] = value === null ? ['null', null] : (Object.entries(value as object)[0] ?? []);
        const branch = branches.find((other) => other.name === name || other.name.endsWith(`.${name}`));
        if (!branch) throw new Error(`${JSON.stringify(value)?.slice(0, 100)} names no branch of its union`);
        branch.checks.json(inner);
      },
      binary: (reader) => {
        const branch = branches[reader.long()];
        if (!branch) throw new Error('a union has no such branch');
        branch.checks.binary(reader);
      },
    };
  }

  #blocks(items: Checks, keyed: boolean): Checks {
    return {
      json: (value) => {
        if (typeof value !== 'object' || value === null || Array.isArray(value) === keyed) {
          throw new Error(`${JSON.stringify(value)?.slice(0, 100)} is not ${keyed ? 'a map' : 'an array'}`);
        }
        for (const item of Object.values(value)) items.json(item);
      },
      binary: (reader) => {
        for (let count = reader.long(); count !== 0; count = reader.long()) {
          // A negative count is followed by the block's size in bytes.
          if (count < 0) reader.long();
          for (let index = 0; index < Math.abs(count); index += 1) {
            if (keyed) sized(reader);
            items.binary(reader);
          }
        }
      },
    };
  }
}

function enumChecks(schema: object): Checks {
  const symbols = field(schema, 'symbols');
  if (!Array.isArray(symbols)) throw new Error('an enum has symbols');
  return {
    json: expect('one of the symbols', (value) => symbols.includes(value)),
    binary: (reader) => {
      if (symbols[reader.long()] === undefined) throw new Error('an enum has no such symbol');
    },
  };
}

function fixedChecks(schema: object): Checks {
  const size = Number(field(schema, 'size'));
  if (!Number.isInteger(size)) throw new Error('a fixed has a size');
  const json = expect(`${size} bytes`, (value) => typeof value === 'string' && value.length === size);
  return { json, binary: (reader) => reader.skip(size) };
}

function nameOf(schema: unknown): string {
  if (typeof schema !== 'object' || schema === null) return String(schema);
  return String(field(schema, 'name') ?? field(schema, 'type'));
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}
