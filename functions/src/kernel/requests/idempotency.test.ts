import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { modules } from '../../modules.ts';
import type { DocumentStore } from '../ports/documents.ts';
import { createTestPlatform, type TestPlatform, type TestTenant } from '../testing/harness.ts';

let platform: TestPlatform;
let tenant: TestTenant;

beforeAll(async () => {
  platform = await createTestPlatform(modules);
  tenant = await platform.register('Ada');
});
afterAll(() => platform.close());

describe('an answer that was lost in a crash', () => {
  it('is told again from the change the first request made', async () => {
    const { documents } = platform.app.ports;
    const { commit } = documents;
    // The process dies between the commit of the record and the keeping of the answer.
    const keepsNoAnswer: DocumentStore['commit'] = async (writes) => {
      if (writes.some((write) => write.kind === 'set' && write.data.state === 'done'))
        throw new Error('killed');
      await commit(writes);
    };
    const request = {
      token: tenant.token,
      body: { name: 'Once', score: 7 },
      headers: { 'idempotency-key': 'crash' },
    };
    Object.assign(documents, { commit: keepsNoAnswer });
    const first = await platform.request('POST', '/api/crm/contacts', request);
    Object.assign(documents, { commit });
    const again = await platform.request('POST', '/api/crm/contacts', request);
    expect(again).toMatchObject({
      status: 201,
      body: first.body,
      headers: { location: first.headers.location, etag: '"1"' },
    });
  });
});
