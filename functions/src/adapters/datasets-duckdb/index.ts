import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { type Datasets, type PartPlace, PLACE, type QuarantinedRow } from '../../kernel/ports/datasets.ts';
import { partsFolder, quoteName, quoteText } from '../warehouse-duckdb/database.ts';
import { REJECTED } from './copy.ts';
import { streamLines, streamParquet } from './export.ts';
import { inspectFile, loadFile } from './files.ts';
import { listParts, removePart } from './stored.ts';

/** What names a folder or file: an id of ours, which no path can hide in. */
const ID = /^[A-Za-z][\w-]{0,99}$/;

/** More rows than a file holds. */
const MAX_FILE_ROWS = 1_000_000_000_000;

/**
 * Datasets as Parquet files beside the DuckDB warehouse that reads them: `datasets/<tenant>/<dataset>/<part>.parquet`
 * in its `directory`. Each load runs in a process of its own; the file appears when it is complete and on disk.
 */
export function createDuckDbDatasets({ directory }: { readonly directory: string }): Datasets {
  const root = partsFolder(directory);
  const folderOf = ({ tenantId, datasetId }: Omit<PartPlace, 'part'>): string =>
    path.join(root, checked(tenantId), checked(datasetId));
  const fileOf = (place: PartPlace, end: string): string =>
    path.join(folderOf(place), `${checked(place.part)}.${end}`);
  const numbered: Datasets['numbered'] = (tenantId, datasetId, parts, key = []) => {
    const files = parts.map((part) => quoteText(fileOf({ tenantId, datasetId, part }, 'parquet')));
    const rows = `(SELECT *, file_index * ${MAX_FILE_ROWS} + file_row_number AS ${PLACE} FROM read_parquet([${files.join(', ')}], union_by_name = true))`;
    const shown = key.length === 0 ? rows : newestOf(rows, key.map(quoteName));
    return `(SELECT COLUMNS(name -> name <> ${quoteText(REJECTED)}) FROM ${shown})`;
  };
  const relation: Datasets['relation'] = (...asked) =>
    `(SELECT * EXCLUDE (${PLACE}) FROM ${numbered(...asked)})`;
  return {
    engine: 'duckdb',
    inspect: inspectFile,
    load: async (request, options) => {
      const target = fileOf(request, 'parquet');
      await mkdir(path.dirname(target), { recursive: true });
      try {
        const files = {
          target,
          quarantine: fileOf(request, 'rejected.ndjson'),
          spill: fileOf(request, 'parquet.spill'),
        };
        return await loadFile(request, files, options);
      } finally {
        await removeBeginnings(folderOf(request), `${checked(request.part)}.parquet.`);
      }
    },
    quarantine: (place, page) => readQuarantine(fileOf(place, 'rejected.ndjson'), page),
    relation,
    numbered,
    list: (tenantId, datasetId) =>
      listParts(path.join(root, checked(tenantId)), datasetId === undefined ? undefined : checked(datasetId)),
    export: async ({ tenantId, datasetId, parts, key, columns, format }, { signal } = {}) => {
      const spill = path.join(tmpdir(), `mewayz-rows-${randomUUID()}`);
      const task = { source: relation(tenantId, datasetId, parts, key), columns, spill: `${spill}.spill` };
      if (format === 'ndjson') return streamLines(task, signal);
      return streamParquet({ ...task, target: `${spill}.parquet` }, signal);
    },
    remove: (place) => removePart(folderOf(place), checked(place.part)),
  };
}

/** Of the rows with the same key, the last. A row without a key is like no other. */
const newestOf = (rows: string, key: readonly string[]): string =>
  `(SELECT * FROM ${rows} QUALIFY row_number() OVER (PARTITION BY ${key.join(', ')} ORDER BY ${PLACE} DESC) = 1
    OR ${key.map((name) => `${name} IS NULL`).join(' OR ')})`;

function checked(id: string): string {
  if (!ID.test(id)) throw new TypeError(`${JSON.stringify(id)} cannot name a file`);
  return id;
}

/** Removes what a load that ended early left behind. */
async function removeBeginnings(folder: string, prefix: string): Promise<void> {
  for (const name of await readdir(folder))
    if (name.startsWith(prefix)) await rm(path.join(folder, name), { recursive: true, force: true });
}

async function readQuarantine(
  file: string,
  { offset, limit }: { readonly offset: number; readonly limit: number },
): Promise<QuarantinedRow[]> {
  const rows: QuarantinedRow[] = [];
  let at = 0;
  for await (const line of createInterface({
    input: createReadStream(file),
    crlfDelay: Number.POSITIVE_INFINITY,
  })) {
    if (at++ < offset) continue;
    rows.push(JSON.parse(line) as QuarantinedRow);
    if (rows.length === limit) break;
  }
  return rows;
}
