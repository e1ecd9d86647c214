import type { Preset } from './preset.ts';

/**
 * https://shopify.dev/docs/apps/build/webhooks/subscribe/https. The event id is the same for every topic that one
 * action of a merchant touches, so the webhook id is what names a delivery.
 */
export const shopify: Preset = {
  label: 'Shopify',
  hmac: {
    algorithm: 'sha256',
    header: 'x-shopify-hmac-sha256',
    encoding: 'base64',
    prefix: '',
    content: '{body}',
    key: 'text',
  },
  id: { header: 'x-shopify-webhook-id' },
  type: { header: 'x-shopify-topic' },
  dedupe: 'id',
  secretFrom: 'sender',
  setup:
    'In Shopify under Settings, Notifications, Webhooks, create a webhook in JSON with this address. Enter here the key that the page shows below the list; for an app, its client secret.',
  sample: {
    headers: {
      'content-type': 'application/json',
      'x-shopify-topic': 'orders/create',
      'x-shopify-webhook-id': 'b54557e4-0000-4000-8000-000000000001',
      'x-shopify-shop-domain': 'example.myshopify.com',
    },
    body: {
      id: 820982911946154500,
      name: '#1001',
      currency: 'EUR',
      created_at: '2026-01-15T11:00:00+01:00',
      customer: { first_name: 'Ada', last_name: 'Lovelace', email: 'ada@example.com' },
      line_items: [{ sku: 'HEART-1', title: 'Heart T-light holder', quantity: 2, price: '2.55' }],
    },
  },
  starter: {
    collection: 'finance.invoices',
    key: 'number',
    events: ['orders/create'],
    mapping:
      '{ "number": name, "customerName": customer.(first_name & " " & last_name), "currency": currency, "issuedAt": created_at, "lines": line_items.{ "sku": sku, "description": title, "quantity": quantity, "unitPrice": price } }',
  },
};
