import { defineModule } from '../../kernel/define.ts';
import { catalogue } from './catalogue.ts';
import { deliver } from './deliver.ts';
import { attempts, endpointStates, endpoints } from './endpoints.collection.ts';
import { createEndpoint, resend, rotateSecret, test } from './manage.ts';
import { onChange } from './on-change.ts';
import { recover, recovery } from './recover.ts';

export const webhooks = defineModule({
  name: 'webhooks',
  collections: [endpoints, endpointStates, attempts],
  endpoints: [createEndpoint, rotateSecret, test, resend, recover, catalogue],
  subscribers: [onChange],
  jobs: [deliver, recovery],
});
