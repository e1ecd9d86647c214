import type { Nearest } from './nearest.ts';
import type { Plan } from './planner.ts';
import type { Query } from './query.ts';

/** `google.protobuf.Struct`, of strings. */
interface Struct {
  fields: Record<string, { stringValue: string } | { structValue: Struct }>;
}

/** `google.firestore.v1.ExplainMetrics`. */
export interface ExplainMetrics {
  planSummary: { indexesUsed: Struct[] };
  executionStats?: {
    resultsReturned: number;
    executionDuration: { seconds: number; nanos: number };
    readOperations: number;
    debugStats: Struct;
  };
}

function struct(values: Record<string, string>): Struct {
  return {
    fields: Object.fromEntries(Object.entries(values).map(([key, stringValue]) => [key, { stringValue }])),
  };
}

/** A vector index ends in the vector, whatever found its candidates. */
function withVector(properties: string, search: Nearest | undefined): string {
  if (!search) return properties;
  return `${properties.slice(0, -1)}, ${search.path.text} VECTOR<${search.vector.length}>)`;
}

/** Which indexes the plans of a query use. */
export function planSummary(query: Query, plans: readonly (Plan | undefined)[]): ExplainMetrics {
  const scope = query.allDescendants ? 'Collection group' : 'Collection';
  const byName = `(__name__ ${query.orders.at(-1)?.descending ? 'DESC' : 'ASC'})`;
  const used = new Set<string>();
  for (const plan of plans) {
    for (const properties of plan?.properties.length ? plan.properties : [() => byName])
      used.add(withVector(properties(), query.findNearest));
  }
  return {
    planSummary: {
      indexesUsed: [...used].map((properties) => struct({ query_scope: scope, properties })),
    },
  };
}

/**
 * The metrics of a query that was run.
 * @param milliseconds how long it took. @param scanned documents that were looked at.
 */
export function executed(
  summary: ExplainMetrics,
  results: number,
  milliseconds: number,
  scanned: number,
): ExplainMetrics {
  const seconds = Math.floor(milliseconds / 1000);
  const billed = String(Math.max(scanned, 1));
  return {
    ...summary,
    executionStats: {
      resultsReturned: results,
      executionDuration: { seconds, nanos: Math.round((milliseconds - seconds * 1000) * 1e6) },
      readOperations: Math.max(scanned, 1),
      debugStats: {
        fields: {
          documents_scanned: { stringValue: String(scanned) },
          billing_details: { structValue: struct({ documents_billable: billed, min_query_cost: '0' }) },
        },
      },
    },
  };
}
