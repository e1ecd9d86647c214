import { createWriteStream, readFileSync } from 'node:fs';
import { rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { DuckDBInstance } from '@duckdb/node-api';
import { createDuckDbDatasets } from '../../src/adapters/datasets-duckdb/index.ts';
import { seconds, tell } from './tell.ts';

const GIGABYTE = 2 ** 30;
const CHUNK = 20_000;
/** Characters of a generated row, about. */
const ROW = 90;

/** Loads a file of so many gigabytes in which two rows are broken; throws when more than these are lost, or memory is exceeded. */
export async function loadLarge(folder: string, gigabytes: number): Promise<void> {
  const file = path.join(folder, 'large.csv');
  const wanted = Math.ceil((gigabytes * GIGABYTE) / ROW / CHUNK) * CHUNK;
  const broken = Math.floor(wanted / 2 / CHUNK) * CHUNK + 7;
  await pipeline(Readable.from(text(wanted, broken)), createWriteStream(file, { highWaterMark: 1 << 22 }));
  const { size } = await stat(file);
  const datasets = createDuckDbDatasets({ directory: folder });
  const { layout, columns } = await datasets.inspect(file, 'csv');
  const place = { tenantId: 'ten_bench', datasetId: 'dat_bench', part: 'large' };
  const memory = watchMemory();
  let outcome = { rows: 0, quarantined: 0 };
  const time = await seconds(async () => {
    outcome = await datasets.load({ file, layout, columns, ...place });
  });
  const { own, child } = memory.stop();
  await rm(file);
  const aside = await datasets.quarantine(place, { offset: 0, limit: 10 });
  const lines = aside.map(({ line }) => line);
  if (outcome.rows !== wanted - 2 || JSON.stringify(lines) !== JSON.stringify([broken + 2, broken + 3]))
    throw new Error(`${outcome.rows} of ${wanted} rows came in, and lines ${lines} did not`);
  const sum = await sumOf(datasets.relation(place.tenantId, place.datasetId, [place.part]));
  const expected = (BigInt(wanted - 1) * BigInt(wanted)) / 2n - BigInt(broken) - BigInt(broken + 1);
  if (sum !== expected) throw new Error(`the sum is ${sum}, not ${expected}`);
  tell(
    `large: ${(size / GIGABYTE).toFixed(2)} GB, ${wanted} rows, two broken: loaded`,
    wanted / time,
    'rows/s',
  );
  tell('large: in', time, 's');
  tell('large: most memory of the loading process', child / 2 ** 20, 'MB');
  tell('large: most memory of this process', own / 2 ** 20, 'MB');
  if (Math.max(own, child) > GIGABYTE) throw new Error('more than 1 GB of memory was taken');
}

function* text(rows: number, broken: number): Generator<string> {
  yield 'id,customer,note,quantity,price,day\n';
  for (let from = 0; from < rows; from += CHUNK) {
    let chunk = '';
    for (let at = from; at < from + CHUNK; at++) {
      const day = `2026-${String(1 + (at % 12)).padStart(2, '0')}-${String(1 + (at % 28)).padStart(2, '0')}`;
      const rest = `"Note ${Math.imul(at, 2654435761) >>> 0}, as it was written down",${at % 97},${(at % 9_999) / 100},${day}`;
      chunk +=
        at === broken
          ? `${at},one cell too few\n`
          : `${at === broken + 1 ? 'x' : ''}${at},Customer ${at % 100_000},${rest}\n`;
    }
    yield chunk;
  }
}

/** Peaks of the resident memory of this process and of those it has begun, in bytes; of those on Linux only. */
function watchMemory(): { stop(): { own: number; child: number } } {
  let [own, child] = [0, 0];
  const timer = setInterval(() => {
    own = Math.max(own, process.memoryUsage.rss());
    for (const id of children()) child = Math.max(child, peakOf(id));
  }, 50);
  return {
    stop: () => {
      clearInterval(timer);
      return { own, child };
    },
  };
}

const read = (file: string): string => {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
};
const children = (): string[] =>
  read(`/proc/${process.pid}/task/${process.pid}/children`).split(' ').filter(Boolean);
const peakOf = (id: string): number =>
  Number(/VmHWM:\s+(\d+) kB/.exec(read(`/proc/${id}/status`))?.[1] ?? 0) * 1_024;

async function sumOf(relation: string): Promise<bigint> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const [[sum] = [0]] = (
    await connection.runAndReadAll(`SELECT sum(id)::VARCHAR FROM ${relation}`)
  ).getRowsJson();
  connection.closeSync();
  instance.closeSync();
  return BigInt(String(sum));
}
