import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { modules } from '../../modules.ts';
import { createTestPlatform, type TestPlatform, type TestTenant } from './harness.ts';

let platform: TestPlatform;
let tenant: TestTenant;
let other: TestTenant;

beforeAll(async () => {
  platform = await createTestPlatform(modules);
  tenant = await platform.register('Ada');
  other = await platform.register('Eve');
});
afterAll(() => platform.close());

const call: TestPlatform['request'] = (method, url, options = {}) =>
  platform.request(method, url, { token: tenant.token, ...options });
const create = async (fields: object = {}): Promise<Record<string, never>> =>
  (await call('POST', '/api/crm/contacts', { body: { name: 'Ada', ...fields } })).body;

describe('a record', () => {
  it('is created with metadata, Location and ETag, and read back', async () => {
    const made = await call('POST', '/api/crm/contacts', {
      body: { name: 'Grace Hopper', email: 'grace@example.com', tags: ['navy'] },
    });
    expect(made).toMatchObject({
      status: 201,
      headers: { etag: '"1"', location: `/api/crm/contacts/${made.body.id}` },
    });
    expect(made.body).toMatchObject({
      name: 'Grace Hopper',
      tags: ['navy'],
      version: 1,
      createdBy: tenant.userId,
    });
    expect(made.body.id).toMatch(/^con_[0-9A-Z]{26}$/);
    expect((await call('GET', `/api/crm/contacts/${made.body.id}`)).body).toEqual(made.body);
  });

  it('is patched as a JSON merge patch, and keeps its history', async () => {
    const { id } = await create({ phone: '1', score: 1 });
    const patched = await call('PATCH', `/api/crm/contacts/${id}`, { body: { phone: null, score: 2 } });
    expect(patched.body).toMatchObject({ score: 2, version: 2 });
    expect(patched.body).not.toHaveProperty('phone');
    const history = (await call('GET', `/api/crm/contacts/${id}/history`)).body.items;
    expect(
      history.map((entry: { version: number; operation: string }) => [entry.version, entry.operation]),
    ).toEqual([
      [2, 'update'],
      [1, 'create'],
    ]);
    expect(history[0]).toMatchObject({
      patch: { phone: null, score: 2 },
      actor: { kind: 'user', id: tenant.userId },
    });
  });

  it('guards writes by If-Match', async () => {
    const { id } = await create();
    expect(
      (await call('PATCH', `/api/crm/contacts/${id}`, { body: { score: 1 }, headers: { 'if-match': '"1"' } }))
        .status,
    ).toBe(200);
    expect(
      await call('PATCH', `/api/crm/contacts/${id}`, { body: { score: 2 }, headers: { 'if-match': '"1"' } }),
    ).toMatchObject({ status: 412, body: { code: 'stale' } });
    expect((await call('DELETE', `/api/crm/contacts/${id}`, { headers: { 'if-match': '"1"' } })).status).toBe(
      412,
    );
  });

  it('is deleted, restored and reverted', async () => {
    const { id } = await create({ score: 7 });
    await call('PATCH', `/api/crm/contacts/${id}`, { body: { score: 8, company: 'Late' } });
    expect((await call('DELETE', `/api/crm/contacts/${id}`)).status).toBe(204);
    expect((await call('GET', `/api/crm/contacts/${id}`)).status).toBe(404);
    expect((await call('POST', `/api/crm/contacts/${id}/restore`, { body: {} })).body).toMatchObject({
      score: 8,
      version: 4,
    });
    const reverted = await call('POST', `/api/crm/contacts/${id}/revert`, { body: { version: 1 } });
    expect(reverted.body).toMatchObject({ score: 7, version: 5 });
    expect(reverted.body).not.toHaveProperty('company');
  });

  it('is unknown to other tenants', async () => {
    const { id } = await create();
    for (const method of ['GET', 'PATCH', 'DELETE'])
      expect(
        (
          await call(method, `/api/crm/contacts/${id}`, {
            token: other.token,
            ...(method === 'PATCH' ? { body: {} } : {}),
          })
        ).status,
      ).toBe(404);
    expect(
      (await call('GET', '/api/crm/contacts', { headers: { 'x-tenant-id': other.tenantId } })).status,
    ).toBe(404);
  });

  it('loses no update when many write at once', async () => {
    const { id } = await create({ score: 0 });
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, index) =>
        call('PATCH', `/api/crm/contacts/${id}`, {
          body: { [index % 2 ? 'phone' : 'company']: String(index) },
        }),
      ),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(200));
    expect(new Set(answers.map(({ body }) => body.version)).size).toBe(8);
  });

  it('names every field that is wrong', async () => {
    const answer = await call('POST', '/api/crm/contacts', {
      body: { name: '', email: 'x', nonsense: 1, version: 3 },
    });
    expect(answer).toMatchObject({ status: 422, body: { code: 'invalid' } });
    expect(answer.body.errors.map(({ path }: { path: string }) => path).sort()).toEqual([
      'email',
      'name',
      'nonsense',
      'version',
    ]);
  });
});

describe('a list', () => {
  it('filters, sorts and pages without gaps or repeats', async () => {
    const company = 'Paged Ltd';
    await Promise.all(
      Array.from({ length: 55 }, (_, index) => create({ name: `P${index}`, company, score: index % 10 })),
    );
    const seen: { id: string; score: number }[] = [];
    for (let cursor = ''; ; ) {
      const page = (
        await call(
          'GET',
          `/api/crm/contacts?company=${encodeURIComponent(company)}&sort=-score&limit=20${cursor}`,
        )
      ).body;
      seen.push(...page.items);
      if (!page.nextCursor) break;
      cursor = `&cursor=${page.nextCursor}`;
    }
    expect(new Set(seen.map(({ id }) => id)).size).toBe(55);
    expect(seen.map(({ score }) => score)).toEqual([...seen.map(({ score }) => score)].sort((a, b) => b - a));
  });

  it.each([
    ['score.gte=5', (score: number) => score >= 5],
    ['score.lt=3&sort=name', (score: number) => score < 3],
    ['score.in=1,2', (score: number) => score === 1 || score === 2],
    ['score.ne=1&limit=200', (score: number) => score !== 1],
  ])('understands %s', async (query, holds) => {
    const { status, body } = await call('GET', `/api/crm/contacts?company=Paged%20Ltd&${query}`);
    expect(status).toBe(200);
    expect(body.items.length).toBeGreaterThan(0);
    expect(body.items.every(({ score }: { score: number }) => holds(score))).toBe(true);
  });

  it('searches by the beginning of words, as soon as they are written', async () => {
    const { id } = await create({ name: 'Zoë Müller', email: 'zoe@example.com' });
    const found = await call('GET', '/api/crm/contacts?q=zoe%20mul');
    expect(found.body.items.map((item: { id: string }) => item.id)).toContain(id);
  });

  it.each([
    'nonsense=1',
    'sort=notes',
    'limit=0',
    'limit=1000',
    'cursor=abc',
    'score=many',
    'fields=nonsense',
    'score.prefix=1',
    'status=unknown',
  ])('refuses %s', async (query) => {
    expect(await call('GET', `/api/crm/contacts?${query}`)).toMatchObject({
      status: 400,
      body: { code: 'malformed', errors: [{ message: expect.any(String) }] },
    });
  });
});

describe('a look-up that picks more than fit in memory', () => {
  it('pages through all of them', async () => {
    const email = 'shared@example.com';
    const operations = Array.from({ length: 500 }, (_, n) => ({
      op: 'create',
      data: { name: `S${n}`, email },
    }));
    for (let n = 0; n < 2; n++) await call('POST', '/api/crm/contacts/bulk', { body: { operations } });
    await create({ name: 'One more', email });
    const seen = new Set<string>();
    for (let cursor = ''; ; ) {
      const page = (await call('GET', `/api/crm/contacts?email=${email}&sort=name&limit=200${cursor}`)).body;
      for (const { id } of page.items) seen.add(id);
      if (!page.nextCursor) break;
      cursor = `&cursor=${page.nextCursor}`;
    }
    expect(seen.size).toBe(1001);
  });
});

describe('many at once', () => {
  it('answers each operation of a bulk', async () => {
    const { id } = await create();
    const { body } = await call('POST', '/api/crm/contacts/bulk', {
      body: {
        operations: [
          { op: 'create', data: { name: 'B' } },
          { op: 'patch', id, data: { score: 3 } },
          { op: 'create', data: {} },
          { op: 'delete', id },
          { op: 'patch', id: 'con_none', data: {} },
        ],
      },
    });
    expect(body.results.map(({ status }: { status: number }) => status)).toEqual([201, 200, 422, 204, 404]);
  });
});

describe('an idempotency key', () => {
  it('gives the first answer again, and refuses another body', async () => {
    const headers = { 'idempotency-key': 'k-1' };
    const first = await call('POST', '/api/crm/contacts', { body: { name: 'Once' }, headers });
    const again = await call('POST', '/api/crm/contacts', { body: { name: 'Once' }, headers });
    expect(again).toMatchObject({
      status: 201,
      body: first.body,
      headers: { 'idempotent-replayed': 'true' },
    });
    expect(await call('POST', '/api/crm/contacts', { body: { name: 'Twice' }, headers })).toMatchObject({
      status: 422,
      body: { code: 'idempotency_mismatch' },
    });
  });

  it('makes one record when the same request arrives ten times at once', async () => {
    const answers = await Promise.all(
      Array.from({ length: 10 }, () =>
        call('POST', '/api/crm/contacts', {
          body: { name: 'Race', company: 'Race Ltd' },
          headers: { 'idempotency-key': 'k-2' },
        }),
      ),
    );
    expect(answers.every(({ status }) => status === 201 || status === 409)).toBe(true);
    expect((await call('GET', '/api/crm/contacts?company=Race%20Ltd')).body.items).toHaveLength(1);
  });

  it('is free again after a refusal', async () => {
    const headers = { 'idempotency-key': 'k-3' };
    expect((await call('POST', '/api/crm/contacts', { body: {}, headers })).status).toBe(422);
    expect((await call('POST', '/api/crm/contacts', { body: { name: 'Right' }, headers })).status).toBe(201);
  });
});
