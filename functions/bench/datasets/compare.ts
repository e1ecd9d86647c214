import path from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { createDuckDbDatasets } from '../../src/adapters/datasets-duckdb/index.ts';
import { seconds, tell } from './tell.ts';

const PLACE = { tenantId: 'ten_bench', datasetId: 'dat_bench', part: 'part' };

/** Loads a CSV file, and the same as NDJSON, in turns with DuckDB's own readers. Throws when the rows are not the same. */
export async function compare(folder: string, csv: string, rounds: number): Promise<void> {
  const lines = path.join(folder, 'rows.ndjson');
  await run(`COPY (FROM ${reader('csv', csv)}) TO ${quoted(lines)} (FORMAT json)`);
  for (const [format, file] of [
    ['csv', csv],
    ['ndjson', lines],
  ] as const) {
    const datasets = createDuckDbDatasets({ directory: folder });
    const { layout, columns } = await datasets.inspect(file, format);
    const theirs = path.join(folder, 'theirs.parquet');
    const times: { ours: number; theirs: number }[] = [];
    let rows = 0;
    for (let round = 0; round < rounds; round++) {
      const read = `COPY (FROM ${reader(format, file)}) TO ${quoted(theirs)} (FORMAT parquet, COMPRESSION zstd)`;
      const plain = await seconds(() => run(read));
      const loaded = await seconds(async () => {
        const outcome = await datasets.load({ file, layout, columns, ...PLACE });
        if (outcome.quarantined > 0) throw new Error(`${outcome.quarantined} rows were set aside`);
        rows = outcome.rows;
      });
      times.push({ ours: loaded, theirs: plain });
    }
    const own = datasets.relation(PLACE.tenantId, PLACE.datasetId, [PLACE.part]);
    const kinds: Readonly<Record<string, string>> = { number: '::DOUBLE', integer: '::BIGINT' };
    const casts = columns.map(({ name, type }) => `${named(name)}${kinds[type] ?? ''}::VARCHAR`);
    const [ours, others] = [
      await checksum(own, casts),
      await checksum(
        `(SELECT ${columns.map(({ source, name }) => `${named(source)} AS ${named(name)}`).join(', ')} FROM read_parquet(${quoted(theirs)}))`,
        casts,
      ),
    ];
    if (ours !== others) throw new Error(`${format}: the checksums differ: ${ours}, ${others}`);
    const best = (of: 'ours' | 'theirs'): number => rows / Math.min(...times.map((each) => each[of]));
    tell(`${format}: loaded`, best('ours'), 'rows/s');
    tell(`${format}: DuckDB's own reader into Parquet`, best('theirs'), 'rows/s');
    tell(`${format}: ratio (checksums equal, ${rows} rows)`, best('ours') / best('theirs'), '');
  }
}

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;
const named = (name: string): string => `"${name.replaceAll('"', '""')}"`;
const reader = (format: 'csv' | 'ndjson', file: string): string =>
  format === 'csv' ? `read_csv(${quoted(file)})` : `read_ndjson(${quoted(file)})`;

async function run(sql: string): Promise<unknown[][]> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    return (await connection.runAndReadAll(sql)).getRowsJson();
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

async function checksum(relation: string, values: readonly string[]): Promise<string> {
  const row = `concat_ws('|', ${values.map((value) => `coalesce(${value}, '∅')`).join(', ')})`;
  const [found] = await run(`SELECT count(*), sum(hash(${row})::HUGEINT)::VARCHAR FROM ${relation}`);
  return String(found);
}
