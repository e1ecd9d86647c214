import { type PartPlace, PLACE } from '../../kernel/ports/datasets.ts';
import { quoted, tableOf } from './names.ts';

/** The column that tells the order of the rows of a part, which a table of BigQuery does not have. */
export const ROW = '_row';
const PART = '_part';
/** More rows than a file holds. */
const MAX_FILE_ROWS = 1_000_000_000_000;

/**
 * What stands in FROM for these parts, with `PLACE`. A column that some parts do not have is empty there.
 * @param key columns of which each combination is shown once: with the last row of the last part
 */
export function numberedOf(
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
  return `(SELECT * EXCEPT (${ROW}, ${PART}), ${PART} * ${MAX_FILE_ROWS} + ${ROW} AS ${PLACE} FROM ${rows}${newest})`;
}

export const relationOf = (...asked: Parameters<typeof numberedOf>): string =>
  `(SELECT * EXCEPT (${PLACE}) FROM ${numberedOf(...asked)})`;
