/** Functions that were declared with onMessagePublished. */

import type { PubSubMessage, ReceivedMessage } from '@mewayz/emulators/pubsub';
import { type CloudFunction, type Endpoint, stringOption } from './discover.ts';
import type { EventFunction } from './event-delivery.ts';

const MESSAGE_PUBLISHED = 'google.cloud.pubsub.topic.v1.messagePublished';

export function listensToTopic({ eventTrigger }: Endpoint): boolean {
  return eventTrigger?.eventType === MESSAGE_PUBLISHED;
}

/** Messages whose text is kept for the other functions that get them a moment later. */
const KEPT = 8;

/** Encodes the data of messages, each once however many functions get it. */
export type Encoder = (message: PubSubMessage) => string;

export function createEncoder(): Encoder {
  const kept = new Map<string, string>();
  return ({ messageId, data }) => {
    const known = kept.get(messageId);
    if (known !== undefined) return known;
    const text = Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64');
    kept.set(messageId, text);
    for (const oldest of kept.keys()) if (kept.size > KEPT) kept.delete(oldest);
    return text;
  };
}

export function topicFunction(name: string, fn: CloudFunction, encode: Encoder): EventFunction {
  const topic = stringOption(fn.__endpoint.eventTrigger?.eventFilters.topic);
  if (!topic) throw new Error(`Function ${name} listens to Pub/Sub without naming a topic.`);
  return {
    fn,
    topic,
    toEvent: (received, subscription, projectId) =>
      toCloudEvent(received, encode(received.message), { topic, subscription, projectId }),
  };
}

/** The CloudEvent that Eventarc sends: https://github.com/googleapis/google-cloudevents (cloud.pubsub.v1). */
function toCloudEvent(
  received: ReceivedMessage,
  data: string,
  { topic, subscription, projectId }: Record<'topic' | 'subscription' | 'projectId', string>,
): object {
  const { messageId, attributes, orderingKey, publishTime } = received.message;
  const time = publishTime.toISOString();
  return {
    specversion: '1.0',
    id: messageId,
    source: `//pubsub.googleapis.com/projects/${projectId}/topics/${topic}`,
    type: MESSAGE_PUBLISHED,
    time,
    datacontenttype: 'application/json',
    data: {
      message: {
        messageId,
        data,
        attributes,
        publishTime: time,
        ...(orderingKey && { orderingKey }),
      },
      subscription: `projects/${projectId}/subscriptions/${subscription}`,
      deliveryAttempt: received.deliveryAttempt,
    },
  };
}
