import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { Firestore } from '@google-cloud/firestore';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openFirestoreEngine, StorageError } from '../index.ts';
import { openTestDatabase } from '../testing/testing.ts';
import { crashWriting } from '../testing/testing-crash.ts';
import { repairDatabase, restoreBackup } from './maintenance.ts';

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

  test('the database of another application is refused and left as it is, byte by byte', () => {
    const file = join(directory, 'firestore.sqlite');
    const other = new DatabaseSync(file);
    other.exec("CREATE TABLE notes(text); INSERT INTO notes VALUES ('mine'); PRAGMA user_version = 7");
    other.close();
    const bytes = readFileSync(file);
    expect(() => openFirestoreEngine({ directory })).toThrow(/belongs to another application/);
    expect(readFileSync(file).equals(bytes)).toBe(true);
    expect(readdirSync(directory).sort()).toEqual(['firestore.lock', 'firestore.sqlite']);
  });

  test('a second process is refused while the first goes on', async () => {
    const engine = openFirestoreEngine({ directory });
    const firestore = engine.attach(new Firestore({ projectId: 'test' }));
    await firestore.doc('rows/before').set({ n: 1 });
    const cli = fileURLToPath(new URL('../cli.ts', import.meta.url));
    const second = spawnSync(process.execPath, [cli, 'check', '--directory', directory], {
      encoding: 'utf8',
    });
    expect(second.status).toBe(1);
    expect(second.stderr).toContain('is in use by another process. Stop that process');
    await firestore.doc('rows/after').set({ n: 2 });
    expect(engine.check()).toEqual({ ok: true, problems: [] });
    await engine.close();
  });

  test.skipIf(process.platform === 'win32' || process.getuid?.() === 0)(
    'files that may not be written are refused (an administrator may write any)',
    async () => {
      await openFirestoreEngine({ directory }).close();
      for (const name of ['firestore.sqlite', 'indexes.sqlite', 'firestore.lock']) {
        chmodSync(join(directory, name), 0o444);
        expect(() => openFirestoreEngine({ directory })).toThrow(/cannot be written/);
        chmodSync(join(directory, name), 0o644);
      }
    },
  );

  test('damage that is met while running is told as such, and found by the check', async () => {
    const database = await openTestDatabase();
    const rows = database.firestore.collection('rows');
    for (let n = 0; n < 40; n++) await rows.doc(`r${n}`).set({ n, text: 'x'.repeat(3000) });
    await database.engine.close();
    const file = join(database.directory, 'firestore.sqlite');
    const bytes = readFileSync(file);
    bytes.fill(9, 40 * 4096);
    writeFileSync(file, bytes);
    await database.reopen();
    await expect(rows.get()).rejects.toThrow(/The database is damaged .* run the check and repair commands/);
    expect(database.engine.check().ok).toBe(false);
    await database.dispose();
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
    // The log of a database that is gone would be taken for the backup's.
    const remains = join(directory, 'remains');
    mkdirSync(remains);
    writeFileSync(join(remains, 'firestore.sqlite-wal'), 'log');
    expect(() => restoreBackup(file, remains)).toThrow(/already holds a database/);
    const bytes = readFileSync(file);
    bytes.fill(7, 4096, 4196);
    writeFileSync(file, bytes);
    expect(() => restoreBackup(file, join(directory, 'other'))).toThrow(/damaged/);
  });

  test('logs are copied into the files while documents are written, and are gone after the end', async () => {
    const engine = openFirestoreEngine({ directory });
    const firestore = engine.attach(new Firestore({ projectId: 'test' }));
    const text = 'x'.repeat(100_000);
    for (let n = 0; n < 300; n++) await firestore.doc(`rows/r${n}`).set({ n, text });
    const file = join(directory, 'firestore.sqlite');
    await expect.poll(() => statSync(file).size, { timeout: 20_000 }).toBeGreaterThan(10_000_000);
    await engine.close();
    expect(readdirSync(directory).filter((name) => /-(wal|shm)$/.test(name))).toEqual([]);
  });

  test('who closes the engine waits for the backup that runs', async () => {
    const database = await openTestDatabase();
    await database.firestore.doc('rows/one').set({ v: 1 });
    const file = join(directory, 'copy.sqlite');
    const copied = database.engine.backup(file);
    await database.dispose();
    await copied;
    const target = join(directory, 'restored');
    restoreBackup(file, target);
    const restored = openFirestoreEngine({ directory: target });
    expect(restored.statistics().documents).toBe(1);
    await restored.close();
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
