import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compact, diffPatch, type JsonObject, mergePatch } from './record.ts';

/** Records hold no null: a merge patch has no way to say it (RFC 7396). */
const value = fc.letrec((tie) => ({
  any: fc.oneof(
    { depthSize: 'small' },
    fc.string(),
    fc.integer(),
    fc.boolean(),
    fc.array(tie('any'), { maxLength: 3 }),
    tie('object'),
  ),
  object: fc.dictionary(
    fc.oneof(fc.constantFrom('a', 'b', 'c', '__proto__', 'constructor', 'toString'), fc.string()),
    tie('any'),
    { maxKeys: 4, noNullPrototype: true },
  ),
}));
const record = value.object as fc.Arbitrary<JsonObject>;

describe('patches', () => {
  it('turn the record before into the record after, whatever they are', () => {
    fc.assert(
      fc.property(record, record, (before, after) => {
        const patch = diffPatch(before, after);
        expect(mergePatch(before, patch ?? {})).toEqual(after);
        if (patch === undefined) expect(before).toEqual(after);
      }),
      { numRuns: 500 },
    );
  });

  it('survive JSON, as the change log keeps them', () => {
    fc.assert(
      fc.property(record, record, (before, after) => {
        const patch = diffPatch(before, after);
        expect(mergePatch(before, JSON.parse(JSON.stringify(patch ?? {})))).toEqual(after);
      }),
    );
  });

  it('fold from nothing to the last version', () => {
    fc.assert(
      fc.property(fc.array(record, { minLength: 1, maxLength: 6 }), (versions) => {
        const patches = versions.map((version, index) => diffPatch(versions[index - 1] ?? {}, version) ?? {});
        expect(patches.reduce<unknown>((state, patch) => mergePatch(state, patch), {})).toEqual(
          versions.at(-1),
        );
      }),
    );
  });

  it('change neither argument, and no prototype', () => {
    fc.assert(
      fc.property(record, record, (target, patch) => {
        const before = JSON.stringify([target, patch]);
        mergePatch(target, patch);
        diffPatch(target, patch);
        expect(JSON.stringify([target, patch])).toBe(before);
        expect(Object.keys(Object.prototype)).toEqual([]);
      }),
    );
    const merged = mergePatch({}, JSON.parse('{"__proto__":{"admin":true}}')) as JsonObject;
    expect('admin' in merged).toBe(false);
  });

  it.each([
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b' }, { a: null }, {}],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{ a: [1, 2] }, ['c'], ['c']],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ])('follow RFC 7396: %j + %j', (target, patch, result) => {
    expect(mergePatch(target, patch)).toEqual(result);
  });
});

it('the order of members makes no difference', () => {
  const shuffled = (given: unknown): unknown => {
    if (Array.isArray(given)) return given.map(shuffled);
    if (typeof given !== 'object' || given === null) return given;
    return Object.fromEntries(
      Object.entries(given)
        .toReversed()
        .map(([key, member]) => [key, shuffled(member)]),
    );
  };
  fc.assert(
    fc.property(record, (given) => {
      expect(diffPatch(given, shuffled(given) as JsonObject)).toBeUndefined();
    }),
  );
  expect(diffPatch({ lines: [{ b: 1, a: 2 }] }, { lines: [{ a: 2, b: 1 }] })).toBeUndefined();
  expect(diffPatch({ lines: [{ a: 2 }] }, { lines: [{ a: 2, b: 1 }] })).toEqual({ lines: [{ a: 2, b: 1 }] });
});

it('compact leaves one form of missing', () => {
  expect(Object.keys(compact({ a: undefined, b: null, c: 0 }))).toEqual(['b', 'c']);
});
