import type { MessageRow } from './store.ts';
import type { PubSubMessage } from './types.ts';

export function toMessage(row: MessageRow): PubSubMessage {
  return {
    messageId: String(row.id),
    data: row.data,
    attributes: JSON.parse(row.attributes),
    orderingKey: row.orderingKey,
    publishTime: new Date(row.publishedAt),
  };
}
