import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runDueJobs } from '../../kernel/jobs/job-runner.ts';
import { createSystemContext } from '../../kernel/scope.ts';
import { createHookWorld, type HookWorld, seconds, standard } from './hooks.fixture.ts';

let world: HookWorld;
let now = Date.now();
beforeAll(async () => {
  world = await createHookWorld({ clock: { now: () => now } });
});
afterAll(() => world?.platform.close());

const call: HookWorld['call'] = (...given) => world.call(...given);
const send: HookWorld['send'] = (...given) => {
  now = Date.now();
  return world.send(...given);
};
const replay = (id: string, redo = false) => call('POST', '/api/hooks/deliveries/replay', { id, redo });

describe('only some events', () => {
  it('are applied; others are stored, and can be applied when the filter was widened', async () => {
    const to = await world.hook({
      mapping: '{ "name": "Wanted", "email": data.mail }',
      events: ['order.*', 'paid'],
    });
    const [wanted, other] = [
      await send(to, { type: 'order.created', data: { mail: 'wanted@act.test' } }),
      await send(to, { type: 'refund.created', data: { mail: 'other@act.test' } }),
    ];
    expect(wanted).toMatchObject({ state: 'applied', eventType: 'order.created' });
    expect(other).toMatchObject({ state: 'ignored', eventType: 'refund.created', attempts: 0 });
    expect(await world.contacts('other@act.test')).toEqual([]);
    expect((await replay(other.id)).body).toMatchObject({ state: 'applied' });
  });

  it('a mapping that gives nothing ignores the delivery', async () => {
    const to = await world.hook({ mapping: 'type = "paid" ? { "name": "Paid" }' });
    expect(await send(to, { type: 'open' })).toMatchObject({ state: 'ignored', error: expect.any(String) });
    expect(await send(to, { type: 'paid' })).toMatchObject({ state: 'applied' });
  });
});

describe('a replay', () => {
  it('of an applied delivery changes nothing, unless it is to be redone by the present mapping', async () => {
    const to = await world.hook({ mapping: '{ "name": "First", "email": mail }' });
    const { id, recordIds } = await send(to, { mail: 'redo@act.test' });
    await call('PATCH', `/api/hooks/endpoints/${to.id}`, { mapping: '{ "name": "Second", "email": mail }' });
    expect((await replay(id)).body).toMatchObject({ state: 'applied', recordIds });
    expect(await world.contacts('redo@act.test')).toMatchObject([{ name: 'First' }]);
    for (const _ of [1, 2])
      expect((await replay(id, true)).body).toMatchObject({ state: 'applied', recordIds });
    expect(await world.contacts('redo@act.test')).toMatchObject([{ name: 'Second', version: 2 }]);
  });

  it('by two at once applies a delivery once', async () => {
    const to = await world.hook({ mapping: '{ "email": mail }' });
    const { id } = await send(to, { mail: 'race@act.test' });
    await call('PATCH', `/api/hooks/endpoints/${to.id}`, { mapping: '{ "name": "Race", "email": mail }' });
    await Promise.all(Array.from({ length: 4 }, () => replay(id)));
    expect(await world.contacts('race@act.test')).toHaveLength(1);
    expect((await call('GET', `/api/hooks/deliveries/${id}`)).body.state).toBe('applied');
  });

  it('of a rejected delivery checks it again with the present secret, and takes it once', async () => {
    const to = await world.hook({ mapping: '{ "name": "Late", "email": mail }' });
    const theirs = `whsec_${Buffer.alloc(24, 7).toString('base64')}`;
    const raw = '{ "mail": "rejected@act.test" }';
    const headers = standard({ secret: theirs }, raw, 'msg_rejected', seconds());
    now = Date.now();
    expect((await world.deliver(to, raw, headers)).status).toBe(401);
    const [rejected] = await world.stored(to);
    expect(rejected).toMatchObject({ state: 'rejected' });
    const id = rejected?.id ?? '';
    expect(await replay(id)).toMatchObject({
      status: 409,
      body: { detail: expect.stringContaining('still not accepted') },
    });
    await call('POST', '/api/hooks/endpoints/rotate-secret', { id: to.id, secret: theirs });
    now += 600_000;
    const taken = await replay(id);
    expect(taken).toMatchObject({ status: 200, body: { state: 'applied' } });
    expect((await replay(id)).body.id).toBe(taken.body.id);
    now = Date.now();
    expect((await world.deliver(to, raw, headers)).body).toEqual({ id: taken.body.id, duplicate: true });
    expect(await world.contacts('rejected@act.test')).toHaveLength(1);
  });

  it('of all that failed since a time runs as a job', async () => {
    const to = await world.hook({ mapping: '{ "email": mail }' });
    const since = new Date().toISOString();
    for (let n = 0; n < 5; n++) await send(to, { mail: `all-${n}@act.test` });
    await call('PATCH', `/api/hooks/endpoints/${to.id}`, { mapping: '{ "name": "All", "email": mail }' });
    for (const round of [{ applied: 5 }, {}]) {
      now = Date.now();
      const { status, body } = await call('POST', '/api/hooks/endpoints/replay', { id: to.id, since });
      expect(status).toBe(202);
      await runDueJobs(world.platform.app);
      expect((await call('GET', `/api/jobs/jobs/${body.jobId}`)).body).toMatchObject({
        state: 'done',
        result: round,
      });
    }
    for (let n = 0; n < 5; n++) expect(await world.contacts(`all-${n}@act.test`)).toHaveLength(1);
  });
});

it('old deliveries are removed for good, rejected ones sooner', async () => {
  const to = await world.hook({ action: 'event', mapping: '$' });
  await send(to, { a: 1 });
  await world.deliver(to, '{}', {});
  const run = async (days: number) => {
    now = Date.now() + days * 86_400_000;
    const schedule = world.platform.app.registry.schedules.find(({ name }) => name === 'hooks.retention');
    await schedule?.handle(createSystemContext(world.platform.app, 'test', 'test'));
    now = Date.now();
    const events = (await call('GET', `/api/hooks/events?endpointId=${to.id}`)).body.items.length;
    return [(await world.stored(to)).map(({ state }) => state).sort(), events];
  };
  expect(await run(6)).toEqual([['applied', 'rejected'], 1]);
  expect(await run(8)).toEqual([['applied'], 1]);
  expect(await run(31)).toEqual([[], 0]);
});
