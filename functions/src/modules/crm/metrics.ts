import { defineMetric, type Metric } from '../../kernel/define.ts';

export const metrics: readonly Metric[] = [
  defineMetric({
    name: 'new-contacts',
    label: 'New contacts',
    description: 'Contacts by when they were added',
    source: 'crm.contacts',
    time: 'createdAt',
    subject: 'id',
    aggregate: 'count',
    dimensions: { contact: 'id', source: 'source', 'contact-status': 'status', country: 'country' },
    format: 'number',
  }),
  defineMetric({
    name: 'activities',
    label: 'Activities',
    description: 'Visits, mails, calls and meetings of contacts',
    source: 'crm.activities',
    time: 'occurredAt',
    subject: 'contactId',
    aggregate: 'count',
    dimensions: {
      contact: 'contactId',
      'activity-kind': 'kind',
      channel: 'channel',
      campaign: 'campaign',
    },
    format: 'number',
  }),
];
