import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { openPubSubEngine, type ReceivedMessage } from './index.ts';

const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('publish' as const),
      keys: fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 6 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('pull' as const),
      name: fc.constantFrom('a', 'b'),
      max: fc.integer({ min: 1, max: 5 }),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constantFrom('ack' as const, 'nack' as const),
      name: fc.constantFrom('a', 'b'),
      pick: fc.nat(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('reopen' as const) }) },
);

/** What one subscription must do, in the plainest words: the unacknowledged messages and those in hand. */
interface Model {
  ordered: boolean;
  pending: { id: string; key: string }[];
  inHand: ReceivedMessage[];
}

it('hands out exactly what is pending, in the order of each key, whatever happens', () => {
  const property = fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
    const directory = mkdtempSync(join(tmpdir(), 'pubsub-model-'));
    let engine = openPubSubEngine({ directory });
    engine.createTopic('t');
    const models: Record<string, Model> = {
      a: { ordered: true, pending: [], inHand: [] },
      b: { ordered: false, pending: [], inHand: [] },
    };
    for (const [name, { ordered }] of Object.entries(models)) {
      engine.createSubscription({
        name,
        topic: 't',
        enableMessageOrdering: ordered,
        ackDeadlineSeconds: 600,
      });
    }

    const pull = (name: string, model: Model, max: number) => {
      const held = new Set(model.inHand.map(({ message }) => message.messageId));
      const free = model.pending.filter(({ id, key }, index) => {
        const blocked =
          model.ordered && key !== '' && model.pending.slice(0, index).some((other) => other.key === key);
        return !held.has(id) && !blocked;
      });
      const received = engine.pull(name, max);
      expect(received).toHaveLength(Math.min(max, free.length));
      const allowed = new Set(free.map(({ id }) => id));
      for (const { message } of received) expect(allowed.delete(message.messageId)).toBe(true);
      model.inHand.push(...received);
    };

    for (const action of steps) {
      if (action.do === 'publish') {
        const keys = action.keys.map((key) => (key === 0 ? '' : `k${key}`));
        const ids = engine.publish(
          't',
          keys.map((orderingKey) => ({ data: Buffer.from('x'), orderingKey })),
        );
        for (const model of Object.values(models)) {
          model.pending.push(...ids.map((id, index) => ({ id, key: keys[index] ?? '' })));
        }
      } else if (action.do === 'reopen') {
        engine.close();
        engine = openPubSubEngine({ directory });
      } else {
        const model = models[action.name];
        if (!model) continue;
        if (action.do === 'pull') pull(action.name, model, action.max);
        else {
          const [received] = model.inHand.splice(action.pick % Math.max(1, model.inHand.length), 1);
          if (!received) continue;
          if (action.do === 'nack')
            expect(engine.modifyAckDeadline(action.name, [received.ackId], 0)).toEqual([]);
          else {
            expect(engine.acknowledge(action.name, [received.ackId])).toEqual([]);
            model.pending = model.pending.filter(({ id }) => id !== received.message.messageId);
          }
        }
      }
      for (const [name, model] of Object.entries(models)) {
        expect(engine.statistics().subscriptions[name]?.backlog).toBe(model.pending.length);
      }
    }
    engine.close();
    rmSync(directory, { recursive: true, force: true });
  });
  fc.assert(property, { numRuns: 150 });
}, 60_000);
