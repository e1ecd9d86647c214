import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { defineCollection, defineModule } from '../../../kernel/define.ts';
import { createTestPlatform, type TestPlatform, type TestTenant } from '../../../kernel/testing/harness.ts';
import { auth } from '../../auth/module.ts';
import { datasetsModule } from '../../datasets/module.ts';
import { jobs } from '../../jobs/module.ts';
import { tenants } from '../../tenants/module.ts';
import { analytics } from '../module.ts';
import { sqlName } from './names.ts';

/** Everybody sees their own diary; what it cost only admins see. */
const diaries = defineCollection({
  name: 'club.diaries',
  idPrefix: 'dia',
  labels: { one: 'diary', many: 'diaries' },
  fields: { title: z.string(), pages: z.array(z.object({ text: z.string() })) },
  access: {
    read: (caller) => caller.role === 'owner' || { createdBy: caller.id },
    create: 'viewer',
    update: 'viewer',
    delete: 'viewer',
  },
  example: { title: 'Mine', pages: [] },
});
const dues = defineCollection({
  name: 'club.dues',
  idPrefix: 'due',
  labels: { one: 'due', many: 'dues' },
  fields: { who: z.string(), cost: z.number(), parts: z.array(z.object({ amount: z.number() })) },
  fieldAccess: { cost: { read: 'admin' }, parts: { read: 'admin' } },
  access: { read: 'viewer', create: 'editor', update: 'editor', delete: 'editor' },
  example: { who: 'Ada', cost: 1, parts: [] },
});
const secrets = defineCollection({
  name: 'club.secrets',
  idPrefix: 'sec',
  labels: { one: 'secret', many: 'secrets' },
  fields: { text: z.string() },
  access: { read: 'admin', create: 'admin', update: 'admin', delete: 'admin' },
  example: { text: 'x' },
});
const club = defineModule({ name: 'club', collections: [diaries, dues, secrets] });

let platform: TestPlatform;
let owner: TestTenant;
let editor: string;

beforeAll(async () => {
  platform = await createTestPlatform([auth, tenants, jobs, datasetsModule, club, analytics]);
  owner = await platform.register();
  editor = await member('editor');
  for (const token of [owner.token, editor])
    await call(
      'POST',
      '/api/club/diaries',
      { title: token === editor ? 'of the editor' : 'of the owner', pages: [{ text: 'p' }] },
      token,
    );
  await call('POST', '/api/club/dues', { who: 'Ada', cost: 12.5, parts: [{ amount: 12.5 }] });
  await call('POST', '/api/club/secrets', { text: 'nobody knows' });
  await platform.drain();
});
afterAll(() => platform.close());

const call = async (method: string, url: string, body?: unknown, token = owner.token) =>
  (
    await platform.request(method, url, {
      token,
      headers: { 'x-tenant-id': owner.tenantId },
      ...(body === undefined ? {} : { body }),
    })
  ).body;
const ask = (sql: string, token?: string) => call('POST', '/api/analytics/sql', { sql }, token);
const tables = async (token?: string): Promise<string[]> =>
  (await call('GET', '/api/analytics/tables', undefined, token)).items.map(
    ({ name }: { name: string }) => name,
  );

async function member(role: string): Promise<string> {
  const guest = await platform.register('Guest');
  const { inviteUrl } = await call('POST', '/api/tenants/members/add', { email: guest.email, role });
  const token = new URL(inviteUrl).searchParams.get('token');
  await platform.request('POST', '/api/tenants/invitations/accept', { token: guest.token, body: { token } });
  return guest.token;
}

it('is for editors and those above', async () => {
  const viewer = await member('viewer');
  expect(await ask('SELECT 1 AS one', editor)).toMatchObject({ rows: [{ one: 1 }] });
  expect(await ask('SELECT 1 AS one', viewer)).toMatchObject({ status: 403 });
  expect(await call('GET', '/api/analytics/tables', undefined, viewer)).toMatchObject({ status: 403 });
});

it('shows of a collection the rows that the caller may see, of records as of their elements, and no history', async () => {
  expect((await ask('SELECT title FROM club_diaries ORDER BY title')).rows).toHaveLength(2);
  expect((await ask('SELECT title FROM club_diaries', editor)).rows).toEqual([{ title: 'of the editor' }]);
  expect((await ask('SELECT COUNT(*) AS n FROM club_diaries_pages', editor)).rows).toEqual([{ n: 1 }]);
  expect(await tables(editor)).not.toContain('club_diaries_history');
  const logged = 'SELECT DISTINCT collection FROM changes WHERE collection LIKE "club.%" ORDER BY collection';
  expect((await ask(logged, editor)).rows).toEqual([{ collection: 'club.dues' }]);
  expect((await ask(logged)).rows).toHaveLength(3);
});

it('has no column of a field that is hidden from the caller, in no table', async () => {
  expect((await ask('SELECT cost FROM club_dues')).rows).toEqual([{ cost: 12.5 }]);
  expect(
    (await ask('SELECT * EXCEPT (id, version, created_at, updated_at, created_by) FROM club_dues', editor))
      .rows,
  ).toEqual([{ who: 'Ada' }]);
  for (const table of ['club_dues', 'club_dues_history'])
    expect((await ask(`SELECT cost FROM ${table}`, editor)).detail).toContain('Unrecognized name: cost');
  expect(await tables(editor)).not.toContain('club_dues_parts');
  const patches = 'SELECT patch FROM changes WHERE collection = "club.dues"';
  expect((await ask(patches, editor)).rows).toEqual([{ patch: null }]);
  expect((await ask(patches)).rows[0].patch).toContain('12.5');
});

it('has no table of a collection that the caller may not read', async () => {
  expect(await tables()).toContain('club_secrets');
  expect(await tables(editor)).not.toContain('club_secrets');
  expect((await ask('SELECT * FROM club_secrets', editor)).detail).toContain(
    'does not exist, or you may not ask it',
  );
});

it('gives an API key only what its permissions name', async () => {
  const key = async (permissions: string[]): Promise<string> =>
    (await call('POST', '/api/auth/api-keys/create', { name: 'Key', role: 'admin', permissions })).key;
  const narrow = await key(['analytics.*', 'club.dues.read']);
  expect(await tables(narrow)).toEqual(['club_dues', 'club_dues_parts', 'club_dues_history', 'changes']);
  expect((await ask('SELECT DISTINCT collection FROM changes', narrow)).rows).toEqual([
    { collection: 'club.dues' },
  ]);
  const none = await key(['analytics.*']);
  expect(await tables(none)).toEqual(['changes']);
  expect((await ask('SELECT COUNT(*) AS n FROM changes', none)).rows).toEqual([{ n: 0 }]);
});

it('calls datasets by names one can read, no two the same, and shows their personal columns to editors only', async () => {
  const columns = [{ source: 'a', name: 'a', type: 'string', pii: true }];
  for (const name of ['Club dues', 'Orders', 'orders!', '2011: Ébène', '注文', '…'])
    await call('POST', '/api/datasets/datasets', { name, columns });
  const { items } = await call('GET', '/api/analytics/tables');
  const found = items.filter(({ kind }: { kind: string }) => kind === 'dataset');
  expect(found.map(({ name }: { name: string }) => name)).toEqual([
    'club_dues_2',
    'orders',
    'orders_2',
    'dataset_2011_ebene',
    '注文',
    'dataset',
  ]);
  expect((await ask('SELECT COUNT(*) AS n FROM `注文`')).rows).toEqual([{ n: 0 }]);
  expect(sqlName('x'.repeat(200), new Set())).toHaveLength(60);
});
