import { readFileSync } from 'node:fs';
import { StorageError } from '../errors.ts';
import type { IndexMode } from './index-candidates.ts';

/** Which indexes a server has, and what it does with queries that need others. */
export interface IndexSettings {
  /** The parsed `firestore.indexes.json`; undefined when there is none. */
  indexes: unknown;
  indexMode: IndexMode;
  /** For the operator: what was chosen, and how to choose otherwise. */
  notice: string;
}

const DEFAULT_FILE = 'firestore.indexes.json';

function readIndexes(file: string | undefined): { indexes: unknown; source: string } {
  let text: string;
  try {
    text = readFileSync(file ?? DEFAULT_FILE, 'utf8');
  } catch (error) {
    if (file !== undefined)
      throw new StorageError(`The index file ${file} cannot be read.`, { cause: error });
    return { indexes: undefined, source: `no ${DEFAULT_FILE}` };
  }
  try {
    return { indexes: JSON.parse(text), source: file ?? DEFAULT_FILE };
  } catch (error) {
    throw new StorageError(`The index file ${file ?? DEFAULT_FILE} is not JSON.`, { cause: error });
  }
}

/**
 * Reads the index file (default: `firestore.indexes.json` of the current folder, if it is there) and the index mode
 * (default: `FIRESTORE_INDEX_MODE`, else `production`). Throws StorageError when either cannot be used.
 */
export function readIndexSettings(file: string | undefined, mode: string | undefined): IndexSettings {
  const indexMode = mode ?? process.env.FIRESTORE_INDEX_MODE ?? 'production';
  if (indexMode !== 'production' && indexMode !== 'automatic') {
    throw new StorageError(`The index mode is "${indexMode}"; it must be production or automatic.`);
  }
  const { indexes, source } = readIndexes(file);
  const notice =
    indexMode === 'production'
      ? `index mode production (${source}): queries that lack an index are refused, as in Cloud Firestore; ` +
        "--index-mode automatic answers every query, as Google's emulator does"
      : "index mode automatic: every query is answered, as by Google's emulator; " +
        '--index-mode production refuses those that lack an index';
  return { indexes, indexMode, notice };
}
