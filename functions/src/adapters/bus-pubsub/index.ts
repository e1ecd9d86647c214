import type { PubSub } from '@google-cloud/pubsub';
import { changesMessage } from '../../kernel/changes/change-message.ts';
import type { Bus } from '../../kernel/ports/bus.ts';

/** Publishes changes to the topic `changes`, ordered per tenant. */
export function createPubSubBus(client: PubSub): Bus {
  const topic = client.topic('changes', { messageOrdering: true });
  return {
    publish: async (tenantId, changes) => {
      const { data, attributes, orderingKey } = changesMessage(tenantId, changes);
      try {
        await topic.publishMessage({ data, attributes, orderingKey });
      } catch (error) {
        // An ordering key stays paused after a failure until it is resumed; the trigger's retry publishes again.
        topic.resumePublishing(orderingKey);
        throw error;
      }
    },
  };
}
