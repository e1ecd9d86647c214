/** The service google.pubsub.v1.Publisher. */

import { PubSubError } from './errors.ts';
import { unary } from './grpc-call.ts';
import {
  applyMask,
  type FieldMask,
  type Names,
  pageOf,
  toSeconds,
  type WireMessage,
  type WireTopic,
} from './grpc-wire.ts';
import type { Schemas } from './schemas.ts';
import type { SharedSync } from './shared-sync.ts';
import type { PubSubEngine, TopicOptions } from './types.ts';

interface List {
  project: string;
  topic: string;
  pageSize: number;
  pageToken: string;
}

const FIXED = ['name', 'kmsKeyName', 'state'];

export function publisherMethods(engine: PubSubEngine, names: Names, schemas: Schemas, sync: SharedSync) {
  const inside = (name: string) => names.inside('topics', name);

  function toWire(name: string): WireTopic {
    const { metadata } = engine.topicOptions(name);
    const wire = { labels: {}, ...metadata, name: names.outside('topics', name), state: 'ACTIVE' };
    return wire;
  }

  function optionsOf(wire: WireTopic): TopicOptions {
    const { name: _name, state: _state, ...metadata } = wire;
    if (wire.schemaSettings) schemas.get(names.inside('schemas', wire.schemaSettings.schema));
    const retention = wire.messageRetentionDuration;
    return { metadata, ...(retention && { messageRetentionSeconds: toSeconds(retention) }) };
  }

  return {
    createTopic: unary((request: WireTopic) => {
      const name = inside(request.name);
      if (engine.topics().includes(name))
        throw new PubSubError('ALREADY_EXISTS', `Topic ${request.name} exists.`);
      engine.createTopic(name, optionsOf(request));
      return toWire(name);
    }),

    updateTopic: unary(({ topic, updateMask }: { topic: WireTopic | null; updateMask: FieldMask | null }) => {
      const name = inside(topic?.name ?? '');
      engine.createTopic(name, optionsOf(applyMask(toWire(name), topic, updateMask, FIXED)));
      return toWire(name);
    }),

    publish: unary(async ({ topic, messages }: { topic: string; messages: WireMessage[] }) => {
      const name = inside(topic);
      if (messages.length === 0) throw new PubSubError('INVALID_ARGUMENT', 'There is no message to publish.');
      const settings = toWire(name).schemaSettings;
      if (settings) {
        const schema = names.inside('schemas', settings.schema);
        for (const { data } of messages) schemas.validate(schema, data, settings.encoding);
      }
      const messageIds = engine.publish(name, messages, { deferSync: true });
      await sync.done();
      return { messageIds };
    }),

    getTopic: unary(({ topic }: { topic: string }) => toWire(inside(topic))),

    listTopics: unary((request: List) => {
      const topics = engine.topics().map(toWire);
      const own = topics.filter(({ name }) => name.startsWith(`${request.project}/`));
      const { items, nextPageToken } = pageOf(own, request);
      return { topics: items, nextPageToken };
    }),

    listTopicSubscriptions: unary((request: List) => {
      const topic = inside(request.topic);
      engine.topicOptions(topic);
      const own = engine.subscriptions().filter((subscription) => subscription.topic === topic);
      const named = own.map(({ name }) => ({ name: names.outside('subscriptions', name) }));
      const { items, nextPageToken } = pageOf(named, request);
      return { subscriptions: items.map(({ name }) => name), nextPageToken };
    }),

    listTopicSnapshots: unary((request: List) => {
      const topic = inside(request.topic);
      engine.topicOptions(topic);
      const own = engine.snapshots().filter((snapshot) => snapshot.topic === topic);
      const named = own.map(({ name }) => ({ name: names.outside('snapshots', name) }));
      const { items, nextPageToken } = pageOf(named, request);
      return { snapshots: items.map(({ name }) => name), nextPageToken };
    }),

    deleteTopic: unary(({ topic }: { topic: string }) => {
      engine.deleteTopic(inside(topic));
      return {};
    }),

    detachSubscription: unary(({ subscription }: { subscription: string }) => {
      engine.detachSubscription(names.inside('subscriptions', subscription));
      return {};
    }),
  };
}
