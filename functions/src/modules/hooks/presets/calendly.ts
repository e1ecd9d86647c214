import type { Preset } from './preset.ts';

/** https://developer.calendly.com/api-docs/4c305798a61d3-webhook-signatures. Deliveries have no id of their own. */
export const calendly: Preset = {
  label: 'Calendly',
  hmac: {
    algorithm: 'sha256',
    header: 'calendly-webhook-signature',
    encoding: 'hex',
    prefix: 'v1=',
    separator: ',',
    timestampPart: 't=',
    content: '{timestamp}.{body}',
    key: 'text',
  },
  type: { field: 'event' },
  dedupe: 'body',
  secretFrom: 'either',
  setup:
    'Create a webhook subscription through Calendly’s API (POST /webhook_subscriptions) with this address as url and the secret shown here as signing_key.',
  sample: {
    headers: { 'content-type': 'application/json' },
    body: {
      event: 'invitee.created',
      created_at: '2026-01-15T10:00:00.000000Z',
      payload: {
        uri: 'https://api.calendly.com/scheduled_events/A/invitees/B',
        name: 'Ada Lovelace',
        email: 'ada@example.com',
        status: 'active',
        scheduled_event: { name: 'First talk', start_time: '2026-01-20T09:00:00.000000Z' },
      },
    },
  },
  starter: {
    collection: 'crm.contacts',
    key: 'email',
    events: ['invitee.created'],
    mapping:
      '{ "name": payload.name, "email": payload.email, "status": "lead", "notes": payload.scheduled_event.(name & ", " & start_time) }',
  },
};
