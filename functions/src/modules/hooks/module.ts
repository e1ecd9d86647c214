import { defineModule } from '../../kernel/define.ts';
import { content } from './content.ts';
import { deliveries } from './deliveries.collection.ts';
import { endpoints } from './endpoints.collection.ts';
import { events } from './events.collection.ts';
import { createEndpoint, rotateSecret, tryMapping } from './manage.ts';
import { onDelivery } from './on-delivery.ts';
import { presetList } from './preset-list.ts';
import { receive } from './receive.ts';
import { replay, replayAll, replaying } from './replay.ts';
import { retention } from './retention.ts';
import { testEndpoint } from './test-endpoint.ts';

/** The read-only query other modules use. */
export { recentEvents } from './recent.ts';

export const hooks = defineModule({
  name: 'hooks',
  collections: [endpoints, deliveries, events],
  endpoints: [
    createEndpoint,
    rotateSecret,
    tryMapping,
    testEndpoint,
    presetList,
    receive,
    replay,
    replayAll,
    content,
  ],
  subscribers: [onDelivery],
  schedules: [retention],
  jobs: [replaying],
});
