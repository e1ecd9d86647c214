import { describe, expect, it } from 'vitest';
import type { Change } from '../../changes/change.ts';
import type { ReadRecord, Warehouse, WarehouseTable } from '../../ports/warehouse.ts';
import { changeOf, documentsOf, nextId, noDocuments, TABLES } from '../warehouse-changes.ts';

/** One tenant's view of a warehouse: its rows only, and changes that carry its id. */
function inTenant(warehouse: Warehouse, tenantId = nextId('ten')) {
  const change =
    (collection: string) =>
    (id: string, version: number, operation: Change['operation'], patch: object = {}) =>
      changeOf({ tenantId, collection, recordId: id, version, operation, patch: { ...patch } });
  const written: Change[] = [];
  return {
    tenantId,
    contact: change('crm.contacts'),
    invoice: change('finance.invoices'),
    deal: change('crm.deals'),
    apply: (changes: readonly Change[], readRecord?: ReadRecord, tables = TABLES) => {
      written.push(...changes.filter(({ id }) => written.every((known) => known.id !== id)));
      return warehouse.apply(changes, tables, readRecord ?? documentsOf(written));
    },
    rows: async (columns: string, table: string, order = '1') =>
      (
        await warehouse.query(`SELECT ${columns} FROM ${table} WHERE tenant_id = $1 ORDER BY ${order}`, [
          tenantId,
        ])
      ).rows,
    count: async (table: string) =>
      (await warehouse.query(`SELECT count(*) AS n FROM ${table} WHERE tenant_id = $1`, [tenantId])).rows[0]
        ?.n,
  };
}

/** What every implementation of the port `Warehouse` guarantees. Each test works in tenants of its own. */
export function warehouseContract(name: string, open: () => Promise<Warehouse>): void {
  describe(`warehouse: ${name}`, () => {
    it('lets a record follow its changes: create, merge patches, delete, restore', async () => {
      const { contact, apply, rows } = inTenant(await open());
      const id = nextId('con');
      const state = async () =>
        (await rows('version, deleted, name, score, address_city', 'crm_contacts'))[0];
      await apply([
        contact(id, 1, 'create', { name: 'Ada', score: 3, address: { city: 'Paris', street: 'Rue' } }),
      ]);
      expect(await state()).toEqual({
        version: 1,
        deleted: false,
        name: 'Ada',
        score: 3,
        address_city: 'Paris',
      });
      await apply([contact(id, 2, 'update', { score: null, address: { city: 'Lyon' } })]);
      expect(await state()).toEqual({
        version: 2,
        deleted: false,
        name: 'Ada',
        score: null,
        address_city: 'Lyon',
      });
      await apply([contact(id, 3, 'delete')]);
      expect(await state()).toEqual({
        version: 3,
        deleted: true,
        name: 'Ada',
        score: null,
        address_city: 'Lyon',
      });
      await apply([contact(id, 4, 'restore'), contact(id, 5, 'update', { name: 'Ada L.' })]);
      expect(await state()).toEqual({
        version: 5,
        deleted: false,
        name: 'Ada L.',
        score: null,
        address_city: 'Lyon',
      });
      const [stored] = await rows('record, created_at, created_by', 'crm_contacts');
      expect(JSON.parse(String(stored?.record))).toMatchObject({
        version: 5,
        address: { city: 'Lyon', street: 'Rue' },
      });
      expect(stored).toMatchObject({
        created_at: expect.stringMatching(/^2026-03-01T10:00:00\.123456/),
        created_by: 'usr_1',
      });
    });

    it('shows array elements as child rows, replaced with their record and gone when it is deleted', async () => {
      const { invoice, apply, rows } = inTenant(await open());
      const id = nextId('inv');
      const lines = () => rows('record_id, position, sku, amount', 'finance_invoices_lines', 'position');
      await apply([
        invoice(id, 1, 'create', {
          lines: [
            { sku: 'a', amount: 5 },
            { sku: 'b', amount: -2 },
          ],
        }),
      ]);
      expect(await lines()).toEqual([
        { record_id: id, position: 0, sku: 'a', amount: 5 },
        { record_id: id, position: 1, sku: 'b', amount: -2 },
      ]);
      await apply([invoice(id, 2, 'update', { lines: [{ sku: 'c', amount: 9 }] })]);
      expect(await lines()).toEqual([{ record_id: id, position: 0, sku: 'c', amount: 9 }]);
      await apply([invoice(id, 3, 'delete')]);
      expect(await lines()).toEqual([]);
      await apply([invoice(id, 4, 'restore')]);
      expect(await lines()).toEqual([{ record_id: id, position: 0, sku: 'c', amount: 9 }]);
    });

    it('is not changed by redelivery, whole or in part, nor by a batch that holds a change twice', async () => {
      const { contact, apply, rows, count } = inTenant(await open());
      const [a, b] = [nextId('con'), 'imported-42'];
      const first = [
        contact(a, 1, 'create', { name: 'A', score: 1 }),
        contact(b, 1, 'create', { name: 'B', score: 2 }),
      ];
      const second = [contact(a, 2, 'update', { score: 10 })];
      for (const batch of [first, [...first, ...second, ...second], [...second, ...first], first])
        await apply(batch);
      expect(await rows('name, version, score', 'crm_contacts')).toEqual([
        { name: 'A', version: 2, score: 10 },
        { name: 'B', version: 1, score: 2 },
      ]);
      expect(await count('changes')).toBe(3);
    });

    it('keeps the same record and change ids of two tenants apart', async () => {
      const warehouse = await open();
      const [one, two] = [inTenant(warehouse), inTenant(warehouse)];
      const created = one.contact('same', 1, 'create', { name: 'One' });
      await one.apply([created, { ...two.contact('same', 1, 'create', { name: 'Two' }), id: created.id }]);
      await two.apply([two.contact('same', 2, 'update', { name: 'Two!' })]);
      expect(await one.rows('name', 'crm_contacts')).toEqual([{ name: 'One' }]);
      expect(await two.rows('name', 'crm_contacts')).toEqual([{ name: 'Two!' }]);
      expect([await one.count('changes'), await two.count('changes')]).toEqual([1, 2]);
    });

    it('repairs a version gap from the documents, and then lets late changes into the log only', async () => {
      const { contact, apply, rows, count, tenantId } = inTenant(await open());
      const id = nextId('con');
      const changes = [1, 2, 3, 4].map((version) =>
        contact(id, version, version === 1 ? 'create' : 'update', { name: `v${version}` }),
      );
      const read: ReadRecord = async (...asked) => {
        expect(asked.slice(0, 3)).toEqual([tenantId, 'crm.contacts', id]);
        return { record: { name: 'v4', version: 4 }, version: 4, deleted: false };
      };
      for (const index of [2, 3, 0, 1]) {
        await apply(changes.slice(index, index + 1), read);
        expect(await rows('name, version', 'crm_contacts')).toEqual([{ name: 'v4', version: 4 }]);
      }
      expect(await count('changes')).toBe(4);
    });

    it('adds and widens columns as collections evolve, and loses none', async () => {
      const { deal, apply, rows } = inTenant(await open());
      const evolved = (...columns: WarehouseTable['columns']): readonly WarehouseTable[] => [
        { name: 'crm_deals', collection: 'crm.deals', columns, children: [] },
      ];
      const title = { name: 'title', type: 'string', path: ['title'] } as const;
      const value = (type: 'integer' | 'number' | 'string') =>
        ({ name: 'value', type, path: ['value'] }) as const;
      const won = { name: 'won', type: 'boolean', path: ['won'] } as const;
      await apply(
        [deal(nextId('deal'), 1, 'create', { title: 'A', value: 1 })],
        noDocuments,
        evolved(title, value('integer')),
      );
      await apply(
        [deal(nextId('deal'), 1, 'create', { title: 'B', value: 1.5, won: true })],
        noDocuments,
        evolved(title, value('number'), won),
      );
      expect(await rows('title, value, won', 'crm_deals')).toEqual([
        { title: 'A', value: 1, won: null },
        { title: 'B', value: 1.5, won: true },
      ]);
      await apply(
        [deal(nextId('deal'), 1, 'create', { title: 'C', value: 'high' })],
        noDocuments,
        evolved(title, value('string'), won),
      );
      const texts = (await rows('title, value', 'crm_deals')).map((row) => row.value);
      expect([Number(texts[0]), ...texts.slice(1)]).toEqual([1, '1.5', 'high']);
    });

    it('lets applies made at once fail alone', async () => {
      const { contact, apply, count } = inTenant(await open());
      const good = Array.from({ length: 20 }, () => [contact(nextId('con'), 1, 'create', { name: 'n' })]);
      const bad = [contact(nextId('con'), 5, 'update', { name: 'gap' })];
      const settled = await Promise.allSettled(
        [...good, bad].map((changes) =>
          apply(changes, () => Promise.reject(new Error('documents are away'))),
        ),
      );
      expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(20);
      expect(settled.at(-1)).toMatchObject({ status: 'rejected', reason: { message: 'documents are away' } });
      expect(await count('crm_contacts')).toBe(20);
    });

    it('leaves out collections without a table, and answers about tables before their first record', async () => {
      const { apply, count } = inTenant(await open());
      await apply([]);
      await apply([
        changeOf({ collection: 'auth.sessions', recordId: 's', version: 1, operation: 'create' }),
      ]);
      expect([
        await count('crm_contacts'),
        await count('finance_invoices_lines'),
        await count('changes'),
      ]).toEqual([0, 0, 0]);
    });

    it('names the data of a tenant anew with what is applied to it, and of no other, or cannot tell', async () => {
      const warehouse = await open();
      const [one, two] = [inTenant(warehouse), inTenant(warehouse)];
      const versions = () => Promise.all([one, two].map(({ tenantId }) => warehouse.dataVersion(tenantId)));
      const [before, other] = await versions();
      const id = nextId('con');
      await one.apply([one.contact(id, 1, 'create', { name: 'A' })]);
      const [after, untouched] = await versions();
      expect(untouched).toBe(other);
      if (before === undefined) return expect([after, other]).toEqual([undefined, undefined]);
      expect(after).not.toBe(before);
      await one.apply([]);
      expect(await versions()).toEqual([after, other]);
      await one.apply([one.contact(id, 2, 'update', { name: 'B' })]);
      expect([before, after]).not.toContain((await versions())[0]);
    });

    it('runs one SELECT and nothing else', async () => {
      const warehouse = await open();
      await inTenant(warehouse).apply([]);
      for (const sql of [
        'DELETE FROM changes WHERE TRUE',
        'SELECT 1; SELECT 2',
        'CREATE TABLE intruder (a INTEGER)',
      ])
        await expect(warehouse.query(sql, [])).rejects.toThrow();
    });
  });
}
