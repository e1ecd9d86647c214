import type { Store } from './store.ts';
import type { Topic } from './topic.ts';
import type { OutgoingMessage } from './types.ts';

/** Writes a message and returns its id; call it inside a transaction and `announce` it afterwards. */
export function insertMessage(
  store: Store,
  topic: Topic,
  { data, attributes = {}, orderingKey = '' }: OutgoingMessage,
): number {
  const id = store.run('insertMessage', topic.id, orderingKey, Date.now(), JSON.stringify(attributes), data);
  // Nobody will ever ask for a message that was published before the first subscription.
  topic.dropUnneeded(id, orderingKey, store.run.bind(store));
  return id;
}

/** Lets the subscriptions know of committed messages. */
export function announce(topic: Topic, ids: number[], messages: readonly OutgoingMessage[]): void {
  topic.lastId = ids.at(-1) ?? topic.lastId;
  topic.published += ids.length;
  for (const subscription of topic.subscriptions) {
    for (const { attributes } of messages) if (subscription.wants(attributes)) subscription.backlog += 1;
    subscription.waiters.wake();
  }
}
