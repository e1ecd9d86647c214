import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createHookWorld, type Hook, type HookWorld, standard } from './hooks.fixture.ts';

let world: HookWorld;
beforeAll(async () => {
  world = await createHookWorld();
});
afterAll(() => world?.platform.close());

const call: HookWorld['call'] = (...given) => world.call(...given);
const send: HookWorld['send'] = (...given) => world.send(...given);
const contact = async (fields: object) => (await call('POST', '/api/crm/contacts', fields)).body;

describe('an endpoint that updates', () => {
  it('changes the record with the value of the key, and removes what is null', async () => {
    const to = await world.hook({ action: 'update', collection: 'crm.contacts', key: 'email', mapping: '$' });
    const { id } = await contact({ name: 'Old', email: 'up@act.test', phone: '1' });
    expect(await send(to, { email: 'up@act.test', name: 'New', phone: null })).toMatchObject({
      state: 'applied',
      recordIds: [id],
    });
    const { body } = await call('GET', `/api/crm/contacts/${id}`);
    expect(body).toMatchObject({ name: 'New', version: 2 });
    expect(body).not.toHaveProperty('phone');
  });

  it('fails where there is none, and where the key is missing', async () => {
    const to = await world.hook({ action: 'update', collection: 'crm.contacts', key: 'email', mapping: '$' });
    expect(await send(to, { email: 'nobody@act.test', name: 'x' })).toMatchObject({
      state: 'failed',
      error: expect.stringContaining('email: There is no record with this value.'),
    });
    expect(await send(to, { name: 'x' })).toMatchObject({
      state: 'failed',
      error: expect.stringContaining('email'),
    });
  });

  it('finds records by their id, and by nothing that is none', async () => {
    const to = await world.hook({ action: 'upsert', collection: 'crm.contacts', key: 'id', mapping: '$' });
    const { id } = await contact({ name: 'By id' });
    expect(await send(to, { id, name: 'Found' })).toMatchObject({ state: 'applied', recordIds: [id] });
    for (const bad of ['../x', 'con_a/b', 'inv_1', 'con_'])
      expect(await send(to, { id: bad, name: 'x' })).toMatchObject({ state: 'failed' });
  });
});

describe('an endpoint that deletes', () => {
  it('deletes what the key names, is content when it is gone, and refuses to choose', async () => {
    const to = await world.hook({
      action: 'delete',
      collection: 'crm.contacts',
      key: 'email',
      mapping: '{ "email": mail }',
    });
    const { id } = await contact({ name: 'Gone', email: 'gone@act.test' });
    expect(await send(to, { mail: 'gone@act.test' })).toMatchObject({ state: 'applied', recordIds: [id] });
    expect((await call('GET', `/api/crm/contacts/${id}`)).status).toBe(404);
    expect(await send(to, { mail: 'gone@act.test' })).toMatchObject({ state: 'applied', recordIds: [] });
    for (const name of ['One', 'Two']) await contact({ name, email: 'two@act.test' });
    expect(await send(to, { mail: 'two@act.test' })).toMatchObject({ state: 'failed' });
    expect(await world.contacts('two@act.test')).toHaveLength(2);
  });
});

describe('a mapping that says itself what is done', () => {
  const mixed = (mapping: string) => world.hook({ action: 'mixed', mapping });

  it('writes to several collections', async () => {
    const to = await mixed(`[
      { "action": "upsert", "collection": "crm.contacts", "key": "email", "data": { "name": who.name, "email": who.mail, "phone": null } },
      { "action": "create", "collection": "finance.invoices", "data": { "number": id, "currency": "EUR", "lines": items.{ "sku": null, "quantity": q, "unitPrice": p } } },
      { "action": "event", "type": "order.paid", "data": { "order": id } }
    ]`);
    const order = { id: 'ACT-1', who: { name: 'Ada', mail: 'order@act.test' }, items: [{ q: 2, p: '1.50' }] };
    const delivery = await send(to, order);
    expect(delivery).toMatchObject({
      state: 'applied',
      recordIds: [/^con_/, /^inv_/, /^hev_/].map((id) => expect.stringMatching(id)),
    });
    expect(await world.contacts('order@act.test')).toHaveLength(1);
    const events = await call('GET', `/api/hooks/events?endpointId=${to.id}`);
    expect(events.body.items).toMatchObject([
      { type: 'order.paid', data: { order: 'ACT-1' }, deliveryId: delivery.id },
    ]);
  });

  it('writes all or nothing', async () => {
    const to = await mixed(`[
      { "action": "create", "collection": "crm.contacts", "data": { "name": "Half", "email": "half@act.test" } },
      { "action": "create", "collection": "crm.contacts", "data": { "email": "not a mail" } }
    ]`);
    const failed = await send(to, {});
    expect(failed).toMatchObject({ state: 'failed', attempts: 1 });
    expect(failed.error).toMatch(/1\.name:.*1\.email:/);
    expect(await world.contacts('half@act.test')).toEqual([]);
  });

  it('writes much at once, and refuses what no commit takes', async () => {
    const many = (count: number) =>
      `($x := $pad("", 9990, "é"); [1..${count}].{ "action": "create", "collection": "crm.contacts", "data": { "name": "Much", "notes": $x } })`;
    expect((await send(await mixed(many(190)), {})).recordIds).toHaveLength(190);
    expect(await send(await mixed(many(230)), {})).toMatchObject({
      state: 'failed',
      error: expect.stringContaining('more than 4000000 bytes'),
    });
  });

  it('that upserts one key twice makes one record', async () => {
    const to = await mixed(
      '[1, 2].{ "action": "upsert", "collection": "crm.contacts", "key": "email", "data": { "name": "N" & $, "email": "twin@act.test" } }',
    );
    expect(await send(to, {})).toMatchObject({ state: 'applied' });
    expect(await world.contacts('twin@act.test')).toMatchObject([{ name: 'N2' }]);
  });

  it.each([
    ['unknown members', '{ "action": "create", "collection": "crm.contacts", "data": {}, "more": 1 }'],
    ['no such action', '{ "action": "drop", "collection": "crm.contacts", "data": {} }'],
    ['no such collection', '{ "action": "create", "collection": "crm.nothing", "data": {} }'],
    ['a collection of the platform', '{ "action": "create", "collection": "auth.users", "data": {} }'],
    [
      'its own endpoints',
      '{ "action": "update", "collection": "hooks.endpoints", "key": "name", "data": { "name": "x" } }',
    ],
    [
      'outgoing webhooks',
      '{ "action": "update", "collection": "webhooks.endpoints", "key": "id", "data": {} }',
    ],
    ['members', '{ "action": "create", "collection": "tenants.members", "data": {} }'],
    [
      'a key that finds nothing',
      '{ "action": "update", "collection": "crm.contacts", "key": "notes", "data": { "notes": "x" } }',
    ],
    [
      'an unknown field',
      '{ "action": "create", "collection": "crm.contacts", "data": { "name": "x", "nonsense": 1 } }',
    ],
    [
      'a computed field',
      '{ "action": "create", "collection": "finance.invoices", "data": { "total": 1, "lines": [] } }',
    ],
  ])('fails with %s', async (_name, mapping) => {
    const delivery = await send(await world.hook({ action: 'mixed', mapping, role: 'admin' }), {});
    expect(delivery).toMatchObject({ state: 'failed', error: expect.any(String) });
  });

  it('says which value another record has', async () => {
    await call('POST', '/api/commerce/products', { sku: 'ACT-SKU', name: 'First' });
    const to = await world.hook({
      collection: 'commerce.products',
      mapping: '{ "sku": "ACT-SKU", "name": "Second" }',
    });
    expect(await send(to, {})).toMatchObject({
      state: 'failed',
      error: expect.stringMatching(/sku: .*has this value/),
    });
  });
});

describe('an endpoint’s rights', () => {
  it('are those of its role', async () => {
    const to = await world.hook({ role: 'viewer', mapping: '{ "name": "Powerless" }' });
    expect(await send(to, {})).toMatchObject({
      state: 'failed',
      error: expect.stringContaining('may not create'),
    });
  });

  it('are no more than those of the API key that made it', async () => {
    const permissions = ['hooks.*', 'crm.contacts.create'];
    const key = (
      await call('POST', '/api/auth/api-keys/create', { name: 'Narrow', role: 'owner', permissions })
    ).body.key;
    const make = (body: object) =>
      world.platform.request('POST', '/api/hooks/endpoints/create', {
        token: key,
        body: { name: 'x', ...body },
      });
    expect((await make({ collection: 'crm.contacts', key: 'email', mapping: '$' })).status).toBe(403);
    const { status, body } = await make({
      action: 'mixed',
      mapping:
        '[{ "action": "create", "collection": $headers."x-to", "data": { "name": "Narrow", "email": "narrow@act.test" } }]',
    });
    expect(status).toBe(201);
    const to: Hook = { id: body.id, secret: body.secret, path: new URL(body.url).pathname };
    for (const [collection, state] of [
      ['crm.contacts', 'applied'],
      ['crm.companies', 'failed'],
    ] as const) {
      const headers = { ...standard(to, '{}', `narrow ${collection}`), 'x-to': collection };
      const { id } = (await world.deliver(to, '{}', headers)).body;
      await world.platform.drain();
      expect((await call('GET', `/api/hooks/deliveries/${id}`)).body).toMatchObject({ state });
    }
    const others = await world.hook();
    const patch = { token: key, body: { mapping: '{ "name": "Taken over" }' } };
    expect((await world.platform.request('PATCH', `/api/hooks/endpoints/${others.id}`, patch)).status).toBe(
      403,
    );
  });

  it('must fit: action, collection and key', async () => {
    const create = (more: object) =>
      call('POST', '/api/hooks/endpoints/create', { name: 'x', mapping: '$', ...more });
    for (const [more, path] of [
      [{ action: 'create' }, 'collection'],
      [{ action: 'update', collection: 'crm.contacts' }, 'key'],
      [{ action: 'mixed', collection: 'crm.contacts' }, 'collection'],
      [{ collection: 'crm.contacts', key: 'notes' }, 'key'],
      [{ collection: 'hooks.events' }, 'collection'],
    ] as const)
      expect(await create(more)).toMatchObject({ status: 422, body: { errors: [{ path }] } });
  });
});
