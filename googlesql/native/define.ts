/** Functions that DuckDB lacks, or has with other rules, written here and called from its SQL. */

import type {
  DuckDBConnection,
  DuckDBDataChunk,
  DuckDBType,
  DuckDBValue,
  DuckDBVector,
} from '@duckdb/node-api';

import { SqlError } from '../errors.ts';

export type DuckDb = typeof import('@duckdb/node-api');

export type NativeType =
  | 'VARCHAR'
  | 'BIGINT'
  | 'DOUBLE'
  | 'BOOLEAN'
  | 'BLOB'
  | 'DECIMAL'
  | 'DATE'
  | 'TIME'
  | 'TIMESTAMP'
  | 'INTERVAL'
  | 'VARCHAR[]'
  | 'BIGINT[]';

/** What a function is given and answers: plain values, with microseconds for moments and billionths for NUMERIC. */
export type Plain = string | bigint | number | boolean | Uint8Array | Interval | readonly Plain[] | null;

export interface Interval {
  readonly months: number;
  readonly days: number;
  readonly micros: bigint;
}

export interface NativeFunction {
  readonly args: readonly NativeType[];
  readonly result: NativeType;
  /** Whether it wants to see NULL; otherwise NULL in is NULL out. */
  readonly nulls?: boolean;
  readonly run: (...values: never[]) => Plain;
}

export type NativeFunctions = Readonly<Record<string, NativeFunction>>;

/** Registers the functions; every `bq_parse_…` also as `bq_try_parse_…`, which answers NULL where the other fails. */
export function register(api: DuckDb, connection: DuckDBConnection, functions: NativeFunctions): void {
  const lenient = Object.entries(functions)
    .filter(([name]) => name.startsWith('bq_parse_'))
    .map(
      ([name, definition]) =>
        [name.replace('bq_', 'bq_try_'), { ...definition, run: orNull(definition.run) }] as const,
    );
  for (const [name, definition] of [...Object.entries(functions), ...lenient]) {
    const types = definition.args.map((type) => typeOf(api, type));
    const fromPlain = writer(api, definition.result);
    connection.registerScalarFunction(
      api.DuckDBScalarFunction.create({
        name,
        parameterTypes: types,
        returnType: typeOf(api, definition.result),
        specialHandling: definition.nulls ?? false,
        mainFunction: (_info, input, output) => runChunk(definition, fromPlain, input, output),
      }),
    );
  }
}

const orNull =
  (run: NativeFunction['run']): NativeFunction['run'] =>
  (...values) => {
    try {
      return run(...values);
    } catch (error) {
      if (error instanceof SqlError) return null;
      throw error;
    }
  };

function runChunk(
  definition: NativeFunction,
  fromPlain: (value: Plain) => DuckDBValue,
  input: DuckDBDataChunk,
  output: DuckDBVector,
): void {
  const columns = definition.args.map((_, index) => input.getColumnVector(index));
  for (let row = 0; row < input.rowCount; row += 1) {
    const values = columns.map((column) => toPlain(column.getItem(row)));
    const skip = !definition.nulls && values.includes(null);
    const result = skip ? null : definition.run(...(values as never[]));
    output.setItem(row, result === null ? null : fromPlain(result));
  }
  output.flush();
}

function typeOf(api: DuckDb, type: NativeType): DuckDBType {
  if (type === 'DECIMAL') return api.DECIMAL(38, 9);
  if (type === 'VARCHAR[]') return api.LIST(api.VARCHAR);
  if (type === 'BIGINT[]') return api.LIST(api.BIGINT);
  return api[type];
}

function toPlain(value: DuckDBValue): Plain {
  if (typeof value !== 'object' || value === null) return value;
  if ('bytes' in value) return value.bytes;
  if ('months' in value) return { months: value.months, days: value.days, micros: value.micros };
  if ('micros' in value) return value.micros;
  if ('scale' in value) return value.value;
  if ('items' in value && Array.isArray(value.items)) return value.items.map(toPlain);
  if ('days' in value) return BigInt(value.days);
  throw new TypeError(`A value of another kind: ${String(value)}`);
}

function writer(api: DuckDb, type: NativeType): (value: Plain) => DuckDBValue {
  switch (type) {
    case 'BLOB':
      return (value) => new api.DuckDBBlobValue(value as Uint8Array);
    case 'DECIMAL':
      return (value) => new api.DuckDBDecimalValue(value as bigint, 38, 9);
    case 'DATE':
      return (value) => new api.DuckDBDateValue(Number(value));
    case 'TIME':
      return (value) => new api.DuckDBTimeValue(value as bigint);
    case 'TIMESTAMP':
      return (value) => new api.DuckDBTimestampValue(value as bigint);
    case 'VARCHAR[]':
    case 'BIGINT[]':
      return (value) => new api.DuckDBListValue([...(value as readonly (string | bigint | null)[])]);
    default:
      return (value) => value as DuckDBValue;
  }
}
