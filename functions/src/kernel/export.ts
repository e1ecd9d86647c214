import type { Collection } from './define.ts';
import { Reply } from './define.ts';
import type { Repository } from './repository.ts';

/** Streams a collection as a file. */
export async function exportRecords(_collection: Collection, _repo: Repository<Record<string, unknown>>, _query: Readonly<Record<string, unknown>>): Promise<Reply> {
  return new Reply(200, '');
}
