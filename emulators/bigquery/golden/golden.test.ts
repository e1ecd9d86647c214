import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestCloud, type TestCloud } from '../testing.ts';
import { AGGREGATE_CASES } from './aggregates.ts';
import { ARRAY_CASES } from './arrays.ts';
import type { Golden } from './case.ts';
import { JSON_CASES } from './json.ts';
import { MOMENT_CASES } from './moments.ts';
import { NUMBER_CASES } from './numbers.ts';
import { QUERY_CASES } from './queries.ts';
import { STRING_CASES } from './strings.ts';

let cloud: TestCloud;

beforeAll(async () => {
  cloud = await startTestCloud();
});
afterAll(() => cloud.close());

interface Field {
  readonly type: string;
  readonly mode?: string;
  readonly fields?: readonly Field[];
}
interface Cell {
  readonly v: unknown;
}

function plain(value: unknown, field: Field): unknown {
  if (field.mode === 'REPEATED')
    return (value as Cell[]).map(({ v }) => plain(v, { ...field, mode: 'NULLABLE' }));
  if (value === null) return null;
  if (field.type === 'RECORD')
    return (value as { f: Cell[] }).f.map(({ v }, index) => plain(v, field.fields?.[index] ?? field));
  if (field.type === 'BOOLEAN') return value === 'true';
  if (field.type !== 'INTEGER' && field.type !== 'FLOAT') return value;
  const number = Number(value);
  const exact = field.type === 'INTEGER' ? Number.isSafeInteger(number) : Number.isFinite(number);
  return exact ? number : value;
}

async function run(sql: string): Promise<unknown[][] | string> {
  const response = await fetch(`${cloud.address}/projects/p/queries`, {
    method: 'POST',
    body: JSON.stringify({
      query: sql,
      useLegacySql: false,
      formatOptions: { timestampOutputFormat: 'ISO8601_STRING' },
    }),
  });
  const body = (await response.json()) as {
    error?: { message: string };
    schema: { fields: Field[] };
    rows: { f: Cell[] }[];
  };
  if (body.error) return `ERROR ${body.error.message}`;
  return body.rows.map(({ f }) =>
    f.map(({ v }, index) => plain(v, body.schema.fields[index] ?? { type: 'STRING' })),
  );
}

const ALL: readonly Golden[] = [
  ...STRING_CASES,
  ...NUMBER_CASES,
  ...MOMENT_CASES,
  ...JSON_CASES,
  ...ARRAY_CASES,
  ...AGGREGATE_CASES,
  ...QUERY_CASES,
];

test.each(ALL.map(([sql, expected]) => ({ sql, expected })))('$sql', async ({ sql, expected }) => {
  const answer = await run(sql);
  if (typeof expected === 'string')
    expect(String(answer)).toMatch(
      new RegExp(`^ERROR .*${expected.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}`, 's'),
    );
  else expect(answer).toEqual(expected);
});
