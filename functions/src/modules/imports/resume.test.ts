import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, expect, it } from 'vitest';
import { createFolderFiles } from '../../adapters/files-folder/index.ts';
import type { Change } from '../../kernel/changes/change.ts';
import { runSubscriber } from '../../kernel/changes/subscribe.ts';
import { StoreUnavailable } from '../../kernel/ports/documents.ts';
import type { Files } from '../../kernel/ports/files.ts';
import { createTestPlatform, type TestPlatform, type TestTenant } from '../../kernel/testing/harness.ts';
import { modules } from '../../modules.ts';
import { imports } from './module.ts';
import { run } from './run.ts';

const all = [...modules.filter(({ name }) => name !== 'imports'), imports];
const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** A folder where something happens in the middle of the next reading. */
async function interruptedFiles(): Promise<{
  files: Files;
  interrupt(bytes: number, by: () => Promise<unknown>): void;
}> {
  const directory = await mkdtemp(path.join(tmpdir(), 'mewayz-interrupted-'));
  closing.push(() => rm(directory, { recursive: true, force: true }));
  const files = createFolderFiles({ directory });
  let next: { readonly bytes: number; readonly by: () => Promise<unknown> } | undefined;
  return {
    interrupt: (bytes, by) => {
      next = { bytes, by };
    },
    files: {
      ...files,
      read: async (key, options) => {
        const whole = await files.read(key, options);
        let due = next;
        next = undefined;
        async function* pieces(): AsyncGenerator<Buffer> {
          let read = 0;
          for await (const chunk of whole)
            for (let at = 0; at < chunk.length; at += 1_000) {
              if (due && read >= due.bytes) {
                await due.by();
                due = undefined;
              }
              read += 1_000;
              yield chunk.subarray(at, at + 1_000);
            }
        }
        return Readable.from(pieces(), { objectMode: false });
      },
    },
  };
}

/** What happens to a disk that goes away. */
const diskGone = async (): Promise<never> => {
  throw new StoreUnavailable('the disk went away');
};

/** A clock that runs ahead by some milliseconds at every look. */
function steppingClock() {
  const noon = Date.parse('2026-01-01T12:00:00Z');
  const time = { now: noon, step: 1 };
  const now = (): number => {
    time.now += time.step;
    return time.now;
  };
  return {
    clock: { now },
    run: (step: number) => Object.assign(time, { step }),
    // Back to when the session was still good.
    reset: () => Object.assign(time, { now: noon, step: 1 }),
  };
}

async function start(
  options: Parameters<typeof createTestPlatform>[1] = {},
): Promise<{ platform: TestPlatform; tenant: TestTenant }> {
  const platform = await createTestPlatform(all, options);
  closing.push(() => platform.close());
  return { platform, tenant: await platform.register() };
}

const upload = async (
  platform: TestPlatform,
  tenant: TestTenant,
  collection: string,
  raw: string,
): Promise<string> =>
  (
    await platform.request('POST', `/api/${collection}/import`, {
      token: tenant.token,
      raw,
      headers: { 'content-type': 'text/csv' },
    })
  ).body.id;
const jobOf = async (platform: TestPlatform, tenant: TestTenant, id: string) =>
  (await platform.request('GET', `/api/imports/jobs/${id}`, { token: tenant.token })).body;

/** The change that announced a job, as the bus delivers it once more. */
const announced = (tenant: TestTenant, id: string): Change => ({
  tenantId: tenant.tenantId,
  id: 'change',
  collection: 'imports.jobs',
  recordId: id,
  version: 1,
  operation: 'create',
  actor: { kind: 'user', id: tenant.userId },
  requestId: 'request',
  patch: {},
  event: 'imports.jobs.created',
  at: '',
});

async function createdOf(platform: TestPlatform, tenant: TestTenant, collection: string): Promise<number> {
  const changes = await platform.app.ports.documents.query({
    collection: `tenants/${tenant.tenantId}/changes`,
    orderBy: [['at', 'asc']],
    limit: 10_000,
  });
  return changes.filter(({ data }) => data.collection === collection).length;
}

it('goes on after a run that broke off, without a duplicate and without a gap', async () => {
  const { files, interrupt } = await interruptedFiles();
  const { platform, tenant } = await start({ ports: { files } });
  const rows = Array.from({ length: 3_000 }, (_, index) =>
    index % 100 === 50 ? `,bad${index}` : `Person ${index},`,
  );
  const id = await upload(platform, tenant, 'crm/contacts', ['name,notes', ...rows].join('\n'));
  interrupt(25_000, diskGone);
  await expect(platform.drain()).rejects.toThrow(StoreUnavailable);
  expect(await jobOf(platform, tenant, id)).toMatchObject({ state: 'running' });
  await runSubscriber(platform.app, run, [announced(tenant, id)]);
  expect(await jobOf(platform, tenant, id)).toMatchObject({
    state: 'done',
    rows: 3_000,
    processed: 3_000,
    created: 2_970,
    skipped: 30,
    errorCount: 30,
  });
  expect(await createdOf(platform, tenant, 'crm.contacts')).toBe(2_970);
});

it('works in slices that each stop in time, and counts every row once', async () => {
  const { clock, run: runClock, reset } = steppingClock();
  const { platform, tenant } = await start({ clock });
  const lines = Array.from(
    { length: 6_000 },
    (_, index) => `N${index % 1_500},S${index},${index % 700 === 3 ? 'x' : 1},2.5,2026-01-01`,
  );
  const id = await upload(
    platform,
    tenant,
    'finance/invoices',
    ['number,sku,quantity,unitPrice,issuedAt', ...lines, ',S,1,1,'].join('\n'),
  );
  runClock(26_000);
  await platform.drain();
  reset();
  const job = await jobOf(platform, tenant, id);
  const bad = new Set(
    Array.from({ length: 6_000 }, (_, index) => index)
      .filter((index) => index % 700 === 3)
      .map((index) => index % 1_500),
  ).size;
  expect(job).toMatchObject({
    state: 'done',
    rows: 6_001,
    processed: 6_001,
    created: 1_500 - bad,
    skipped: bad * 4 + 1,
    errorCount: bad * 4 + 1,
  });
  expect(job.slice).toBeGreaterThan(1);
  expect(await createdOf(platform, tenant, 'finance.invoices')).toBe(1_500 - bad);
});

it('stops soon after it is cancelled, and says what it has written', async () => {
  const { files, interrupt } = await interruptedFiles();
  const { clock } = steppingClock();
  const { platform, tenant } = await start({ ports: { files }, clock });
  const rows = Array.from({ length: 5_000 }, (_, index) => `Person ${index}`);
  const id = await upload(platform, tenant, 'crm/contacts', ['name', ...rows].join('\n'));
  interrupt(20_000, () =>
    platform.request('POST', '/api/imports/jobs/cancel', { token: tenant.token, body: { id } }),
  );
  // By this clock a chunk of rows takes seconds, so each reports.
  await platform.drain();
  const job = await jobOf(platform, tenant, id);
  expect(job).toMatchObject({ state: 'cancelled', skipped: 0 });
  expect(job.created).toBeGreaterThan(0);
  expect(job.created).toBeLessThan(5_000);
  expect(await createdOf(platform, tenant, 'crm.contacts')).toBe(job.created);
  expect(await files.exists(`tenants/${tenant.tenantId}/imports/${id}`)).toBe(false);
});

it('keeps every error, also beyond the thousand the job lists', async () => {
  const { platform, tenant } = await start();
  const id = await upload(
    platform,
    tenant,
    'crm/contacts',
    ['name,email', ...Array.from({ length: 2_500 }, (_, index) => `Person,not ${index}`)].join('\n'),
  );
  await platform.drain();
  const job = await jobOf(platform, tenant, id);
  expect(job).toMatchObject({ state: 'done', created: 0, skipped: 2_500, errorCount: 2_500 });
  expect(job.errors).toHaveLength(1_000);
  const { text } = await platform.request('GET', `/api/imports/jobs/errors?id=${id}`, {
    token: tenant.token,
  });
  const rows = text
    .trim()
    .split('\r\n')
    .slice(1)
    .map((line) => Number(line.split(',')[0]));
  expect(rows).toEqual(Array.from({ length: 2_500 }, (_, index) => index + 1));
});

it('works off one job of a tenant after the other, and another tenant’s beside them', async () => {
  const { platform, tenant } = await start();
  const other = await platform.register();
  const ids = [
    await upload(platform, tenant, 'crm/contacts', 'name\nOne\n'),
    await upload(platform, tenant, 'crm/contacts', 'name\nTwo\n'),
  ];
  const foreign = await upload(platform, other, 'crm/contacts', 'name\nThree\n');
  await platform.drain();
  for (const id of ids) expect((await jobOf(platform, tenant, id)).state).toBe('done');
  expect((await jobOf(platform, other, foreign)).state).toBe('done');
});

it('imports with the rights of its sender, not with those of the platform', async () => {
  const { platform, tenant } = await start();
  const id = await upload(platform, tenant, 'crm/contacts', 'name\nOne\n');
  const jobPath = `tenants/${tenant.tenantId}/imports-jobs/${id}`;
  const job = await platform.app.ports.documents.get(jobPath);
  await platform.app.ports.documents.commit([
    {
      kind: 'set',
      path: jobPath,
      data: { ...job?.data, actor: { kind: 'user', id: tenant.userId, role: 'viewer' } },
    },
  ]);
  await platform.drain();
  expect(await jobOf(platform, tenant, id)).toMatchObject({
    state: 'done',
    created: 0,
    skipped: 1,
    errors: [{ row: 1, message: expect.stringContaining('may not create') }],
  });
});
