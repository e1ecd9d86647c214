import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import type { Datasets, LoadOptions, LoadOutcome, LoadRequest } from '../../kernel/ports/datasets.ts';
import { runTask } from './run-task.ts';
import type { LoadTask } from './tasks.ts';

/** As the port's `inspect`, in a process of its own. */
export const inspectFile: Datasets['inspect'] = async (file, format, choice) => {
  const spill = path.join(tmpdir(), `mewayz-file-${randomUUID()}`);
  const wanted = { ...(format ? { format } : {}), ...(choice ? { choice } : {}) };
  try {
    const answer = await runTask({ kind: 'inspect', file, spill, ...wanted });
    if (!('inspected' in answer)) throw new Error('the file was not inspected');
    return answer.inspected;
  } finally {
    await rm(spill, { force: true });
  }
};

/** Loads a file into a Parquet file, and its broken rows into one of JSON lines, in a process of its own. */
export async function loadFile(
  { file, layout, columns, header }: Pick<LoadRequest, 'file' | 'layout' | 'columns' | 'header'>,
  files: Pick<LoadTask, 'target' | 'quarantine' | 'spill'>,
  options?: LoadOptions,
): Promise<LoadOutcome> {
  const answer = await runTask(
    {
      kind: 'load',
      file,
      layout,
      columns,
      header: header ?? columns.map(({ source }) => source),
      ...files,
      threads: Math.max(1, availableParallelism()),
    },
    options,
  );
  if (!('loaded' in answer)) throw new Error('the file was not loaded');
  return answer.loaded;
}
