import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loads } from '../datasets.collection.ts';
import { createDatasetWorld, type DatasetWorld } from '../datasets.fixture.ts';
import { uploadKey } from '../upload.ts';

const COLUMNS = [
  { source: 'no', name: 'no', type: 'string' },
  { source: 'day', name: 'day', type: 'date' },
] as const;
const FILE = 'no,day\nA1,2020-01-01\nA2,2020-01-02\n';
const DAY = 86_400_000;

describe('what datasets keep, and for how long', () => {
  let world: DatasetWorld;
  beforeAll(async () => {
    world = await createDatasetWorld();
  });
  afterAll(() => world.close());

  const clean = (): Promise<void> => world.run('datasets.retention');
  const partsOnDisk = async (datasetId: string): Promise<string[]> => {
    const found = await world.platform.app.ports.datasets.list(world.owner.tenantId, datasetId);
    return found.map(({ part }) => part).sort();
  };
  const read = async (id: string) => (await world.call('GET', `/api/datasets/datasets/${id}`)).body;
  const rowsOf = async (id: string): Promise<string[]> =>
    (await world.call('GET', `/api/datasets/datasets/rows?id=${id}`)).body.rows.map(
      ({ no }: { no: string }) => no,
    );
  const day = (offset: number): string => new Date(world.now() + offset * DAY).toISOString().slice(0, 10);

  /** Writes a part as a process does that is killed before anybody hears of it. */
  const written = async (datasetId: string, state?: 'running' | 'failed' | 'cancelled', more = {}) => {
    const { app } = world.platform;
    const tenantId = world.owner.tenantId;
    const part = app.ids.next('lod');
    const key = `tenants/${tenantId}/test-${part}`;
    await app.ports.files.write(key, Readable.from([FILE]));
    const file = await app.ports.files.local(key);
    const layout = { format: 'csv', delimiter: ',' } as const;
    await app.ports.datasets.load({ file: file.path, layout, columns: COLUMNS, tenantId, datasetId, part });
    await file.release();
    const data = { datasetId, uploadId: 'upl_01', mode: 'append', state, progress: 0, ...more };
    if (state) await world.system().repo(loads).create(data, { id: part });
    return part;
  };

  it('sweeps what crashes left, and never what a load is writing or what counts', async () => {
    const id = await world.dataset(COLUMNS);
    const counted = await world.load(id, FILE);
    const running = await written(id, 'running');
    const unnamed = await written(id);
    await written('dat_GONE', 'cancelled');
    const aside = await written(id, 'failed', {
      blockedBy: ['rul_1'],
      finishedAt: new Date(world.now()).toISOString(),
    });
    await clean();
    expect(await partsOnDisk(id)).toEqual([counted.id, running, unnamed, aside].sort());
    expect(await partsOnDisk('dat_GONE')).toEqual([]);
    await clean();
    expect(await partsOnDisk(id)).toEqual([counted.id, running, unnamed, aside].sort());
    await world.later(2 * DAY);
    await clean();
    expect(await partsOnDisk(id)).toEqual([counted.id, aside].sort());
    await world.later(6 * DAY);
    await clean();
    expect(await partsOnDisk(id)).toEqual([counted.id]);
    expect(await rowsOf(id)).toEqual(['A1', 'A2']);
  });

  it('drops loads that are too old', async () => {
    const id = await world.dataset(COLUMNS, { retention: { days: 10 } });
    const first = await world.load(id, FILE);
    await world.later(9 * DAY);
    const second = await world.load(id, 'no,day\nB1,2020-01-01\n');
    await clean();
    expect(await partsOnDisk(id)).toEqual([first.id, second.id].sort());
    await world.later(2 * DAY);
    await clean();
    expect(await read(id)).toMatchObject({ rows: 1, quarantined: 0 });
    expect(await rowsOf(id)).toEqual(['B1']);
    expect(await partsOnDisk(id)).toEqual([second.id]);
  });

  it('drops loads whose rows are all too old, by a column of theirs', async () => {
    const id = await world.dataset(COLUMNS, { retention: { days: 10, column: 'day' } });
    await world.load(id, FILE);
    const mixed = await world.load(id, `no,day\nB1,2020-01-01\nB2,${day(-5)}\n`);
    const undated = await world.load(id, 'no,day\nC1,\n');
    await clean();
    expect(await rowsOf(id)).toEqual(['B1', 'B2', 'C1']);
    expect(await partsOnDisk(id)).toEqual([mixed.id, undated.id].sort());
    const refused = await world.call('PATCH', `/api/datasets/datasets/${id}`, {
      retention: { days: 10, column: 'no' },
    });
    expect([refused.status, refused.body.errors[0].path]).toEqual([422, 'retention.column']);
  });

  it('keeps a deleted dataset whole as long as it can be restored, then removes everything of it', async () => {
    const id = await world.dataset(COLUMNS);
    const load = await world.load(id, `${FILE}A3,never\n`);
    const made = await world.call('POST', '/api/datasets/rules', {
      datasetId: id,
      name: 'Filled',
      kind: 'not-null',
      column: 'no',
    });
    await world.call('DELETE', `/api/datasets/datasets/${id}`);
    await world.later(29 * DAY);
    await clean();
    expect((await world.call('POST', `/api/datasets/datasets/${id}/restore`, {})).status).toBe(200);
    expect(await rowsOf(id)).toEqual(['A1', 'A2']);
    const aside = await world.call('GET', `/api/datasets/loads/quarantine?id=${load.id}`);
    expect(aside.body.rows).toHaveLength(1);
    await world.call('DELETE', `/api/datasets/datasets/${id}`);
    await world.later(31 * DAY);
    await clean();
    expect((await world.call('POST', `/api/datasets/datasets/${id}/restore`, {})).status).toBe(404);
    expect(await partsOnDisk(id)).toEqual([]);
    for (const url of [`loads/${load.id}`, `rules/${made.body.id}`])
      expect((await world.call('GET', `/api/datasets/${url}`)).status).toBe(404);
  });

  it('forgets files that were sent and never loaded, but not one that a load waits for', async () => {
    const id = await world.dataset(COLUMNS);
    const [forgotten, wanted] = [await world.upload(FILE), await world.upload(FILE)];
    await world.later(6 * DAY);
    await clean();
    const files = world.platform.app.ports.files;
    const key = (uploadId: string): string => uploadKey(world.owner.tenantId, uploadId);
    expect(await files.exists(key(forgotten))).toBe(true);
    const body = { datasetId: id, uploadId: wanted };
    expect((await world.call('POST', '/api/datasets/loads/start', body)).status).toBe(202);
    await world.later(2 * DAY);
    await clean();
    expect([await files.exists(key(forgotten)), await files.exists(key(wanted))]).toEqual([false, true]);
    expect((await world.call('GET', `/api/datasets/uploads/${forgotten}`)).status).toBe(404);
    expect((await world.call('GET', `/api/datasets/uploads/${wanted}`)).status).toBe(200);
  });
});
