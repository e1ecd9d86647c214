import type { Preset } from './preset.ts';

/** https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md */
export const standard: Preset = {
  label: 'Standard Webhooks',
  hmac: {
    algorithm: 'sha256',
    header: 'webhook-signature',
    encoding: 'base64',
    prefix: 'v1,',
    separator: ' ',
    timestampHeader: 'webhook-timestamp',
    idHeader: 'webhook-id',
    content: '{id}.{timestamp}.{body}',
    key: 'base64',
  },
  id: { header: 'webhook-id' },
  type: { field: 'type' },
  dedupe: 'id',
  secretFrom: 'either',
  setup:
    'Enter the address at the sender, and the secret if it asks for one; if the sender shows a secret that begins with whsec_, enter that here.',
  sample: {
    headers: { 'content-type': 'application/json', 'webhook-id': 'msg_sample_1' },
    body: {
      type: 'contact.created',
      timestamp: '2026-01-15T10:00:00Z',
      data: { id: 'c_1', name: 'Ada Lovelace', email: 'ada@example.com' },
    },
  },
  starter: {
    collection: 'crm.contacts',
    key: 'email',
    events: ['contact.*'],
    mapping: '{ "name": data.name, "email": data.email }',
  },
};
