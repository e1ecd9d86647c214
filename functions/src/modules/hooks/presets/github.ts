import type { Preset } from './preset.ts';

/** https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries */
export const github: Preset = {
  label: 'GitHub',
  hmac: {
    algorithm: 'sha256',
    header: 'x-hub-signature-256',
    encoding: 'hex',
    prefix: 'sha256=',
    content: '{body}',
    key: 'text',
  },
  id: { header: 'x-github-delivery' },
  type: { header: 'x-github-event' },
  dedupe: 'id',
  secretFrom: 'either',
  ping: { type: 'ping' },
  setup:
    'In the repository or organisation under Settings, Webhooks, add a webhook: enter this address as payload URL, choose application/json, and enter the secret shown here.',
  sample: {
    headers: {
      'content-type': 'application/json',
      'x-github-event': 'issues',
      'x-github-delivery': '72d3162e-0000-4000-8000-000000000001',
      'user-agent': 'GitHub-Hookshot/044aadd',
    },
    body: {
      action: 'opened',
      issue: { number: 1, title: 'The lamp does not glow', user: { login: 'ada' } },
      repository: { full_name: 'example/lamps' },
      sender: { login: 'ada' },
    },
  },
  starter: {
    collection: 'crm.contacts',
    events: ['issues'],
    mapping:
      '{ "name": issue.user.login, "notes": repository.full_name & ": " & issue.title, "tags": ["github"] }',
  },
};
