import type { Preset } from './preset.ts';

/**
 * https://woocommerce.com/document/webhooks/. A delivery id is a hash of the webhook and the second, so two orders of
 * one second share it: only with the body does it name a delivery. Saving a webhook first sends an unsigned
 * `webhook_id=…`, which must be answered with exactly 200.
 */
export const woocommerce: Preset = {
  label: 'WooCommerce',
  hmac: {
    algorithm: 'sha256',
    header: 'x-wc-webhook-signature',
    encoding: 'base64',
    prefix: '',
    content: '{body}',
    key: 'text',
  },
  id: { header: 'x-wc-webhook-delivery-id' },
  type: { header: 'x-wc-webhook-topic' },
  dedupe: 'id-and-body',
  secretFrom: 'either',
  ping: { unsignedBody: /^webhook_id=\d{1,20}$/ },
  setup:
    'In WooCommerce under Settings, Advanced, Webhooks, add a webhook: choose a topic, enter this address as delivery URL and the secret shown here, and set the status to active.',
  sample: {
    headers: {
      'content-type': 'application/json',
      'x-wc-webhook-topic': 'order.created',
      'x-wc-webhook-delivery-id': '0123456789abcdef0123456789abcdef',
      'x-wc-webhook-source': 'https://shop.example.com/',
    },
    body: {
      id: 727,
      number: '727',
      status: 'processing',
      currency: 'EUR',
      date_created_gmt: '2026-01-15T10:00:00',
      billing: { first_name: 'Ada', last_name: 'Lovelace', email: 'ada@example.com' },
      line_items: [{ id: 315, sku: 'HEART-1', name: 'Heart T-light holder', quantity: 2, price: 2.55 }],
    },
  },
  starter: {
    collection: 'finance.invoices',
    key: 'number',
    events: ['order.created'],
    mapping:
      '{ "number": "WC-" & number, "customerName": billing.(first_name & " " & last_name), "currency": currency, "issuedAt": date_created_gmt & "Z", "lines": line_items.{ "sku": sku, "description": name, "quantity": quantity, "unitPrice": $string(price) } }',
  },
};
