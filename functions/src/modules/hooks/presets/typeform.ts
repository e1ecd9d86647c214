import type { Preset } from './preset.ts';

/** https://www.typeform.com/developers/webhooks/secure-your-webhooks/ and …/webhooks/example-payload/ */
export const typeform: Preset = {
  label: 'Typeform',
  hmac: {
    algorithm: 'sha256',
    header: 'typeform-signature',
    encoding: 'base64',
    prefix: 'sha256=',
    content: '{body}',
    key: 'text',
  },
  id: { field: 'event_id' },
  type: { field: 'event_type' },
  dedupe: 'id',
  secretFrom: 'either',
  setup:
    'In the form under Connect, Webhooks, add a webhook with this address; then edit it, enter the secret shown here, and switch it on.',
  sample: {
    headers: { 'content-type': 'application/json' },
    body: {
      event_id: 'sample_1',
      event_type: 'form_response',
      form_response: {
        form_id: 'lT4Z3j',
        token: 'sample_1',
        submitted_at: '2026-01-15T10:00:00Z',
        answers: [
          { type: 'text', text: 'Ada Lovelace', field: { id: 'f1', type: 'short_text', ref: 'name' } },
          { type: 'email', email: 'ada@example.com', field: { id: 'f2', type: 'email', ref: 'email' } },
        ],
      },
    },
  },
  starter: {
    collection: 'crm.contacts',
    key: 'email',
    mapping:
      '{ "name": form_response.answers[field.ref = "name"].text, "email": form_response.answers[type = "email"].email, "status": "lead" }',
  },
};
