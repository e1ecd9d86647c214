import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { Datasets, PartPlace, QuarantinedRow } from '../../kernel/ports/datasets.ts';
import { partsFolder, quoteName, quoteText } from '../warehouse-duckdb/database.ts';
import { REJECTED } from './copy.ts';
import { streamLines, streamParquet } from './export.ts';
import { runTask } from './run-task.ts';
import { listParts, removePart } from './stored.ts';

/** What names a folder or file: an id of ours, which no path can hide in. */
const ID = /^[A-Za-z][\w-]{0,99}$/;

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
  const relation: Datasets['relation'] = (tenantId, datasetId, parts, key = []) => {
    const files = parts.map((part) => quoteText(fileOf({ tenantId, datasetId, part }, 'parquet')));
    const table = `read_parquet([${files.join(', ')}], union_by_name = true)`;
    const rows = key.length === 0 ? table : newestOf(table, key.map(quoteName));
    return `(SELECT COLUMNS(name -> name <> ${quoteText(REJECTED)}) FROM ${rows})`;
  };
  return {
    engine: 'duckdb',
    inspect: async (file, format, choice) => {
      const spill = path.join(tmpdir(), `mewayz-file-${randomUUID()}`);
      const wanted = { ...(format ? { format } : {}), ...(choice ? { choice } : {}) };
      try {
        const answer = await runTask({ kind: 'inspect', file, spill, ...wanted });
        if (!('inspected' in answer)) throw new Error('the file was not inspected');
        return answer.inspected;
      } finally {
        await rm(spill, { force: true });
      }
    },
    load: async ({ file, layout, columns, header, ...place }, options) => {
      const target = fileOf(place, 'parquet');
      await mkdir(path.dirname(target), { recursive: true });
      try {
        const answer = await runTask(
          {
            kind: 'load',
            file,
            layout,
            columns,
            header: header ?? columns.map(({ source }) => source),
            target,
            quarantine: fileOf(place, 'rejected.ndjson'),
            spill: fileOf(place, 'parquet.spill'),
            threads: Math.max(1, availableParallelism()),
          },
          options,
        );
        if (!('loaded' in answer)) throw new Error('the file was not loaded');
        return answer.loaded;
      } finally {
        await removeBeginnings(folderOf(place), `${checked(place.part)}.parquet.`);
      }
    },
    quarantine: (place, page) => readQuarantine(fileOf(place, 'rejected.ndjson'), page),
    relation,
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

/** Of the rows with the same key, the last of the last file. A row without a key is like no other. */
const newestOf = (table: string, key: readonly string[]): string =>
  `(SELECT * FROM ${table} QUALIFY row_number() OVER (PARTITION BY ${key.join(', ')}
    ORDER BY file_index DESC, file_row_number DESC) = 1 OR ${key.map((name) => `${name} IS NULL`).join(' OR ')})`;

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
