import type { Store } from './store.ts';
import type { Topic } from './subscription.ts';
import type { OutgoingMessage } from './types.ts';

/** Writes a message and returns its id; call it inside a transaction and `announce` it afterwards. */
export function insertMessage(
  store: Store,
  topic: Topic,
  { data, attributes = {}, orderingKey = '' }: OutgoingMessage,
): number {
  const id = store.run('insertMessage', topic.id, orderingKey, Date.now(), JSON.stringify(attributes), data);
  // Nobody will ever ask for a message that was published before the first subscription.
  if (topic.subscriptions.size === 0) store.run('deleteMessage', id);
  return id;
}

/** Lets the subscriptions know of committed messages. */
export function announce(topic: Topic, ids: number[]): void {
  topic.lastId = ids.at(-1) ?? topic.lastId;
  topic.published += ids.length;
  for (const subscription of topic.subscriptions) {
    subscription.backlog += ids.length;
    subscription.wake();
  }
}
