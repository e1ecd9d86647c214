import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DataDirectoryError } from './data-directory.ts';

/** Names the folders that hold this server's data together; written once all of them are there. */
const CONTENTS = 'contents.json';
/** Milliseconds between two looks at the folders, which every write would otherwise wait for. */
const LOOK_AGAIN = 100;

/** Throws a DataDirectoryError when a folder is missing that an earlier start left: one alone is not the data. */
export function requireFolders(directory: string): void {
  const contents = join(directory, CONTENTS);
  if (!existsSync(contents)) return;
  const missing = (JSON.parse(readFileSync(contents, 'utf8')) as string[]).filter(
    (name) => !existsSync(join(directory, name)),
  );
  if (missing.length === 0) return;
  const message = `The data folder ${directory} has lost ${missing.join(' and ')}. Restore the whole folder from a backup, or set MEWAYZ_DATA_DIR to another one.`;
  throw new DataDirectoryError(message);
}

/**
 * Records which folders belong together, and returns whether one of them is no longer the one that was opened: then
 * open files still take writes, on systems that let them be deleted, but nobody will ever read those again.
 */
export function watchFolders(directory: string, names: readonly string[]): () => boolean {
  writeFileSync(join(directory, CONTENTS), JSON.stringify(names));
  const opened = names.map((name) => {
    const path = join(directory, name);
    return { path, ino: statSync(path).ino };
  });
  let looked = Number.NEGATIVE_INFINITY;
  let lost = false;
  return () => {
    const now = performance.now();
    if (now - looked < LOOK_AGAIN) return lost;
    looked = now;
    lost = opened.some(({ path, ino }) => statSync(path, { throwIfNoEntry: false })?.ino !== ino);
    return lost;
  };
}
