import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openFirestoreEngine, StorageError } from './index.ts';
import { repairDatabase, restoreBackup } from './maintenance.ts';
import { openTestDatabase } from './testing.ts';
import { crashWriting } from './testing-crash.ts';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'firestore-durable-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

describe('durability', () => {
  test('index entries are right after a kill even when the index configuration changed meanwhile', async () => {
    const options = { after: 200, bytes: 0, backups: false };
    expect(await crashWriting(directory, new Map(), options)).toEqual([]);
    const fields = [
      { fieldPath: 'map.deep.n', order: 'ASCENDING' },
      { fieldPath: 'n', order: 'DESCENDING' },
    ];
    const indexes = {
      indexes: [{ collectionGroup: 'rows', fields }],
      fieldOverrides: [{ collectionGroup: 'rows', fieldPath: 'list', indexes: [] }],
    };
    const first = openFirestoreEngine({ directory, indexes });
    expect(first.check()).toEqual({ ok: true, problems: [] });
    await first.close();
    rmSync(join(directory, 'indexes.sqlite'));
    const second = openFirestoreEngine({ directory, indexes });
    expect(second.check()).toEqual({ ok: true, problems: [] });
    await second.close();
  }, 60_000);

  test('a folder in use, a foreign file and an impossible folder are refused with instructions', async () => {
    const engine = openFirestoreEngine({ directory });
    expect(() => openFirestoreEngine({ directory })).toThrow(/in use by another process/);
    await engine.close();
    const foreign = join(directory, 'foreign');
    await openFirestoreEngine({ directory: foreign }).close();
    writeFileSync(join(foreign, 'firestore.sqlite'), 'something else entirely');
    expect(() => openFirestoreEngine({ directory: foreign })).toThrow(/not a database of this engine/);
    expect(readFileSync(join(foreign, 'firestore.sqlite'), 'utf8')).toBe('something else entirely');
    const other = join(directory, 'other');
    mkdirSync(other);
    const notes = new DatabaseSync(join(other, 'indexes.sqlite'));
    notes.exec('CREATE TABLE notes(text); PRAGMA user_version = 9');
    notes.close();
    expect(() => openFirestoreEngine({ directory: other })).toThrow(/belongs to another application/);
    // What was opened before it was refused is closed again.
    rmSync(join(other, 'indexes.sqlite'));
    await openFirestoreEngine({ directory: other }).close();
    expect(() => openFirestoreEngine({ directory: join(foreign, 'firestore.sqlite', 'x') })).toThrow(
      StorageError,
    );
  });

  test('a backup taken while writing is whole, and is restored only where nothing is', async () => {
    const database = await openTestDatabase();
    const rows = database.firestore.collection('rows');
    await rows.doc('first').set({ v: 1 });
    const file = join(directory, 'copy.sqlite');
    const writing = Promise.all(Array.from({ length: 50 }, (_, v) => rows.doc(`r${v}`).set({ v })));
    await database.engine.backup(file);
    await writing;
    await database.dispose();
    const target = join(directory, 'restored');
    restoreBackup(file, target);
    const restored = openFirestoreEngine({ directory: target });
    expect(restored.check()).toEqual({ ok: true, problems: [] });
    expect(restored.statistics().documents).toBeGreaterThanOrEqual(1);
    await restored.close();
    expect(() => restoreBackup(file, target)).toThrow(/already holds a database/);
    const bytes = readFileSync(file);
    bytes.fill(7, 4096, 4196);
    writeFileSync(file, bytes);
    expect(() => restoreBackup(file, join(directory, 'other'))).toThrow(/damaged/);
  });

  test('what follows from the documents is found wrong by the check and built anew by the repair', async () => {
    const database = await openTestDatabase();
    await database.firestore.doc('rows/one').set({ v: 1, w: 2 });
    await database.engine.close();
    const index = new DatabaseSync(join(database.directory, 'indexes.sqlite'));
    index.exec('DELETE FROM entries WHERE key = (SELECT min(key) FROM entries)');
    index.close();
    await database.reopen();
    expect(database.engine.check().problems).toEqual([
      'projects/test/databases/(default)/documents/rows/one: an index entry is missing',
      '1 index entries are stored, 2 are expected',
    ]);
    await database.engine.close();
    expect(await repairDatabase(database.directory)).toEqual({ ok: true, problems: [] });
    await database.dispose();
  });

  test('a file that is damaged is refused and left as it is', async () => {
    await openFirestoreEngine({ directory }).close();
    const file = join(directory, 'firestore.sqlite');
    const bytes = readFileSync(file);
    bytes.fill(7, 100, 200);
    writeFileSync(file, bytes);
    expect(() => openFirestoreEngine({ directory })).toThrow(StorageError);
    expect(readFileSync(file).equals(bytes)).toBe(true);
  });
});
