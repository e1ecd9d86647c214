import { STATEMENT_CARRIERS, TABLE_CARRIERS, VALUE_CARRIERS } from './carriers.ts';
import { generatedQueries, randomFrom } from './generator.ts';
import { metricQueries } from './metric-queries.ts';
import { hostileStatements } from './statements.ts';
import { hostileTables } from './tables.ts';
import { bombs, tricks } from './tricks.ts';
import { hostileValues } from './values.ts';
import type { Victim } from './world.ts';

const SEED = 20_260_101;
const GENERATED = 400;

/** One thing to ask, and what is known of its answer. */
export interface Attack {
  readonly family: 'tables' | 'values' | 'statements' | 'tricks' | 'bombs' | 'generated' | 'metrics' | 'own';
  readonly url: '/api/analytics/sql' | '/api/analytics/query';
  readonly body: unknown;
  /** Whether it must be refused; otherwise it may be answered, with what belongs to the asker. */
  readonly refused: boolean;
}

/** Few may be answered: a value that is a plain text, or a name that means something to GoogleSQL too. */
const ASKABLE =
  /^'.*'$|^r'|^'''.*'''$|^"|^b'|^SAFE_CAST|^REGEXP_REPLACE|^EXTRACT|^PARSE_JSON|^JSON_VALUE|^`name"|^FORMAT\('%s', 1/;

export function corpus(victim: Victim): Attack[] {
  const asked = (family: Attack['family'], sql: string, refused: boolean, timeoutMs = 5_000): Attack => ({
    family,
    url: '/api/analytics/sql',
    body: { sql, timeoutMs },
    refused,
  });
  return [
    ...hostileTables(victim).flatMap((table) =>
      TABLE_CARRIERS.map((carry) => asked('tables', carry(table), true)),
    ),
    ...hostileValues(victim).flatMap((value) =>
      VALUE_CARRIERS.map((carry) => asked('values', carry(value), !ASKABLE.test(value))),
    ),
    ...hostileStatements(victim).flatMap((statement) =>
      STATEMENT_CARRIERS.map((carry) => asked('statements', carry(statement), true)),
    ),
    ...tricks(victim).map((sql) => asked('tricks', sql, false)),
    ...bombs.map((sql) => asked('bombs', sql, false, 1_000)),
    ...generatedQueries(victim, GENERATED, SEED).map((sql) => asked('generated', sql, false)),
    ...metricQueries(victim).map(
      (body): Attack => ({ family: 'metrics', url: '/api/analytics/query', body, refused: false }),
    ),
  ];
}

/** A part of the corpus that holds some of every family; the same one each time. */
export function sampleOf(
  attacks: readonly Attack[],
  shares: Readonly<Partial<Record<Attack['family'], number>>>,
): Attack[] {
  const random = randomFrom(SEED);
  return attacks.filter(({ family }) => random() < (shares[family] ?? 1));
}
