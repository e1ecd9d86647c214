/** Functions that were declared with onMessagePublished. */

import type { ReceivedMessage } from '@mewayz/emulators/pubsub';
import { type CloudFunction, type Endpoint, stringOption } from './discover.ts';
import type { EventFunction } from './event-delivery.ts';

const MESSAGE_PUBLISHED = 'google.cloud.pubsub.topic.v1.messagePublished';

export function listensToTopic({ eventTrigger }: Endpoint): boolean {
  return eventTrigger?.eventType === MESSAGE_PUBLISHED;
}

export function topicFunction(name: string, fn: CloudFunction): EventFunction {
  const topic = stringOption(fn.__endpoint.eventTrigger?.eventFilters.topic);
  if (!topic) throw new Error(`Function ${name} listens to Pub/Sub without naming a topic.`);
  return {
    fn,
    topic,
    toEvent: (received, subscription, projectId) => toCloudEvent(received, topic, subscription, projectId),
  };
}

/** The CloudEvent that Eventarc sends: https://github.com/googleapis/google-cloudevents (cloud.pubsub.v1). */
function toCloudEvent(
  received: ReceivedMessage,
  topic: string,
  subscription: string,
  projectId: string,
): object {
  const { messageId, data, attributes, orderingKey, publishTime } = received.message;
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
        data: Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64'),
        attributes,
        publishTime: time,
        ...(orderingKey && { orderingKey }),
      },
      subscription: `projects/${projectId}/subscriptions/${subscription}`,
      deliveryAttempt: received.deliveryAttempt,
    },
  };
}
