import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { modules } from '../../modules.ts';
import type { Scope } from '../context.ts';
import { defineCollection, defineModule } from '../define.ts';
import { createScope, createSystemContext } from '../scope.ts';
import { createTestPlatform, type TestPlatform, type TestTenant } from '../testing/harness.ts';

/** Guarantees of the repository, on a collection that uses what few others use. */
const things = defineCollection({
  name: 'lab.things',
  idPrefix: 'thg',
  labels: { one: 'thing', many: 'things' },
  fields: {
    code: z.string(),
    note: z.string().optional(),
    more: z.string().optional(),
    cost: z.number().optional(),
  },
  computed: { mark: z.string() },
  access: { read: 'viewer', create: 'editor', update: 'editor', delete: 'editor' },
  fieldAccess: { cost: { read: 'admin', write: 'admin' } },
  unique: ['code'],
  filters: ['code'],
  example: { code: 'A-1' },
  prepare: (draft) => ({ ...draft, mark: draft.mark ?? `made of ${draft.code}` }),
});
const lab = defineModule({ name: 'lab', collections: [things] });

let platform: TestPlatform;
let tenant: TestTenant;
let editor: Scope;
let system: Scope;
beforeAll(async () => {
  platform = await createTestPlatform([...modules, lab]);
  tenant = await platform.register();
  const { tenantId } = tenant;
  editor = createScope({
    app: platform.app,
    tenantId,
    caller: { kind: 'user', id: 'usr_1', role: 'editor' },
    requestId: 'req_test',
  });
  system = editor.asSystem('test');
});
afterAll(() => platform?.close());

describe('computed fields', () => {
  it('are set by the platform, on create as on update, and refused from everybody else', async () => {
    const made = await system.repo(things).create({ code: 'computed', mark: 'by us' });
    expect(made.mark).toBe('by us');
    expect((await system.repo(things).patch(made.id, { mark: 'again' })).mark).toBe('again');
    await expect(editor.repo(things).create({ code: 'theirs', mark: 'x' })).rejects.toMatchObject({
      status: 422,
      errors: [{ path: 'mark', code: 'read_only' }],
    });
    await expect(editor.repo(things).patch(made.id, { mark: 'x' })).rejects.toMatchObject({ status: 422 });
  });
});

describe('a unique value', () => {
  it('is taken whatever its case and form, and free again after a change or a delete', async () => {
    const repo = editor.repo(things);
    const first = await repo.create({ code: 'Ä-1' });
    await expect(repo.create({ code: 'ä-1' })).rejects.toMatchObject({
      code: 'already_exists',
      errors: [{ path: 'code', code: 'not_unique' }],
    });
    expect((await repo.patch(first.id, { code: 'ä-1' })).code).toBe('ä-1');
    await repo.patch(first.id, { code: 'other' });
    const second = await repo.create({ code: 'Ä-1' });
    await repo.delete(second.id);
    await repo.create({ code: 'Ä-1' });
    await expect(repo.restore(second.id)).rejects.toMatchObject({ code: 'already_exists' });
  });

  it('is given to one of many who want it at once', async () => {
    const tries = await Promise.allSettled(
      Array.from({ length: 10 }, () => editor.repo(things).create({ code: 'race' })),
    );
    expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });
});

describe('field access', () => {
  it('hides what a caller may not read, also in history, and refuses to write it', async () => {
    const { id } = await system.repo(things).create({ code: 'dear', cost: 7 });
    expect(await editor.repo(things).require(id)).not.toHaveProperty('cost');
    expect(JSON.stringify(await editor.repo(things).history(id))).not.toContain('cost');
    await expect(editor.repo(things).patch(id, { cost: 1 })).rejects.toMatchObject({ status: 403 });
  });
});

describe('a transaction', () => {
  it('makes one change of a record for each write, and forgets no field that was dropped', async () => {
    const { id } = await editor.repo(things).create({ code: 'twice', note: 'n', more: 'm' });
    await editor.transaction(async (transaction) => {
      const repo = transaction.repo(things);
      await repo.patch(id, { note: null });
      await repo.patch(id, { more: null });
    });
    const record = await editor.repo(things).require(id);
    expect(record).toMatchObject({ version: 3 });
    expect(Object.keys(record)).not.toEqual(expect.arrayContaining(['note']));
    expect(Object.keys(record)).not.toEqual(expect.arrayContaining(['more']));
    expect((await editor.repo(things).history(id)).map(({ version }) => version)).toEqual([3, 2, 1]);
  });

  it('may change a unique value there and back, and delete what it made', async () => {
    const { id } = await editor.repo(things).create({ code: 'there' });
    await editor.transaction(async (transaction) => {
      const repo = transaction.repo(things);
      await repo.patch(id, { code: 'back' });
      await repo.patch(id, { code: 'there' });
      const short = await repo.create({ code: 'short' });
      await repo.delete(short.id);
    });
    await expect(editor.repo(things).create({ code: 'there' })).rejects.toMatchObject({
      code: 'already_exists',
    });
    await editor.repo(things).create({ code: 'short' });
    await editor.repo(things).create({ code: 'back' });
  });

  it('writes nothing when its work throws', async () => {
    const before = (await platform.drain()).length;
    await expect(
      editor.transaction(async (transaction) => {
        await transaction.repo(things).create({ code: 'never' });
        throw new Error('changed my mind');
      }),
    ).rejects.toThrow('changed my mind');
    expect(before).toBeGreaterThan(0);
    expect(await platform.drain()).toEqual([]);
    expect(
      (await editor.repo(things).list({ filters: [{ field: 'code', operator: 'eq', value: 'never' }] }))
        .items,
    ).toEqual([]);
  });

  it('gives numbers without gaps or repeats to many at once', async () => {
    const numbers = await Promise.all(
      Array.from({ length: 20 }, () => editor.transaction((transaction) => transaction.sequence('test'))),
    );
    expect(numbers.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
  });

  it('says conflict, not an internal error, when others keep winning', async () => {
    const context = createSystemContext(platform.app, 'req_test', 'test');
    const id = 'thg_same';
    const tries = await Promise.allSettled(
      Array.from({ length: 5 }, () =>
        context.transaction((of) => of(tenant.tenantId).repo(things).create({ code: 'same' }, { id })),
      ),
    );
    expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const tried of tries)
      if (tried.status === 'rejected') expect(tried.reason).toMatchObject({ status: 409 });
  });
});

describe('an id that cannot be one', () => {
  it.each(['', 'a/b', '..', '.', '__x__', '\u0000', 'x'.repeat(101), 'ä', '1'])(
    '%j is not found',
    async (id) => {
      const repo = editor.repo(things);
      expect(await repo.get(id)).toBeUndefined();
      for (const attempt of [
        repo.require(id),
        repo.patch(id, {}),
        repo.replace(id, { code: 'x' }),
        repo.delete(id),
        repo.restore(id),
        repo.history(id),
        repo.revert(id, 1),
      ])
        await expect(attempt).rejects.toMatchObject({ status: 404 });
    },
  );
});

describe('versions', () => {
  it('have no gaps, whatever is done', async () => {
    const repo = editor.repo(things);
    const { id } = await repo.create({ code: 'versions', note: 'one' });
    await repo.patch(id, { note: 'two' });
    expect((await repo.patch(id, { note: 'two' })).version).toBe(2);
    await repo.delete(id);
    await repo.restore(id);
    await repo.replace(id, { code: 'versions' });
    expect(await repo.revert(id, 2)).toMatchObject({ note: 'two', version: 6 });
    await expect(repo.revert(id, 99)).rejects.toMatchObject({ status: 404 });
    const history = (await repo.history(id)).toReversed();
    expect(history.map(({ version, operation }) => `${version} ${operation}`)).toEqual([
      '1 create',
      '2 update',
      '3 delete',
      '4 restore',
      '5 update',
      '6 update',
    ]);
    expect(await repo.history(id, { limit: 2, beforeVersion: 4 })).toMatchObject([
      { version: 3 },
      { version: 2 },
    ]);
  });
});
