import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** A folder of its own, until it is released. */
export async function temporaryFolder(): Promise<{ readonly path: string; release(): Promise<void> }> {
  const folder = await mkdtemp(path.join(tmpdir(), 'mewayz-dataset-'));
  return { path: folder, release: () => rm(folder, { recursive: true, force: true }) };
}

/** Works in a folder of its own, which is gone afterwards. */
export async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await temporaryFolder();
  try {
    return await work(folder.path);
  } finally {
    await folder.release();
  }
}
