import type { Preset } from './preset.ts';

/** https://docs.stripe.com/webhooks#verify-manually and https://docs.stripe.com/api/events/object */
export const stripe: Preset = {
  label: 'Stripe',
  hmac: {
    algorithm: 'sha256',
    header: 'stripe-signature',
    encoding: 'hex',
    prefix: 'v1=',
    separator: ',',
    timestampPart: 't=',
    content: '{timestamp}.{body}',
    // Stripe's secrets begin with whsec_ too, but their whole text is the key.
    key: 'text',
  },
  id: { field: 'id' },
  type: { field: 'type' },
  dedupe: 'id',
  secretFrom: 'sender',
  setup:
    'In Stripe under Developers, Webhooks, add an endpoint with this address and choose its events. Then reveal its signing secret and enter it here.',
  sample: {
    headers: { 'content-type': 'application/json; charset=utf-8', 'user-agent': 'Stripe/1.0' },
    body: {
      id: 'evt_sample_1',
      object: 'event',
      type: 'customer.created',
      created: 1768471200,
      livemode: false,
      data: {
        object: { id: 'cus_sample_1', object: 'customer', name: 'Ada Lovelace', email: 'ada@example.com' },
      },
    },
  },
  starter: {
    collection: 'crm.contacts',
    key: 'email',
    events: ['customer.created', 'customer.updated'],
    mapping: '{ "name": data.object.name, "email": data.object.email, "status": "customer" }',
  },
};
