import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { DuckDBValue } from '@duckdb/node-api';
import { BigQueryError, type ErrorProto } from '@mewayz/googlesql';
import type { DuckDb } from '@mewayz/googlesql/duckdb';
import { append } from '../rows/append.ts';
import { decodeRow, RowError } from '../rows/decode.ts';
import type { Table } from '../store/resources.ts';
import type { Connection, Loaded } from './load.ts';

const BATCH = 20_480;

export interface NdjsonOptions {
  readonly maxBad: number;
  readonly ignoreUnknown: boolean;
}

/** The lines of a file that hold something, with their numbers. */
export async function* linesOf(path: string): AsyncGenerator<[line: string, number: number]> {
  let number = 0;
  for await (const line of createInterface({
    input: createReadStream(path),
    crlfDelay: Number.POSITIVE_INFINITY,
  })) {
    number += 1;
    if (line.trim() !== '') yield [line, number];
  }
}

/** Numbers of many digits are kept as text, as a double would round them. */
export function parseLine(line: string): unknown {
  if (!/\d{16}/.test(line)) return JSON.parse(line);
  const exact = (_key: string, value: unknown, context: { source?: string }): unknown =>
    typeof value === 'number' && context.source && context.source.length > 15 ? context.source : value;
  return JSON.parse(line, exact as (key: string, value: unknown) => unknown);
}

export async function loadNdjson(
  api: DuckDb,
  connection: Connection,
  path: string,
  table: Table,
  { maxBad, ignoreUnknown }: NdjsonOptions,
  jobErrors: (errors: ErrorProto[]) => void,
): Promise<Loaded> {
  const errors: ErrorProto[] = [];
  let batch: DuckDBValue[][] = [];
  let [rows, bad] = [0, 0];
  const now = Date.now();
  const flush = async () => {
    await append(api, connection, table, batch, now);
    rows += batch.length;
    batch = [];
  };
  for await (const [line, number] of linesOf(path)) {
    try {
      batch.push(
        decodeRow(api, table.fields, parseLine(line), { ignoreUnknown }).map((value) => value ?? null),
      );
    } catch (error) {
      if (!(error instanceof RowError || error instanceof SyntaxError)) throw error;
      bad += 1;
      if (errors.length < 5)
        errors.push({
          reason: 'invalid',
          message: `Error while reading data, error message: JSON parsing error in line ${number}: ${error.message}`,
        });
      if (bad > maxBad) {
        jobErrors(errors);
        throw new BigQueryError(
          'invalid',
          `Error while reading data, error message: JSON table encountered too many errors, giving up. Rows: ${rows + batch.length + bad}; errors: ${bad}. Please look into the errors[] collection for more details.`,
        );
      }
    }
    if (batch.length >= BATCH) await flush();
  }
  await flush();
  jobErrors(errors);
  return { rows, bad };
}
