import { defineModule } from '../../kernel/define.ts';
import { deliveries } from './deliveries.collection.ts';
import { endpoints } from './endpoints.collection.ts';
import { createEndpoint, rotateSecret, tryMapping } from './manage.ts';
import { onDelivery } from './on-delivery.ts';
import { receive } from './receive.ts';
import { replay } from './replay.ts';

export const hooks = defineModule({
  name: 'hooks',
  collections: [endpoints, deliveries],
  endpoints: [createEndpoint, rotateSecret, tryMapping, receive, replay],
  subscribers: [onDelivery],
});
