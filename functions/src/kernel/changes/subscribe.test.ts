import { afterAll, beforeAll, expect, it } from 'vitest';
import { auth } from '../../modules/auth/module.ts';
import { tenants } from '../../modules/tenants/module.ts';
import { Problem } from '../errors.ts';
import { createTestPlatform, type TestPlatform } from '../testing/harness.ts';
import type { Change } from './change.ts';
import { runSubscriber } from './subscribe.ts';

let platform: TestPlatform;
beforeAll(async () => {
  platform = await createTestPlatform([auth, tenants]);
});
afterAll(() => platform.close());

const change = (recordId: string): Change => ({
  id: recordId,
  tenantId: 'ten_1',
  collection: 'crm.contacts',
  recordId,
  version: 1,
  operation: 'create',
  event: 'crm.contacts.created',
  actor: { kind: 'system', id: 'test' },
  requestId: 'req_1',
  patch: {},
  at: '2026-01-01T00:00:00.000Z',
});
const changes = ['a', 'b', 'c'].map(change);

it('lets no change that is refused take its neighbours along', async () => {
  const handled: string[] = [];
  const run = runSubscriber(
    platform.app,
    {
      name: 'test',
      on: ['*'],
      handle: async (_ctx, part) => {
        if (part.some(({ recordId }) => recordId === 'b')) throw new Problem('not_found', 'b is gone');
        handled.push(...part.map(({ recordId }) => recordId));
      },
    },
    changes,
  );
  await expect(run).rejects.toThrow('b is gone');
  expect(handled).toEqual(['a', 'c']);
});

it('asks once when it is not the changes that are at fault', async () => {
  let calls = 0;
  const run = runSubscriber(
    platform.app,
    {
      name: 'test',
      on: ['*'],
      handle: async () => {
        calls++;
        throw new Error('the database is away');
      },
    },
    changes,
  );
  await expect(run).rejects.toThrow('away');
  expect(calls).toBe(1);
});
