import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Code } from '../errors.ts';
import { CommitFeed } from '../feed/feed.ts';
import { IndexStore } from '../indexes/index-store.ts';
import { readWrite } from '../transactions/writes.ts';
import { Committer } from './committer.ts';
import { checkIntegrity } from './integrity.ts';
import { LogSync } from './log-sync.ts';
import { LOG_FILE, openStorage, type Storage } from './storage.ts';
import { Store } from './store.ts';

const DATABASE = 'projects/test/databases/(default)';

let directory: string;
let storage: Storage;
let index: IndexStore;
let store: Store;
let log: LogSync;
let committer: Committer;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'firestore-disk-'));
  storage = openStorage(directory);
  index = new IndexStore(directory);
  store = new Store(storage.db, index, undefined);
  store.index.reflects(store.state.identity);
  log = new LogSync(directory, join(directory, LOG_FILE));
  committer = new Committer(store, new CommitFeed(storage.db, []), log, () => {});
});
afterEach(() => {
  index.close();
  storage.close();
  rmSync(directory, { recursive: true, force: true });
});

function set(id: string, text: string) {
  const fields = { text: { stringValue: text } };
  const name = `${DATABASE}/documents/rows/${id}`;
  return committer.commit([readWrite({ update: { name, fields } }, DATABASE, store.catalog.parser)]);
}

async function fill(): Promise<number> {
  for (let n = 0; ; n++) {
    try {
      await set(`filling-${n}`, `${n}`.padEnd(1200, 'x'));
    } catch (error) {
      expect(error).toMatchObject({ code: Code.RESOURCE_EXHAUSTED });
      return n;
    }
  }
}

describe('a disk', () => {
  test('that is full refuses writes, keeps what was acknowledged, and takes writes again when there is space', async () => {
    await set('first', 'a');
    const pages = Number(storage.db.prepare('PRAGMA page_count').get()?.page_count);
    storage.db.exec(`PRAGMA max_page_count = ${pages + 20}`);
    const written = await fill();
    expect(store.documentCount).toBe(written + 1);
    await expect(set('refused', 'x'.repeat(5000))).rejects.toMatchObject({
      code: Code.RESOURCE_EXHAUSTED,
      details: 'The disk is full; the write was not applied. Free space and retry.',
    });
    storage.db.exec('PRAGMA max_page_count = 100000');
    await set('after', 'b');
    expect(store.documentCount).toBe(written + 2);
    expect(checkIntegrity(store)).toEqual({ ok: true, problems: [] });
    log.close();
  });

  test('that is full for the indexes alone: they are made whole before the next commit', async () => {
    await set('first', 'a');
    index.flush();
    const pages = Number(index.db.prepare('PRAGMA page_count').get()?.page_count);
    index.db.exec(`PRAGMA max_page_count = ${pages + 2}`);
    for (let n = 0; !index.stale; n++) await set(`row-${n}`, `${n}`.padEnd(1200, 'x'));
    const stored = store.documentCount;
    // Queries that would miss documents are refused, and so are writes, until the entries are there.
    expect(() => index.assertFresh()).toThrow(/indexes could not be written/);
    await expect(set('refused', 'b')).rejects.toMatchObject({ code: Code.RESOURCE_EXHAUSTED });
    index.db.exec('PRAGMA max_page_count = 100000');
    await set('after', 'b');
    expect(index.stale).toBe(false);
    expect(store.documentCount).toBe(stored + 1);
    expect(checkIntegrity(store)).toEqual({ ok: true, problems: [] });
    log.close();
  });

  test('that fails to sync: the write is not acknowledged, and neither is any later one', async () => {
    await set('first', 'a');
    // The system call now fails, as it does on a broken disk.
    log.close();
    const failed = { code: Code.UNAVAILABLE, details: expect.stringMatching(/^The disk failed \(EBADF/) };
    await expect(set('lost', 'b')).rejects.toMatchObject(failed);
    await expect(set('later', 'c')).rejects.toMatchObject(failed);
  });
});
