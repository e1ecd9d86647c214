/**
 * How fast files become parts of datasets, beside DuckDB's own readers in the same run:
 *
 *     npm run bench:datasets -w functions [-- --file a.csv.gz --rounds 3 --gigabytes 5]
 *
 * First a file of one's own as CSV and as NDJSON, each read by DuckDB straight into Parquet and then loaded, with equal
 * checksums; then a workbook, beside its reader alone; then a file of so many gigabytes (0 leaves it out) with two broken
 * rows in its middle, in less than 1 GB of memory of the loading process and of this one.
 */

import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { compare } from './compare.ts';
import { loadLarge } from './large.ts';
import { compareWorkbook } from './workbook.ts';

const ROOT = path.resolve(import.meta.dirname, '../../..');
const FILES = ['../shared/data/online-retail.csv.gz', 'tests/data/online-retail-2010-12.csv.gz'];
const { values } = parseArgs({
  options: {
    file: {
      type: 'string',
      default: FILES.map((name) => path.join(ROOT, name)).find((name) => existsSync(name)) ?? '',
    },
    rounds: { type: 'string', default: '3' },
    gigabytes: { type: 'string', default: '5' },
  },
});

const folder = await mkdtemp(path.join(tmpdir(), 'mewayz-bench-'));
try {
  console.log(`${availableParallelism()} processors, load ${loadavg()[0]?.toFixed(1)}, ${values.file}`);
  await compare(folder, values.file, Number(values.rounds));
  await compareWorkbook(folder);
  if (Number(values.gigabytes) > 0) await loadLarge(folder, Number(values.gigabytes));
} finally {
  await rm(folder, { recursive: true, force: true });
}
