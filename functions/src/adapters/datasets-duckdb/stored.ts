import { readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import type { StoredPart } from '../../kernel/ports/datasets.ts';

/** Every part in the folder of a tenant, or of one dataset; what a load has begun counts too. */
export async function listParts(tenantFolder: string, datasetId?: string): Promise<StoredPart[]> {
  const found: StoredPart[] = [];
  for (const dataset of datasetId === undefined ? await namesIn(tenantFolder) : [datasetId]) {
    const folder = path.join(tenantFolder, dataset);
    for (const [part, names] of Map.groupBy(await namesIn(folder), partOf)) {
      const times = await Promise.all(names.map((name) => writtenAt(path.join(folder, name))));
      found.push({ datasetId: dataset, part, writtenAt: Math.max(...times) });
    }
  }
  return found;
}

/** Removes all files of a part. */
export async function removePart(folder: string, part: string): Promise<void> {
  const names = await namesIn(folder);
  for (const name of names.filter((one) => partOf(one) === part))
    await rm(path.join(folder, name), { recursive: true, force: true });
}

/** The ids that name files hold no dot. */
const partOf = (name: string): string => name.split('.')[0] ?? '';

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/** What has just been renamed or removed was written just now. */
const writtenAt = (file: string): Promise<number> =>
  stat(file).then(
    ({ mtimeMs }) => mtimeMs,
    () => Date.now(),
  );
