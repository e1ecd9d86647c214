import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Catalog } from '../storage/catalog.ts';
import { createSchema } from '../storage/schema.ts';
import { DATABASE_FILE } from '../storage/storage.ts';
import { encodeFields } from '../values/record-codec.ts';
import { segmentKey } from '../values/segments.ts';
import { integerValue } from '../values/values.ts';

const DATABASE = 'projects/test/databases/(default)';

/**
 * Makes a database as the release with schema 1 did: `rows/0` … up to `count`, each with `{ n }`, all with one version
 * before the present one, and `rows/gone`, which was deleted.
 * @param time microseconds since the epoch of the last commit.
 */
export function makeFirstSchema(directory: string, count: number, time: number): void {
  const db = new DatabaseSync(join(directory, DATABASE_FILE));
  try {
    db.exec('PRAGMA journal_mode=WAL');
    createSchema(db, 1);
    const collection = new Catalog(db, undefined).ensureCollection(`${DATABASE}/documents/rows`);
    const document = db.prepare('INSERT INTO documents VALUES (?, ?, ?, ?, ?, ?)');
    const version = db.prepare('INSERT INTO versions VALUES (?, ?, ?, ?, ?, ?, ?)');
    const meta = db.prepare('INSERT INTO meta VALUES (?, ?)');
    const fields = (n: number) => encodeFields({ n: integerValue(BigInt(n)) });
    db.exec('BEGIN');
    for (let n = 0; n < count; n++) {
      const segment = segmentKey(String(n));
      version.run(time - 1000, collection.id, segment, n + 1, time - 2000, time - 2000, fields(-n));
      document.run(n + 1, collection.id, segment, time - 2000, time - 1000, fields(n));
    }
    version.run(time, collection.id, segmentKey('gone'), count + 1, time - 2000, time - 2000, fields(count));
    meta.run('commitTime', time);
    meta.run('documents', count);
    db.exec('COMMIT');
  } finally {
    db.close();
  }
}
