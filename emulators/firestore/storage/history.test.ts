import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { type DocumentData, Timestamp } from '@google-cloud/firestore';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openFirestoreEngine } from '../index.ts';
import { openTestDatabase, type TestDatabase } from '../testing/testing.ts';
import { makeFirstSchema } from '../testing/testing-older.ts';

const MINUTE = 60_000_000;
const nowMicros = () => Date.now() * 1000;

describe('reads at a past time', () => {
  let database: TestDatabase;

  beforeEach(async () => {
    database = await openTestDatabase();
  });
  afterEach(() => database.dispose());

  const change = fc.record({
    id: fc.constantFrom('a', 'b', 'c'),
    kind: fc.constantFrom('set', 'set', 'delete', 'replace'),
  });

  test('show every state that there was, of documents and of queries', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(change, { minLength: 1, maxLength: 15 }),
        fc.uuid(),
        async (changes, base) => {
          const { firestore } = database;
          const rows = firestore.collection(`bases/${base}/rows`);
          const states: { time: Timestamp; rows: Record<string, DocumentData> }[] = [];
          let state: Record<string, DocumentData> = {};
          for (const [n, { id, kind }] of changes.entries()) {
            const batch = firestore.batch();
            const { [id]: _, ...others } = state;
            // `replace` deletes and creates within one commit.
            if (kind !== 'set') batch.delete(rows.doc(id));
            if (kind !== 'delete') batch.set(rows.doc(id), { n });
            state = kind === 'delete' ? others : { ...others, [id]: { n } };
            const results = await batch.commit();
            const time = results.at(-1)?.writeTime;
            if (time) states.push({ time, rows: state });
          }
          for (const { time, rows: expected } of states) {
            const seen = await firestore.runTransaction(
              async (transaction) => {
                const found = await transaction.get(rows.orderBy('n'));
                const each = await transaction.getAll(rows.doc('a'), rows.doc('b'), rows.doc('c'));
                return [found.docs, each.filter(({ exists }) => exists)].map((docs) =>
                  Object.fromEntries(docs.map((doc) => [doc.id, doc.data()])),
                );
              },
              { readOnly: true, readTime: time },
            );
            expect(seen).toEqual([expected, expected]);
          }
        },
      ),
      { numRuns: 20 },
    );
  });
});

describe('history', () => {
  let directory: string;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'firestore-history-'));
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  function count(table: string): number {
    const db = new DatabaseSync(join(directory, 'firestore.sqlite'), { readOnly: true });
    const n = Number(db.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.n);
    db.close();
    return n;
  }

  test('is kept for an hour', async () => {
    makeFirstSchema(directory, 3, nowMicros() - 59 * MINUTE);
    const engine = openFirestoreEngine({ directory });
    await sleep(500);
    expect(count('versions')).toBe(4);
    await engine.close();
  });

  test('is forgotten later, between the requests, with what names it', async () => {
    makeFirstSchema(directory, 2500, nowMicros() - 120 * MINUTE);
    const engine = openFirestoreEngine({ directory });
    await expect.poll(() => count('versions'), { timeout: 10_000 }).toBe(0);
    expect(count('deletions')).toBe(0);
    expect(count('documents')).toBe(2500);
    await engine.close();
  });

  test('a time before the hour is refused', async () => {
    const database = await openTestDatabase();
    const read = database.firestore.runTransaction(
      (transaction) => transaction.get(database.firestore.doc('rows/a')),
      { readOnly: true, readTime: Timestamp.fromMillis(Date.now() - 61 * 60_000) },
    );
    await expect(read).rejects.toThrow(/older than the hour that is kept/);
    await database.dispose();
  });
});
