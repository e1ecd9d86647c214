import { defineModule } from '../../kernel/define.ts';
import { attempts } from './attempts.collection.ts';
import { catalogue } from './catalogue.ts';
import { deliver } from './deliver.ts';
import { endpoints } from './endpoints.collection.ts';
import { endpointStates, warnings } from './health.collections.ts';
import { createEndpoint, resend, rotateSecret, test } from './manage.ts';
import { onChange } from './on-change.ts';
import { recover, recovery } from './recover.ts';
import { retention } from './retention.ts';

/** Every event that is sent, for the API reference. */
export { eventsOf } from './catalogue.ts';

export const webhooks = defineModule({
  name: 'webhooks',
  collections: [endpoints, endpointStates, warnings, attempts],
  endpoints: [createEndpoint, rotateSecret, test, resend, recover, catalogue],
  subscribers: [onChange],
  schedules: [retention],
  jobs: [deliver, recovery],
});
