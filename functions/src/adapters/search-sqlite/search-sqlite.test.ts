import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { searchContract } from '../../kernel/testing/contracts/search.ts';
import { openSqliteSearch, type SqliteSearch } from './index.ts';

const directory = await mkdtemp(path.join(tmpdir(), 'mewayz-search-'));
const opened: SqliteSearch[] = [];
const open = (name: string): SqliteSearch => {
  const search = openSqliteSearch({ directory: path.join(directory, name) });
  opened.push(search);
  return search;
};
afterAll(async () => {
  for (const search of opened) search.close();
  await rm(directory, { recursive: true, force: true });
});

const shared = open('shared');
searchContract('SQLite', async () => shared);

it('keeps its entries and position over a restart, and starts anew when its file is gone', async () => {
  const first = openSqliteSearch({ directory: path.join(directory, 'restart') });
  await first.apply('ten_1', [{ collection: 'crm.contacts', id: 'con_1', text: 'Ada' }], 'p1');
  first.close();
  const again = openSqliteSearch({ directory: path.join(directory, 'restart') });
  expect(await again.find({ tenantId: 'ten_1', collection: 'crm.contacts' }, 'ada', 5)).toEqual(['con_1']);
  expect(await again.position('ten_1')).toBe('p1');
  again.close();
  await rm(path.join(directory, 'restart'), { recursive: true });
  expect(await open('restart').position('ten_1')).toBeUndefined();
});
