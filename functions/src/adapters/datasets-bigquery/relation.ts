import type { PartPlace } from '../../kernel/ports/datasets.ts';
import { quoted, tableOf } from './names.ts';

/** The columns that tell the order of rows, which a table of BigQuery does not have: within a part, and of the parts. */
export const ROW = '_row';
const PART = '_part';

/**
 * What stands in FROM for these parts. A column that some parts do not have is empty there.
 * @param key columns of which each combination is shown once: with the last row of the last part
 */
export function relationOf(
  place: Omit<PartPlace, 'part'>,
  parts: readonly string[],
  key: readonly string[] = [],
): string {
  const selects = parts.map(
    (part, index) => `SELECT *, ${index} AS ${PART} FROM ${quoted(tableOf({ ...place, part }))}`,
  );
  const rows = `(${selects.join('\nFULL OUTER UNION ALL BY NAME\n')})`;
  // As text, since not every type can be a key of a partition.
  const keys = key.map((name) => `TO_JSON_STRING(${quoted(name)})`).join(', ');
  const newest =
    key.length === 0
      ? ''
      : ` WHERE TRUE QUALIFY ROW_NUMBER() OVER (PARTITION BY ${keys} ORDER BY ${PART} DESC, ${ROW} DESC) = 1
        OR ${key.map((name) => `${quoted(name)} IS NULL`).join(' OR ')}`;
  return `(SELECT * EXCEPT (${ROW}, ${PART}) FROM ${rows}${newest})`;
}
