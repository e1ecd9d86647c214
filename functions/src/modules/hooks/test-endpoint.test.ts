import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestResponse } from '../../kernel/testing/harness.ts';
import { createHookWorld, type HookWorld, standard } from './hooks.fixture.ts';

let world: HookWorld;
beforeAll(async () => {
  world = await createHookWorld();
});
afterAll(() => world?.platform.close());

const test = (body: object): Promise<TestResponse> => world.call('POST', '/api/hooks/endpoints/test', body);
const JSON_TYPE = { 'content-type': 'application/json' };

describe('a dry run', () => {
  it('shows what would be written, and writes nothing', async () => {
    const to = await world.hook({ key: 'email' });
    await world.call('POST', '/api/crm/contacts', { name: 'Known', email: 'known@dry.test' });
    const before = await world.platform.drain();
    expect(before.length).toBeGreaterThan(0);
    const draft = { mapping: 'people.{ "name": name, "email": mail }' };
    const people = [
      { name: 'New', mail: 'new@dry.test' },
      { name: 'Newer', mail: 'known@dry.test' },
    ];
    const sample = { body: JSON.stringify({ people }), headers: JSON_TYPE };
    const answer = await test({ id: to.id, draft, sample, sign: true });
    expect(answer).toMatchObject({
      status: 200,
      body: {
        state: 'applied',
        verified: true,
        content: { people },
        errors: [],
        operations: [
          { action: 'upsert', collection: 'crm.contacts', existed: false, errors: [] },
          { action: 'upsert', collection: 'crm.contacts', existed: true, errors: [] },
        ],
      },
    });
    expect(await world.platform.drain()).toEqual([]);
    expect(await world.contacts('new@dry.test')).toEqual([]);
    expect(await world.contacts('known@dry.test')).toMatchObject([{ name: 'Known', version: 1 }]);
  });

  it('lists every field that is wrong, of every record', async () => {
    const draft = {
      collection: 'crm.contacts',
      mapping: 'people.{ "name": name, "email": mail, "score": score }',
    };
    const body = JSON.stringify({ people: [{ name: '', mail: 'x', score: 'many' }, { name: 'Right' }, {}] });
    const answer = await test({ draft, sample: { body, headers: JSON_TYPE } });
    expect(answer.body.state).toBe('failed');
    const paths = answer.body.operations.map(({ errors }: { errors: { path: string }[] }) =>
      errors.map(({ path }) => path).sort(),
    );
    expect(paths).toEqual([['email', 'name', 'score'], [], ['name']]);
    expect(answer.body).toMatchObject({ verified: null });
  });

  it('says why a signature is wrong, and what would have been written', async () => {
    const to = await world.hook();
    const raw = '{ "person": { "name": "Ada" } }';
    const headers = { ...JSON_TYPE, ...standard(to, 'another body') };
    expect((await test({ id: to.id, sample: { body: raw, headers } })).body).toMatchObject({
      state: 'rejected',
      verified: false,
      reason: expect.stringContaining('does not match'),
      operations: [{ data: { name: 'Ada' }, errors: [] }],
    });
    const right = { ...JSON_TYPE, ...standard(to, raw) };
    expect((await test({ id: to.id, sample: { body: raw, headers: right } })).body).toMatchObject({
      verified: true,
    });
  });

  it('takes a stored delivery, also one that was rejected', async () => {
    const to = await world.hook();
    const raw = '{ "person": { "name": "Stored" } }';
    const { body } = await world.deliver(to, raw, standard(to, raw, 'dry-1'));
    const draft = { mapping: '{ "name": $uppercase(person.name) }' };
    expect((await test({ id: to.id, deliveryId: body.id, draft })).body).toMatchObject({
      verified: true,
      operations: [{ data: { name: 'STORED' } }],
    });
    await world.deliver(to, raw, {});
    const [rejected] = await world.stored(to);
    expect((await test({ id: to.id, deliveryId: rejected?.id })).body).toMatchObject({
      state: 'rejected',
      verified: false,
      reason: expect.stringContaining('Send the signature'),
    });
  });

  it('shows mistakes of the mapping, of the body and of the settings', async () => {
    const to = await world.hook();
    const of = async (more: object) => (await test({ id: to.id, sign: true, ...more })).body;
    const sample = (body: string) => ({ sample: { body, headers: JSON_TYPE } });
    expect(await of({ draft: { mapping: '{ "a": ' }, ...sample('{}') })).toMatchObject({
      state: 'failed',
      errors: [{ path: 'mapping', code: 'bad_mapping' }],
    });
    expect(await of(sample('{'))).toMatchObject({
      state: 'rejected',
      reason: expect.stringContaining('not'),
    });
    expect(await of({ draft: { events: ['paid'] }, ...sample('{"person":{"name":"x"}}') })).toMatchObject({
      state: 'ignored',
    });
    expect(await of({ draft: { mapping: 'nothing' }, ...sample('{}') })).toMatchObject({
      state: 'ignored',
      operations: [],
    });
    expect(await test({ id: to.id, draft: { action: 'update' } })).toMatchObject({
      status: 422,
      body: { errors: [{ path: 'key' }] },
    });
    expect(await test({})).toMatchObject({ status: 422, body: { errors: [{ path: 'draft.mapping' }] } });
  });

  it('keeps what the endpoint has where the draft says nothing', async () => {
    const to = await world.hook({ signature: { scheme: 'github' }, events: ['issues'], toleranceSeconds: 7 });
    const { body } = await test({ id: to.id, sign: true, draft: { mapping: '{ "name": issue.title }' } });
    expect(body).toMatchObject({
      state: 'applied',
      verified: true,
      event: { id: expect.any(String), type: 'issues' },
      operations: [{ data: { name: 'The lamp does not glow' } }],
    });
  });

  it('has the rights of who asks, and no more', async () => {
    const permissions = ['hooks.endpoints.test', 'crm.contacts.create'];
    const key = (
      await world.call('POST', '/api/auth/api-keys/create', { name: 'Dry', role: 'admin', permissions })
    ).body.key;
    const run = async (collection: string) =>
      (
        await world.platform.request('POST', '/api/hooks/endpoints/test', {
          token: key,
          body: {
            draft: { collection, mapping: '{ "name": "x" }' },
            sample: { body: '{}', headers: JSON_TYPE },
          },
        })
      ).body;
    expect(await run('crm.contacts')).toMatchObject({ state: 'applied' });
    expect(await run('crm.companies')).toMatchObject({
      state: 'failed',
      operations: [{ errors: [{ code: 'forbidden' }] }],
    });
  });
});
