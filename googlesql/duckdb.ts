/** What the printed SQL calls and DuckDB lacks, to be registered on a connection before it runs that SQL. */

import type { DuckDBConnection } from '@duckdb/node-api';
import { type DuckDb, register } from './native/define.ts';
import { FORMAT_FUNCTIONS } from './native/format.ts';
import { JSON_FUNCTIONS } from './native/json.ts';
import { MOMENT_FUNCTIONS } from './native/moments.ts';
import { NUMBER_FUNCTIONS } from './native/numbers.ts';
import { STRING_FUNCTIONS } from './native/strings.ts';

export { asBigQueryError } from './failures.ts';
export type { DuckDb } from './native/define.ts';
export { entriesOf, itemsOf, scalarText, type TimestampFormat } from './native/texts.ts';

const FUNCTIONS = {
  ...NUMBER_FUNCTIONS,
  ...STRING_FUNCTIONS,
  ...MOMENT_FUNCTIONS,
  ...JSON_FUNCTIONS,
  ...FORMAT_FUNCTIONS,
};

/** Registers every function for the whole database that the connection belongs to; they run on the calling thread. */
export function registerFunctions(api: DuckDb, connection: DuckDBConnection): void {
  register(api, connection, FUNCTIONS);
}
