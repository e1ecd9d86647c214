import { calendly } from './calendly.ts';
import { github } from './github.ts';
import type { Preset } from './preset.ts';
import { shopify } from './shopify.ts';
import { standard } from './standard.ts';
import { stripe } from './stripe.ts';
import { typeform } from './typeform.ts';
import { woocommerce } from './woocommerce.ts';

const body = { name: 'Ada Lovelace', email: 'ada@example.com' };
const own = {
  dedupe: 'id',
  secretFrom: 'either',
  sample: { headers: { 'content-type': 'application/json' }, body },
  starter: { collection: 'crm.contacts', key: 'email', mapping: '{ "name": name, "email": email }' },
} as const;

/** Senders whose signature is known by name. */
export const SENDERS = { standard, stripe, shopify, woocommerce, github, typeform, calendly } as const;

/** Every way to recognise a sender, in the order the portal offers them. */
export const PRESETS = {
  ...SENDERS,
  hmac: {
    ...own,
    label: 'HMAC signature',
    setup: 'Enter the address and the secret at the sender, and here how it signs: see its documentation.',
  },
  basic: {
    ...own,
    label: 'User name and password',
    setup:
      'Enter the address at the sender, with the user name and password shown here as basic authentication.',
  },
  token: {
    ...own,
    label: 'Token in a header',
    setup: 'Enter the address at the sender, and have it send the token shown here in the header.',
  },
  none: {
    ...own,
    label: 'None: whoever knows the address',
    setup: 'Enter the address at the sender. Nothing but the address proves who sends, so keep it secret.',
  },
} as const satisfies Record<string, Preset>;

export type PresetName = keyof typeof PRESETS;
export const SENDER_NAMES = Object.keys(SENDERS) as [keyof typeof SENDERS, ...(keyof typeof SENDERS)[]];
