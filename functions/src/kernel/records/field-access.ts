import { type Caller, decide } from '../access.ts';
import type { Collection } from '../define.ts';
import { Problem } from '../errors.ts';
import { oncePer } from '../once-per.ts';
import { type JsonObject, sameJson } from './record.ts';

/** What a collection's field rules mean for reading, writing and logging. Compiled once a collection. */
export interface FieldAccess {
  /** Leaves out what the caller may not read. */
  show<T extends object>(record: T, caller: Caller): T;
  /** 422 when input names a computed field. */
  refuseComputed(input: unknown, caller: Caller): void;
  /** 403 when a field was changed that the caller may not write. */
  refuseUnwritable(next: JsonObject, current: JsonObject | undefined, caller: Caller): void;
  /** The part of a whole record that callers may send; a computed field with another value is refused. */
  withoutComputed(next: unknown, current: JsonObject, caller: Caller): unknown;
  computedOf(current: JsonObject): JsonObject;
  /** What may enter the change log. */
  withoutSecrets(patch: JsonObject): JsonObject;
}

export const fieldAccess: (collection: Collection) => FieldAccess = oncePer(compile);

function compile(collection: Collection): FieldAccess {
  const { options } = collection;
  const secret = options.secret ?? [];
  const rules = Object.entries(options.fieldAccess ?? {});
  const readRules = rules.flatMap(([field, { read }]) => (read === undefined ? [] : [{ field, read }]));
  const writeRules = rules.flatMap(([field, { write }]) => (write === undefined ? [] : [{ field, write }]));
  const computed = Object.keys(options.computed ?? {});

  const without = <T extends object>(value: T, fields: readonly string[]): T => {
    if (!fields.some((field) => field in value)) return value;
    return Object.fromEntries(Object.entries(value).filter(([field]) => !fields.includes(field))) as T;
  };

  return {
    show: (record, caller) => {
      if (caller.kind === 'system') return record;
      if (readRules.length === 0) return secret.length === 0 ? record : without(record, secret);
      const hidden = readRules.filter(({ read }) => decide(read, caller) !== true).map(({ field }) => field);
      return without(record, [...secret, ...hidden]);
    },
    refuseComputed: (input, caller) => {
      if (caller.kind === 'system' || computed.length === 0 || typeof input !== 'object' || input === null)
        return;
      const errors = computed
        .filter((field) => field in input)
        .map((path) => ({ path, message: 'This field is set by the platform.', code: 'read_only' }));
      if (errors.length > 0) throw new Problem('invalid', 'Some fields cannot be set.', { errors });
    },
    refuseUnwritable: (next, current, caller) => {
      for (const { field, write } of writeRules) {
        const changed = !sameJson(next[field], current?.[field]);
        if (changed && decide(write, caller) !== true)
          throw new Problem('forbidden', `You may not change ${field}.`);
      }
    },
    withoutComputed: (next, current, caller) => {
      if (typeof next !== 'object' || next === null || computed.length === 0) return next;
      const errors = computed
        .filter(
          (field) =>
            caller.kind !== 'system' &&
            field in next &&
            !sameJson((next as JsonObject)[field], current[field]),
        )
        .map((path) => ({ path, message: 'This field is set by the platform.', code: 'read_only' }));
      if (errors.length > 0) throw new Problem('invalid', 'Some fields cannot be set.', { errors });
      return without(next, computed);
    },
    computedOf: (current) =>
      Object.fromEntries(
        computed.flatMap((field) => (current[field] === undefined ? [] : [[field, current[field]]])),
      ),
    withoutSecrets: (patch) => without(patch, secret),
  };
}
