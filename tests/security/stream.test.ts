import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EventStream, openStream } from '../support/events.ts';
import { eventually } from '../support/server.ts';
import { type Actor, createWorld, expectStatus, makeHook, type World } from './world.ts';

let world: World;
const open: EventStream[] = [];
beforeAll(async () => {
  world = await createWorld();
});
afterAll(async () => {
  for (const stream of open) stream.close();
  await world?.server.remove();
});

async function listen(who: Pick<Actor, 'token' | 'tenantId'>, lastEventId?: string): Promise<EventStream> {
  const stream = await openStream(world.server.url, who, lastEventId);
  open.push(stream);
  return stream;
}

const contact = async (who: Actor, name: string): Promise<string> =>
  expectStatus(await who.call('POST', '/api/crm/contacts', { body: { name } }), 201).body.id;
const until = (stream: EventStream, recordId: string): Promise<unknown> =>
  eventually(
    'the event',
    async () => stream.events,
    (events) => events.some((event) => event.recordId === recordId),
  );

describe('the event stream', () => {
  it('carries the changes of the own organisation and of no other', async () => {
    const [mine, theirs] = [await listen(world.owner), await listen(world.stranger)];
    const foreign = await contact(world.stranger, 'Foreign');
    const own = await contact(world.owner, 'Own');
    await Promise.all([until(mine, own), until(theirs, foreign)]);
    expect(mine.events.map(({ recordId }) => recordId)).toEqual([own]);
    expect(theirs.events.map(({ recordId }) => recordId)).toEqual([foreign]);
  });

  it('leaves out what the caller may not read', async () => {
    const [viewer, owner] = [await listen(world.members.viewer), await listen(world.owner)];
    const hook = await makeHook(world.owner);
    await world.key({ role: 'viewer' });
    const last = await contact(world.owner, 'Last');
    await Promise.all([until(viewer, last), until(owner, last)]);
    expect(owner.events.map(({ recordId }) => recordId)).toContain(hook.id);
    expect(viewer.events.map(({ collection }) => collection)).toEqual(['crm.contacts']);
  });

  it('resumes after the last event that was seen, without gaps or repeats', async () => {
    const first = await listen(world.owner);
    const before = await contact(world.owner, 'Seen');
    await until(first, before);
    first.close();
    const missed = [await contact(world.owner, 'Missed'), await contact(world.owner, 'Missed too')];
    const again = await listen(world.owner, first.events.at(-1)?.id);
    await until(again, missed[1] ?? '');
    expect(again.events.map(({ recordId }) => recordId)).toEqual(missed);
  });

  it('does not resume from another organisation’s event', async () => {
    const theirs = await listen(world.stranger);
    const id = await contact(world.stranger, 'Foreign');
    await until(theirs, id);
    expect((await listen(world.owner, theirs.events.at(-1)?.id)).status).toBe(400);
  });

  it('ends when its API key is revoked, and shows nothing that came after', async () => {
    const key = await world.key({ role: 'viewer' });
    const stream = await listen({ token: key, tenantId: world.owner.tenantId });
    const seen = await contact(world.owner, 'Before');
    await until(stream, seen);
    const { items } = (await world.owner.call('GET', '/api/auth/api-keys?limit=1')).body;
    expectStatus(
      await world.owner.call('POST', '/api/auth/api-keys/revoke', { body: { id: items[0].id } }),
      204,
    );
    await eventually(
      'the revocation',
      () => world.server.request('GET', '/api/crm/contacts', { token: key }),
      ({ status }) => status === 401,
    );
    const late = await contact(world.owner, 'After');
    await eventually(
      'the end of the stream',
      async () => stream.ended(),
      (ended) => ended,
    );
    expect(stream.events.map(({ recordId }) => recordId)).not.toContain(late);
  });
});
