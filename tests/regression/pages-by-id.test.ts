import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTestPlatform, type TestPlatform } from '../../functions/src/kernel/testing/harness.ts';
import { modules } from '../../functions/src/modules.ts';

/** A cursor without an order was refused by the client, so the second part of every rebuild failed. */
let platform: TestPlatform;
beforeAll(async () => {
  platform = await createTestPlatform(modules);
});
afterAll(() => platform?.close());

it('documents are paged in the order of their ids when no order is asked for', async () => {
  const { documents } = platform.app.ports;
  const collection = 'tenants/ten_1/pages';
  const ids = ['a', 'b', 'c', 'd', 'e'];
  await documents.commit(ids.map((id) => ({ kind: 'set', path: `${collection}/${id}`, data: { id } })));
  const seen: string[] = [];
  for (let after: string | undefined; ; after = seen.at(-1)) {
    const page = await documents.query({ collection, ...(after ? { startAfter: [after] } : {}), limit: 2 });
    seen.push(...page.map(({ id }) => id));
    if (page.length < 2) break;
  }
  expect(seen).toEqual(ids);
});
