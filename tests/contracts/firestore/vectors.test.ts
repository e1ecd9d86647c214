import {
  type ExplainOptions,
  type ExplainResults,
  FieldValue,
  type QueryDocumentSnapshot,
  type VectorQueryOptions,
  type VectorValue,
} from '@google-cloud/firestore';
import { beforeAll, expect, test } from 'vitest';
import { contract } from './doors.ts';
import { Code, ids, seed } from './support.ts';

const { vector } = FieldValue;

contract('vector search', (world) => {
  let rows = {} as FirebaseFirestore.CollectionReference;

  beforeAll(async () => {
    rows = await seed(world.collection(), {
      none: { kind: 'p' },
      list: { kind: 'p', v: [10, 10] },
      text: { kind: 'p', v: 'x' },
      null: { kind: 'p', v: null },
      short: { kind: 'p', v: vector([10]) },
      same: { kind: 'q', v: vector([10, 10]) },
      one: { kind: 'p', v: vector([1, 1]), in: { v: vector([3, 4]) } },
      ten: { kind: 'p', v: vector([10, 0]), distance: 'far' },
      twenty: { kind: 'p', v: vector([20, 0]) },
      far: { kind: 'p', v: vector([100, 100]) },
    });
  });

  const search = (options: Partial<VectorQueryOptions>): VectorQueryOptions => ({
    vectorField: 'v',
    queryVector: [10, 10],
    limit: 10,
    distanceMeasure: 'EUCLIDEAN',
    ...options,
  });

  test('finds the nearest by each measure, and passes over what is no vector of this size', async () => {
    const p = rows.where('kind', '==', 'p');
    expect(await ids(p.findNearest(search({})))).toEqual(['ten', 'one', 'twenty', 'far']);
    expect(await ids(p.findNearest(search({ limit: 2 })))).toEqual(['ten', 'one']);
    expect(await ids(p.findNearest(search({ distanceMeasure: 'DOT_PRODUCT', limit: 3 })))).toEqual([
      'far',
      'twenty',
      'ten',
    ]);
    expect((await ids(p.findNearest(search({ distanceMeasure: 'COSINE' })))).slice(0, 2).sort()).toEqual([
      'far',
      'one',
    ]);
    expect(await ids(rows.findNearest(search({ vectorField: 'in.v', queryVector: [0, 0] })))).toEqual([
      'one',
    ]);
    expect(await ids(rows.findNearest(search({ vectorField: 'absent' })))).toEqual([]);
  });

  test('tells the distance, in place of a field of that name', async () => {
    const distances = async (options: Partial<VectorQueryOptions>) => {
      const { docs } = await rows.findNearest(search({ distanceResultField: 'distance', ...options })).get();
      return Object.fromEntries(docs.map((document) => [document.id, document.get('distance')]));
    };
    expect(await distances({ queryVector: [10, 0] })).toMatchObject({ ten: 0, twenty: 10, same: 10 });
    expect(await distances({ queryVector: [1, 0], distanceMeasure: 'DOT_PRODUCT' })).toEqual({
      far: 100,
      twenty: 20,
      ten: 10,
      same: 10,
      one: 1,
    });
    expect(await distances({ queryVector: [0, -1], distanceMeasure: 'COSINE' })).toMatchObject({
      ten: 1,
      twenty: 1,
    });
    expect((await rows.doc('ten').get()).get('distance')).toBe('far');
  });

  test('leaves out what is beyond the threshold, up to the limit', async () => {
    expect(await ids(rows.findNearest(search({ distanceThreshold: 10 })))).toEqual(['same', 'ten']);
    expect(
      await ids(
        rows.findNearest(search({ distanceMeasure: 'DOT_PRODUCT', distanceThreshold: 200, limit: 2 })),
      ),
    ).toEqual(['far', 'same']);
    expect(
      await ids(
        rows.findNearest(search({ distanceMeasure: 'COSINE', queryVector: [1, 0], distanceThreshold: 0.1 })),
      ),
    ).toEqual(['ten', 'twenty']);
  });

  test('works with filters, projections and converters', async () => {
    const selected = await rows
      .where('kind', 'in', ['p', 'q'])
      .select('kind', 'distance')
      .findNearest(search({ distanceResultField: 'distance', limit: 2 }))
      .get();
    expect(selected.docs.map((document) => document.data())).toEqual([
      { kind: 'q', distance: 0 },
      { kind: 'p', distance: 10 },
    ]);
    const converter = {
      toFirestore: (data: { size: number }) => data,
      fromFirestore: (document: QueryDocumentSnapshot) => ({
        size: (document.get('v') as VectorValue).toArray().length,
      }),
    };
    const converted = await rows
      .withConverter(converter)
      .findNearest(search({ limit: 1 }))
      .get();
    expect(converted.docs[0]?.data()).toEqual({ size: 2 });
  });

  test('takes up to 2,048 dimensions and 1,000 results', async () => {
    const wide = Array.from({ length: 2048 }, (_, n) => n);
    const collection = await seed(world.collection(), { wide: { v: vector(wide) } });
    const { docs } = await collection.findNearest(search({ queryVector: wide, limit: 1000 })).get();
    expect((docs[0]?.get('v') as VectorValue | undefined)?.toArray()).toEqual(wide);
    await expect(collection.doc('wider').set({ v: vector([...wide, 1]) })).rejects.toMatchObject({
      code: Code.INVALID_ARGUMENT,
    });
  });
});

/** Explains a query of any kind; the types of the client name each kind apart. */
function explain(query: object, options?: ExplainOptions): Promise<ExplainResults<unknown>> {
  return (query as { explain(options?: ExplainOptions): Promise<ExplainResults<unknown>> }).explain(options);
}

contract('explain', (world) => {
  let rows = {} as FirebaseFirestore.CollectionReference;
  const nearest: VectorQueryOptions = {
    vectorField: 'v',
    queryVector: [1, 2],
    limit: 5,
    distanceMeasure: 'COSINE',
  };

  beforeAll(async () => {
    rows = await seed(world.collection(), {
      a: { n: 1, v: vector([1, 1]) },
      b: { n: 2, v: vector([2, 1]) },
      c: { n: 1 },
    });
  });

  test('plans without running', async () => {
    for (const query of [rows, rows.where('n', '>', 1), rows.count(), rows.findNearest(nearest)]) {
      const { metrics, snapshot } = await explain(query);
      expect(metrics.planSummary.indexesUsed.length).toBeGreaterThan(0);
      expect([metrics.executionStats, snapshot]).toEqual([null, null]);
    }
  });

  test('runs, and tells what that took', async () => {
    const expected: [object, number][] = [
      [rows.where('n', '==', 1), 2],
      [rows.where('n', '==', 9), 0],
      [rows.count(), 1],
      [rows.findNearest(nearest), 2],
    ];
    for (const [query, results] of expected) {
      const { metrics, snapshot } = await explain(query, { analyze: true });
      expect(snapshot).not.toBeNull();
      expect(metrics.executionStats?.resultsReturned).toBe(results);
      expect(metrics.executionStats?.readOperations).toBeGreaterThan(0);
      const { seconds = 0, nanoseconds = 0 } = metrics.executionStats?.executionDuration ?? {};
      expect(seconds + nanoseconds).toBeGreaterThan(0);
      expect(Object.keys(metrics.executionStats?.debugStats ?? {})).not.toEqual([]);
    }
  });

  test('streams the metrics with the last document', async () => {
    const parts = async (options?: { analyze: boolean }) => {
      const seen: string[] = [];
      const stream = rows.where('n', '==', 1).explainStream(options) as NodeJS.ReadableStream;
      for await (const part of stream) {
        const { document, metrics } = part as unknown as { document?: object; metrics?: object };
        seen.push([document && 'document', metrics && 'metrics'].filter(Boolean).join('+'));
      }
      return seen;
    };
    expect(await parts()).toEqual(['metrics']);
    expect(await parts({ analyze: false })).toEqual(['metrics']);
    expect(await parts({ analyze: true })).toEqual(['document', 'document+metrics']);
  });
});
