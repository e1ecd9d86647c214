import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DatasetColumn, type Datasets, PLACE } from '../../ports/datasets.ts';
import type { Warehouse } from '../../ports/warehouse.ts';
import { nextId } from '../warehouse-changes.ts';

const column = (name: string, type: DatasetColumn['type'] = 'string'): DatasetColumn => ({
  source: name,
  name,
  type,
});

/** What every implementation of the port `Datasets` guarantees, read through the warehouse it belongs to. */
export function datasetsContract(
  name: string,
  open: () => Promise<{ readonly datasets: Datasets; readonly warehouse: Warehouse }>,
): void {
  describe(`datasets: ${name}`, () => {
    let folder: string;
    let datasets: Datasets;
    let warehouse: Warehouse;
    beforeAll(async () => {
      folder = await mkdtemp(path.join(tmpdir(), 'datasets-contract-'));
      ({ datasets, warehouse } = await open());
    }, 60_000);
    afterAll(() => rm(folder, { recursive: true, force: true }));

    const place = () => ({ tenantId: nextId('ten'), datasetId: nextId('dat') });
    async function load(
      where: { readonly tenantId: string; readonly datasetId: string; readonly part: string },
      content: string,
      columns: readonly DatasetColumn[],
    ) {
      const file = path.join(folder, nextId('file'));
      await writeFile(file, content);
      return datasets.load({ file, layout: { format: 'csv' }, columns, ...where });
    }
    const rows = async (relation: string, order = '1') =>
      (await warehouse.query(`SELECT * FROM ${relation} ORDER BY ${order}`, [])).rows;

    it('shows the values of every type as they were', async () => {
      const where = place();
      const columns = [
        column('id', 'integer'),
        column('price', 'number'),
        column('ok', 'boolean'),
        column('day', 'date'),
        column('at', 'timestamp'),
        column('note'),
      ];
      const content =
        'id,price,ok,day,at,note\n9007199254740993,1.25,true,2024-02-29,2024-02-29T23:59:59.5Z,"a ""b"", ü 漢"\n2,,,,,\n';
      const outcome = await load({ ...where, part: 'p1' }, content, columns);
      expect(outcome).toMatchObject({ rows: 2, quarantined: 0 });
      expect(await rows(datasets.relation(where.tenantId, where.datasetId, ['p1']))).toEqual([
        { id: 2, price: null, ok: null, day: null, at: null, note: null },
        {
          id: '9007199254740993',
          price: 1.25,
          ok: true,
          day: '2024-02-29',
          at: '2024-02-29T23:59:59.5Z',
          note: 'a "b", ü 漢',
        },
      ]);
    });

    it('sets broken rows aside, and tells them a page at a time', async () => {
      const where = { ...place(), part: 'p1' };
      const lines = Array.from({ length: 30 }, (_, index) =>
        index % 10 === 0 ? `x${index}` : String(index),
      );
      expect(await load(where, `n\n${lines.join('\n')}\n`, [column('n', 'integer')])).toMatchObject({
        rows: 27,
        quarantined: 3,
      });
      const found = await datasets.quarantine(where, { offset: 1, limit: 5 });
      expect(found.map(({ text: row }) => JSON.parse(row))).toEqual([{ n: 'x10' }, { n: 'x20' }]);
      expect(found[0]?.errors[0]?.column).toBe('n');
      expect(await datasets.quarantine(where, { offset: 3, limit: 5 })).toEqual([]);
    });

    it('shows parts with different columns as one table', async () => {
      const { tenantId, datasetId } = place();
      await load({ tenantId, datasetId, part: 'p1' }, 'a,b\n1,x\n', [column('a', 'integer'), column('b')]);
      await load({ tenantId, datasetId, part: 'p2' }, 'c,a\ny,2\n', [column('c'), column('a', 'integer')]);
      expect(await rows(datasets.relation(tenantId, datasetId, ['p1', 'p2']), 'a')).toEqual([
        { a: 1, b: 'x', c: null },
        { a: 2, b: null, c: 'y' },
      ]);
    });

    it('shows of the rows with one key the last, of the last part, and all rows without a key', async () => {
      const { tenantId, datasetId } = place();
      const columns = [column('k', 'integer'), column('v')];
      await load({ tenantId, datasetId, part: 'p2' }, 'k,v\n1,old\n2,only\n,none\n', columns);
      await load({ tenantId, datasetId, part: 'p1' }, 'k,v\n1,newer\n1,newest\n,none\n', columns);
      expect(await rows(datasets.relation(tenantId, datasetId, ['p2', 'p1'], ['k']), 'v')).toEqual([
        { k: 1, v: 'newest' },
        { k: null, v: 'none' },
        { k: null, v: 'none' },
        { k: 2, v: 'only' },
      ]);
      const numbered = datasets.numbered(tenantId, datasetId, ['p2', 'p1'], ['k']);
      const ordered = await warehouse.query(`SELECT v FROM ${numbered} ORDER BY ${PLACE}`, []);
      expect(ordered.rows.map(({ v }) => v)).toEqual(['only', 'none', 'newest', 'none']);
    });

    it('replaces a part that is loaded again, keeps tenants and datasets apart, lists what takes room, and removes it', async () => {
      const { tenantId, datasetId } = place();
      const other = nextId('dat');
      const columns = [column('n', 'integer')];
      await load({ tenantId, datasetId, part: 'p1' }, 'n\n1\n2\n', columns);
      await load({ tenantId, datasetId, part: 'p1' }, 'n\n3\nx\n', columns);
      await load({ tenantId, datasetId: other, part: 'p1' }, 'n\n4\n', columns);
      expect(await rows(datasets.relation(tenantId, datasetId, ['p1']))).toEqual([{ n: 3 }]);
      expect(await rows(datasets.relation(tenantId, other, ['p1']))).toEqual([{ n: 4 }]);
      const placesOf = async (dataset?: string) => [
        ...new Set((await datasets.list(tenantId, dataset)).map(({ datasetId: id }) => id)),
      ];
      expect((await placesOf()).sort()).toEqual([datasetId, other].sort());
      const [stored] = await datasets.list(tenantId, datasetId);
      expect(stored).toMatchObject({ datasetId, part: 'p1' });
      expect(Math.abs((stored?.writtenAt ?? 0) - Date.now())).toBeLessThan(600_000);
      for (let times = 0; times < 2; times++) await datasets.remove({ tenantId, datasetId, part: 'p1' });
      expect(await placesOf()).toEqual([other]);
      expect(await datasets.list(nextId('ten'))).toEqual([]);
    });

    it('exports rows as JSON lines and as Parquet', async () => {
      const { tenantId, datasetId } = place();
      const columns = [column('n', 'integer'), column('p', 'number'), column('at', 'timestamp'), column('s')];
      const content = 'n,p,at,s\n9007199254740993,0.5,2024-01-02T03:04:05Z,"=1+1"\n1,,,\n';
      await load({ tenantId, datasetId, part: 'p1' }, content, columns);
      const request = { tenantId, datasetId, parts: ['p1'], columns };
      const lines = (await text(await datasets.export({ ...request, format: 'ndjson' }))).trim().split('\n');
      expect(
        lines.map((line) => JSON.parse(line)).sort((a, b) => String(a.n).localeCompare(String(b.n))),
      ).toEqual([
        { n: 1, p: null, at: null, s: null },
        { n: '9007199254740993', p: 0.5, at: '2024-01-02T03:04:05Z', s: '=1+1' },
      ]);
      const parquet = await datasets.export({ ...request, format: 'parquet' });
      const file = path.join(folder, nextId('file'));
      await writeFile(file, parquet);
      expect(await datasets.inspect(file, 'parquet')).toMatchObject({
        rows: 2,
        columns: columns.map(({ name: source, type }) => ({ source, type })),
      });
    });
  });
}
