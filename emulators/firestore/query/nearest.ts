import { unwrap, type WireFindNearest } from '../door/wire.ts';
import { FirestoreError, invalid } from '../errors.ts';
import type { IndexDefinition } from '../indexes/index-config.ts';
import type { StoredDocument } from '../values/document.ts';
import { type FieldPath, type FieldPathParser, valueAt, withValueAt } from '../values/field-path.ts';
import {
  doubleValue,
  type Fields,
  MAX_DIMENSIONS,
  readValue,
  type Value,
  vectorOf,
} from '../values/values.ts';
import type { Query } from './query.ts';

type Measure = 'EUCLIDEAN' | 'COSINE' | 'DOT_PRODUCT';
const MEASURES: Record<string, Measure> = {
  EUCLIDEAN: 'EUCLIDEAN',
  1: 'EUCLIDEAN',
  COSINE: 'COSINE',
  2: 'COSINE',
  DOT_PRODUCT: 'DOT_PRODUCT',
  3: 'DOT_PRODUCT',
};
const MAX_RESULTS = 1000;

/** A search for the vectors closest to one. */
export interface Nearest {
  path: FieldPath;
  vector: number[];
  measure: Measure;
  limit: number;
  /** Farthest distance (for DOT_PRODUCT: smallest product) that counts. */
  threshold: number | undefined;
  /** Field of the answer that takes the distance. */
  resultField: FieldPath | undefined;
}

function numbersOf(value: Value | undefined): number[] | undefined {
  const elements = value && vectorOf(value);
  return elements?.map((element) =>
    element.valueType === 'doubleValue'
      ? element.doubleValue
      : element.valueType === 'integerValue'
        ? Number(element.integerValue)
        : Number.NaN,
  );
}

export function readNearest(input: WireFindNearest, parser: FieldPathParser): Nearest {
  const vector = numbersOf(readValue(input.queryVector ?? {}, 'findNearest.queryVector'));
  if (!vector || vector.length === 0 || vector.length > MAX_DIMENSIONS) {
    throw invalid(`findNearest.queryVector must be a vector of 1 to ${MAX_DIMENSIONS} dimensions.`);
  }
  const measure = MEASURES[String(input.distanceMeasure ?? '')];
  if (!measure) throw invalid('findNearest.distanceMeasure is missing.');
  const limit = unwrap(input.limit) ?? 0;
  if (limit < 1 || limit > MAX_RESULTS)
    throw invalid(`findNearest.limit must be between 1 and ${MAX_RESULTS}.`);
  const boxed = input.distanceThreshold;
  const threshold = typeof boxed === 'object' ? (boxed?.value ?? undefined) : boxed;
  return {
    path: parser.parse(input.vectorField?.fieldPath ?? ''),
    vector,
    measure,
    limit,
    threshold,
    resultField: input.distanceResultField ? parser.parse(input.distanceResultField) : undefined,
  };
}

function dot(a: readonly number[], b: readonly number[]): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0);
  return sum;
}

/** https://firebase.google.com/docs/firestore/vector-search#vector_distances */
function distance(measure: Measure, a: readonly number[], b: readonly number[]): number {
  if (measure === 'DOT_PRODUCT') return dot(a, b);
  if (measure === 'COSINE') return 1 - dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += ((a[i] ?? 0) - (b[i] ?? 0)) ** 2;
  return Math.sqrt(sum);
}

/** The documents whose vectors are nearest, nearest first; those of other dimensions are passed over. */
export function nearest(search: Nearest, documents: Iterable<StoredDocument>): StoredDocument[] {
  const { measure, vector, threshold, resultField } = search;
  const sign = measure === 'DOT_PRODUCT' ? -1 : 1;
  const found: { document: StoredDocument; at: number }[] = [];
  for (const document of documents) {
    const candidate = numbersOf(valueAt(document.fields, search.path.segments));
    if (candidate?.length !== vector.length) continue;
    const at = distance(measure, candidate, vector);
    if (Number.isNaN(at) || (threshold !== undefined && at * sign > threshold * sign)) continue;
    found.push({ document, at });
  }
  // The sort is stable: at equal distances the order of the query decides.
  found.sort((a, b) => (a.at - b.at) * sign);
  return found.slice(0, search.limit).map(({ document, at }) => {
    if (!resultField) return document;
    const fields: Fields = withValueAt(document.fields, resultField.segments, doubleValue(at));
    return { ...document, fields };
  });
}

/** Throws FAILED_PRECONDITION, with the entry to add, when no declared vector index covers the search. */
export function requireVectorIndex(
  query: Query,
  search: Nearest,
  definitions: readonly IndexDefinition[],
): void {
  const scope = query.allDescendants ? 'COLLECTION_GROUP' : 'COLLECTION';
  for (const filters of query.disjuncts) {
    const equalities = [...new Set(filters.map(({ path }) => path.text))].sort();
    const covered = definitions.some(({ scope: declared, fields }) => {
      const last = fields.at(-1);
      const lead = fields.slice(0, -1).map(({ path }) => path.text);
      return (
        declared === scope &&
        last?.kind === 'vector' &&
        last.path.text === search.path.text &&
        JSON.stringify(lead.sort()) === JSON.stringify(equalities)
      );
    });
    if (covered) continue;
    const entry = {
      collectionGroup: query.collectionId,
      queryScope: scope,
      fields: [
        ...equalities.map((fieldPath) => ({ fieldPath, order: 'ASCENDING' })),
        {
          fieldPath: search.path.text,
          vectorConfig: { dimension: search.vector.length, flat: {} },
        },
      ],
    };
    throw new FirestoreError(
      'FAILED_PRECONDITION',
      `Missing vector index configuration. Add this entry to "indexes" in firestore.indexes.json: ${JSON.stringify(entry)}`,
    );
  }
}
