import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Firestore, Timestamp } from '@google-cloud/firestore';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openFirestoreEngine } from '../index.ts';
import { makeFirstSchema } from '../testing/testing-older.ts';
import { changeSchema, restoreBackup } from './maintenance.ts';
import { SCHEMA_VERSION } from './schema.ts';

let directory: string;
const file = () => join(directory, 'firestore.sqlite');
const nowMicros = () => Date.now() * 1000;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'firestore-upgrade-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** What a client sees of the rows, now and one and a half milliseconds before `time`. */
async function look(time: number) {
  const engine = openFirestoreEngine({ directory });
  const firestore = engine.attach(new Firestore({ projectId: 'test' }));
  try {
    const rows = await firestore.collection('rows').orderBy('n').get();
    const past = await firestore.runTransaction((t) => t.get(firestore.collection('rows').orderBy('n')), {
      readOnly: true,
      readTime: Timestamp.fromMillis((time - 1500) / 1000),
    });
    return {
      now: rows.docs.map((row) => row.get('n')),
      past: past.docs.map((row) => row.get('n')),
      check: engine.check(),
      version: engine.statistics().schemaVersion,
    };
  } finally {
    await engine.close();
  }
}

function tables(path: string): string[] {
  const db = new DatabaseSync(path, { readOnly: true });
  const names = db
    .prepare("SELECT sql FROM sqlite_schema WHERE name NOT GLOB 'sqlite_*' ORDER BY name")
    .all();
  db.close();
  return names.map(({ sql }) => String(sql));
}

describe('schema versions', () => {
  test('a database of the first schema is upgraded with its history, and can go back and forth', async () => {
    const time = Math.floor(nowMicros() / 1000) * 1000;
    makeFirstSchema(directory, 5, time);
    const first = tables(file());
    const expected = {
      now: [0, 1, 2, 3, 4],
      past: [-4, -3, -2, -1, -0, 5].map((n) => n + 0),
      check: { ok: true, problems: [] },
      version: SCHEMA_VERSION,
    };
    expect(await look(time)).toEqual(expected);
    const copy = join(directory, 'firestore.schema-1.sqlite');
    expect(tables(copy)).toEqual(first);
    expect(changeSchema(directory, 1)).toEqual({
      from: SCHEMA_VERSION,
      to: 1,
      copy: join(directory, `firestore.schema-${SCHEMA_VERSION}.sqlite`),
    });
    expect(tables(file())).toEqual(first);
    expect(await look(time)).toEqual(expected);
    // The copy that was kept is a backup of its own.
    const restored = join(directory, 'restored');
    restoreBackup(copy, restored);
    directory = restored;
    expect(await look(time)).toEqual(expected);
  });

  test('what was written after the upgrade is there after the downgrade', async () => {
    makeFirstSchema(directory, 2, nowMicros());
    const engine = openFirestoreEngine({ directory });
    const firestore = engine.attach(new Firestore({ projectId: 'test' }));
    await firestore.doc('rows/new').set({ n: 7 });
    await engine.close();
    changeSchema(directory, 1);
    const db = new DatabaseSync(file(), { readOnly: true });
    expect(db.prepare('SELECT count(*) AS n FROM documents').get()?.n).toBe(3);
    expect(db.prepare("SELECT value FROM meta WHERE key = 'documents'").get()?.value).toBe(3);
    db.close();
  });

  test('a newer version is refused with instructions and left as it is', () => {
    makeFirstSchema(directory, 1, nowMicros());
    const db = new DatabaseSync(file());
    db.exec('PRAGMA user_version = 99');
    db.close();
    const bytes = readFileSync(file());
    expect(() => openFirestoreEngine({ directory })).toThrow(
      new RegExp(`newer release \\(schema 99.*downgrade --to ${SCHEMA_VERSION}`),
    );
    expect(readFileSync(file()).equals(bytes)).toBe(true);
    expect(readdirSync(directory).sort()).toEqual(['firestore.lock', 'firestore.sqlite']);
  });

  test('versions that do not exist are refused', () => {
    expect(() => changeSchema(directory)).toThrow(/holds no database/);
    expect(existsSync(file())).toBe(false);
    makeFirstSchema(directory, 1, nowMicros());
    for (const to of [0, SCHEMA_VERSION + 1, Number.NaN]) {
      expect(() => changeSchema(directory, to)).toThrow(/There is no schema/);
    }
  });
});
