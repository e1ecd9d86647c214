import { describe, expect, it } from 'vitest';
import type { Change } from '../../changes/change.ts';
import type { Warehouse, WarehouseTable } from '../../ports/warehouse.ts';
import { changeOf, documentsOf, nextId, noDocuments, TABLES } from '../warehouse-changes.ts';

const at = (second: number): string => `2026-03-01T10:00:0${second}.000000Z`;

/** A record's life: created, changed twice, deleted and restored. */
function life(tenantId: string, recordId = nextId('con')): Change[] {
  const change = (version: number, operation: Change['operation'], patch: object = {}): Change =>
    changeOf({
      tenantId,
      collection: 'crm.contacts',
      recordId,
      version,
      operation,
      at: at(version),
      patch: { ...patch },
    });
  return [
    change(1, 'create', { name: 'Ada', score: 3, address: { city: 'Paris' } }),
    change(2, 'update', { score: 4 }),
    change(3, 'update', { name: 'Ada L.', address: null }),
    change(4, 'delete'),
    change(5, 'restore'),
  ];
}

const LIVED = [
  { version: 1, operation: 'create', deleted: false, name: 'Ada', score: 3, address_city: 'Paris' },
  { version: 2, operation: 'update', deleted: false, name: 'Ada', score: 4, address_city: 'Paris' },
  { version: 3, operation: 'update', deleted: false, name: 'Ada L.', score: 4, address_city: null },
  { version: 4, operation: 'delete', deleted: true, name: 'Ada L.', score: 4, address_city: null },
  { version: 5, operation: 'restore', deleted: false, name: 'Ada L.', score: 4, address_city: null },
];

/** What every implementation of the port `Warehouse` guarantees of histories. Each test works in tenants of its own. */
export function warehouseHistoryContract(name: string, open: () => Promise<Warehouse>): void {
  const historyOf = async (warehouse: Warehouse, tenantId: string, columns: string, table = 'crm_contacts') =>
    (
      await warehouse.query(
        `SELECT ${columns} FROM ${table}_history WHERE tenant_id = $1 ORDER BY id, version`,
        [tenantId],
      )
    ).rows;
  const TOLD = 'version, operation, deleted, name, score, address_city';

  describe(`history: ${name}`, () => {
    it('has a row a version, typed, from when to when, and by whom', async () => {
      const warehouse = await open();
      const tenantId = nextId('ten');
      const changes = life(tenantId);
      await warehouse.apply(changes.slice(0, 2), TABLES, documentsOf(changes));
      await warehouse.apply(changes.slice(2), TABLES, documentsOf(changes));
      expect(await historyOf(warehouse, tenantId, TOLD)).toEqual(LIVED);
      const spans = await historyOf(
        warehouse,
        tenantId,
        'change_id, actor_kind, actor_id, valid_from, valid_to',
      );
      expect(
        spans.map(({ valid_from: from, valid_to: to, ...who }) => [
          who,
          Date.parse(String(from)),
          to === null ? null : Date.parse(String(to)),
        ]),
      ).toEqual(
        changes.map(({ id }, index) => [
          { change_id: id, actor_kind: 'user', actor_id: 'usr_1' },
          Date.parse(at(index + 1)),
          index === 4 ? null : Date.parse(at(index + 2)),
        ]),
      );
    });

    it.each([
      ['backwards', [[4], [3], [2], [1], [0]]],
      [
        'in two halves, the later first',
        [
          [2, 3, 4],
          [0, 1],
        ],
      ],
      [
        'with every other version missing at first',
        [
          [0, 2, 4],
          [1, 3],
        ],
      ],
      ['again and again', [[0, 1], [0, 1, 2], [3], [3, 2, 1], [4, 4]]],
    ])('is the same when changes come %s', async (_order, batches) => {
      const warehouse = await open();
      const tenantId = nextId('ten');
      const [one, other] = [life(tenantId), life(tenantId)];
      const read = documentsOf([...one, ...other]);
      for (const batch of batches)
        await warehouse.apply(
          [one, other].flatMap((changes) => changes.filter((_, index) => batch.includes(index))),
          TABLES,
          read,
        );
      expect(await historyOf(warehouse, tenantId, TOLD)).toEqual([...LIVED, ...LIVED]);
      const [state] = (
        await warehouse.query(
          'SELECT name, score, address_city, version FROM crm_contacts WHERE tenant_id = $1 ORDER BY id',
          [tenantId],
        )
      ).rows;
      expect(state).toEqual({ name: 'Ada L.', score: 4, address_city: null, version: 5 });
    });

    it('evolves with its collection', async () => {
      const warehouse = await open();
      const [tenantId, recordId] = [nextId('ten'), nextId('deal')];
      const tables = (columns: WarehouseTable['columns']): readonly WarehouseTable[] => [
        { name: 'crm_visits', collection: 'crm.visits', columns, children: [] },
      ];
      const title = { name: 'title', type: 'string', path: ['title'] } as const;
      const value = { name: 'value', type: 'number', path: ['value'] } as const;
      const change = (version: number, operation: Change['operation'], patch: object): Change =>
        changeOf({ tenantId, collection: 'crm.visits', recordId, version, operation, patch: { ...patch } });
      const changes = [change(1, 'create', { title: 'A' }), change(2, 'update', { title: 'B', value: 1.5 })];
      await warehouse.apply(changes.slice(0, 1), tables([title]), documentsOf(changes));
      await warehouse.apply(changes.slice(1), tables([title, value]), documentsOf(changes));
      expect(await historyOf(warehouse, tenantId, 'title, value', 'crm_visits')).toEqual([
        { title: 'A', value: null },
        { title: 'B', value: 1.5 },
      ]);
    });

    it('keeps what does not fit a column out of it', async () => {
      const warehouse = await open();
      const tenantId = nextId('ten');
      const names: [unknown, unknown][] = [
        [12, '12'],
        [{ first: 'A' }, null],
      ];
      const scores: [unknown, unknown][] = [
        ['7', null],
        [1.5, null],
        [true, null],
        [9_007_199_254_740_991, 9_007_199_254_740_991],
      ];
      const changes = [
        ...names.map(([name]) => ({ name, score: 1 })),
        ...scores.map(([, score]) => ({ name: 'half \ud800 of a pair', score })),
        ...scores.map(([score]) => ({ name: 'x', score })),
      ].map((patch) =>
        changeOf({
          tenantId,
          collection: 'crm.contacts',
          recordId: nextId('con'),
          version: 1,
          operation: 'create',
          patch,
        }),
      );
      await warehouse.apply(changes, TABLES, noDocuments);
      for (const table of ['crm_contacts', 'crm_contacts_history']) {
        const { rows } = await warehouse.query(
          `SELECT name, score FROM ${table} WHERE tenant_id = $1 ORDER BY id`,
          [tenantId],
        );
        expect(rows.slice(-4).map(({ score }) => score)).toEqual(scores.map(([, score]) => score));
        expect(rows[0]?.name).toBe('12');
        expect(JSON.parse(String(rows[1]?.name))).toEqual({ first: 'A' });
      }
    });
  });
}
