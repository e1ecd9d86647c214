import { FieldPath, Filter } from '@google-cloud/firestore';
import { beforeAll, describe, expect, test } from 'vitest';
import { contract } from './doors.ts';
import { Code, ids, seed } from './support.ts';

const { and, or, where } = Filter;

contract('AND and OR', (world) => {
  let rows = {} as FirebaseFirestore.CollectionReference;

  beforeAll(async () => {
    rows = await seed(world.collection(), {
      d1: { a: 1, b: 0, t: [0] },
      d2: { b: 1, t: [1] },
      d3: { a: 3, b: 2, t: [2, 7] },
      d4: { a: 1, b: 3, t: [3, 7] },
      d5: { a: 1 },
      d6: { a: 2 },
    });
  });

  test('a disjunction finds each document once, in the order of names', async () => {
    expect(await ids(rows.where(or(where('a', '==', 1), where('b', '==', 1))))).toEqual([
      'd1',
      'd2',
      'd4',
      'd5',
    ]);
    expect(await ids(rows.where(or(where('a', '==', 1), where('b', '==', 3), where('b', '==', 0))))).toEqual([
      'd1',
      'd4',
      'd5',
    ]);
    expect(await ids(rows.where(or(where('a', '==', 2), where('b', 'in', [2, 3]))))).toEqual([
      'd3',
      'd4',
      'd6',
    ]);
    expect(await ids(rows.where(or(where('a', '==', 2), where('t', 'array-contains', 7))))).toEqual([
      'd3',
      'd4',
      'd6',
    ]);
    expect(await ids(rows.where(or(where('a', '==', 2), where('t', 'array-contains-any', [0, 3]))))).toEqual([
      'd1',
      'd4',
      'd6',
    ]);
  });

  test('conjunctions and disjunctions nest', async () => {
    const either = or(
      and(where('a', '==', 1), where('b', '==', 0)),
      and(where('a', '==', 3), where('b', '==', 2)),
    );
    expect(await ids(rows.where(either))).toEqual(['d1', 'd3']);
    const both = and(
      or(where('a', '==', 2), where('b', '==', 2)),
      or(where('a', '==', 3), where('b', '==', 3)),
    );
    expect(await ids(rows.where(both))).toEqual(['d3']);
    expect(await ids(rows.where('a', '==', 1).where(or(where('b', '==', 0), where('b', '==', 3))))).toEqual([
      'd1',
      'd4',
    ]);
  });

  test('what is ordered by a field has it', async () => {
    const query = rows.where(or(where('a', '==', 1), where('b', '==', 1)));
    expect(await ids(query.orderBy('a'))).toEqual(['d1', 'd4', 'd5']);
    expect(await ids(query.orderBy('b'))).toEqual(['d1', 'd2', 'd4']);
    expect(await ids(query.orderBy('b', 'desc').limit(2))).toEqual(['d4', 'd2']);
    expect(await ids(query.orderBy('b').limitToLast(1))).toEqual(['d4']);
  });

  test('an inequality in a disjunction orders the whole', async () => {
    expect(await ids(rows.where(or(where('a', '>', 2), where('b', '==', 1))))).toEqual(['d3']);
    expect(
      await ids(
        rows
          .where(or(where('a', '==', 1), where('b', '>', 0)))
          .orderBy('b')
          .limitToLast(2),
      ),
    ).toEqual(['d3', 'd4']);
    expect(await ids(rows.where(or(where('a', '==', 2), where('b', 'not-in', [2, 3]))))).toEqual([
      'd1',
      'd2',
    ]);
  });

  test('up to 30 disjunctions after normalisation', async () => {
    const equal = (field: string, n: number) => Array.from({ length: n }, (_, i) => where(field, '==', i));
    expect(await ids(rows.where(or(...equal('a', 30))))).toEqual(['d1', 'd3', 'd4', 'd5', 'd6']);
    expect(await ids(rows.where(and(or(...equal('a', 5)), or(...equal('b', 6)))))).toEqual([
      'd1',
      'd3',
      'd4',
    ]);
    const tooMany = rows.where(and(or(...equal('a', 16)), or(...equal('b', 2))));
    await expect(ids(tooMany)).rejects.toMatchObject({ code: Code.INVALID_ARGUMENT });
  });

  test('what only makes sense once is refused twice', async () => {
    for (const query of [
      rows.where('a', '!=', 1).where('b', '!=', 1),
      rows.where('a', '!=', 1).where('b', 'not-in', [1]),
      rows.where('a', 'in', [1]).where('b', 'not-in', [1]),
      rows.where('t', 'array-contains', 1).where('t', 'array-contains', 2),
      rows.where('t', 'array-contains', 1).where('t', 'array-contains-any', [2]),
    ]) {
      await expect(ids(query)).rejects.toMatchObject({ code: Code.INVALID_ARGUMENT });
    }
  });
});

contract('inequalities on several fields', (world) => {
  let rows = {} as FirebaseFirestore.CollectionReference;
  const name = FieldPath.documentId();

  beforeAll(async () => {
    rows = await seed(world.collection(), {
      d1: { key: 'a', sort: 0, v: 5, in: { at: 4 }, 'dot.ted': 4 },
      d2: { key: 'aa', sort: 4, v: 4, in: { at: 2 }, 'dot.ted': 2 },
      d3: { key: 'b', sort: 3, v: 3, in: { at: 1 }, 'dot.ted': 1 },
      d4: { key: 'b', sort: 2, v: 2, in: { at: 3 }, 'dot.ted': 3 },
      d5: { key: 'b', sort: 2, v: 1 },
      d6: { key: 'b', sort: 0, v: 0 },
      odd: { key: 'z', sort: Number.NaN, v: 1 },
      none: { key: 'z', sort: null, v: 3 },
    });
  });

  test('results come by the named fields, then by the others in the order of their names', async () => {
    const query = rows.where('sort', '>', 1).where('key', '!=', 'a');
    expect(await ids(query)).toEqual(['d2', 'd4', 'd5', 'd3']);
    expect(await ids(rows.where('key', '!=', 'a').where('sort', '>', 1))).toEqual(['d2', 'd4', 'd5', 'd3']);
    expect(await ids(query.where('v', 'in', [1, 3]))).toEqual(['d5', 'd3']);
    expect(await ids(query.where('v', 'in', [1, 2, 3]).where('sort', '<=', 2))).toEqual(['d4', 'd5']);
    expect(await ids(query.orderBy('v', 'desc'))).toEqual(['d2', 'd3', 'd4', 'd5']);
    expect(await ids(query.orderBy('v', 'desc').limitToLast(2))).toEqual(['d4', 'd5']);
    expect(await ids(query.orderBy('sort', 'desc').orderBy('key'))).toEqual(['d2', 'd3', 'd4', 'd5']);
    expect(await ids(rows.where('sort', '<', 9).where('v', '<=', 1))).toEqual(['d6', 'd5']);
    expect((await query.orderBy('v').count().get()).data().count).toBe(4);
  });

  test('a document as cursor stands in the order that is implied', async () => {
    const snapshot = (id: string) => rows.doc(id).get();
    const query = rows.where('sort', '>', 1).where('key', '!=', 'a');
    expect(await ids(query.startAt(await snapshot('d4')))).toEqual(['d4', 'd5', 'd3']);
    expect(await ids(query.orderBy('v', 'desc').startAfter(await snapshot('d3')))).toEqual(['d4', 'd5']);
    expect(
      await ids(
        query
          .orderBy('v', 'desc')
          .orderBy('sort')
          .endBefore(await snapshot('d4')),
      ),
    ).toEqual(['d2', 'd3']);
    const escaped = rows
      .where('in.at', '<=', 4)
      .where(new FieldPath('dot.ted'), '!=', 4)
      .orderBy('key', 'desc');
    expect(await ids(escaped)).toEqual(['d4', 'd3', 'd2']);
    expect(await ids(escaped.startAt(await snapshot('d3')))).toEqual(['d3', 'd2']);
  });

  test('names come last in what is implied', async () => {
    const query = rows.where(name, '<', 'd5').where('sort', '>=', 1).where('key', '!=', 'a');
    expect(await ids(query)).toEqual(['d2', 'd4', 'd3']);
    expect(await ids(query.startAt(await rows.doc('d4').get()))).toEqual(['d4', 'd3']);
    expect(await ids(query.orderBy('sort', 'desc'))).toEqual(['d2', 'd3', 'd4']);
  });

  describe('in nested filters', () => {
    const nested = or(
      and(where('key', '==', 'b'), where('sort', '<=', 2)),
      and(where('key', '!=', 'b'), where('v', '>', 4)),
    );

    test('each document is in once, in one order', async () => {
      expect(await ids(rows.where(nested))).toEqual(['d1', 'd6', 'd5', 'd4']);
      expect(await ids(rows.where(nested).orderBy('sort', 'desc').orderBy('key'))).toEqual([
        'd5',
        'd4',
        'd1',
        'd6',
      ]);
      expect(await ids(rows.where(nested).startAt(await rows.doc('d6').get()))).toEqual(['d6', 'd5', 'd4']);
    });
  });
});
