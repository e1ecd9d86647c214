import { z } from 'zod';
import { defineEndpoint } from '../../kernel/define.ts';
import { PRESETS } from './presets/index.ts';
import type { Preset } from './presets/preset.ts';

export const presetList = defineEndpoint({
  name: 'hooks.presets',
  method: 'GET',
  summary: 'Every kind of sender: how it signs, how it is set up, a sample, and a mapping to begin with',
  access: 'admin',
  input: z.strictObject({}),
  output: z.object({
    presets: z.array(
      z.object({
        /** Goes into `signature.scheme`; its texts are `senders.<name>` in the portal. */
        name: z.string(),
        label: z.string(),
        setup: z.string(),
        /** `sender`: only the sender makes secrets. `either`: one may be made here. `none`: there is none. */
        secretFrom: z.enum(['sender', 'either', 'none']),
        /** Headers that matter: the signature's, and those that name the delivery and its type. */
        headers: z.array(z.string()),
        dedupe: z.string(),
        /** Whether the signature carries a time, so that `toleranceSeconds` matters. */
        timed: z.boolean(),
        sample: z.object({
          headers: z.record(z.string(), z.string()),
          body: z.record(z.string(), z.unknown()),
        }),
        starter: z.object({
          collection: z.string(),
          key: z.string().optional(),
          events: z.array(z.string()).optional(),
          mapping: z.string(),
        }),
      }),
    ),
  }),
  example: {},
  handle: () => ({
    presets: Object.entries(PRESETS).map(([name, preset]: [string, Preset]) => {
      const { label, setup, hmac, id, type, dedupe, sample, starter } = preset;
      const places = [id, type].flatMap((place) => (place && 'header' in place ? place.header : []));
      const headers = [...(hmac ? [hmac.header, hmac.timestampHeader] : []), ...places];
      return {
        name,
        label,
        setup,
        secretFrom: name === 'none' ? ('none' as const) : preset.secretFrom,
        headers: [...new Set(headers.filter((header) => header !== undefined))],
        dedupe,
        timed: hmac?.content.includes('{timestamp}') ?? name === 'hmac',
        sample,
        starter: { ...starter, events: starter.events && [...starter.events] },
      };
    }),
  }),
});
