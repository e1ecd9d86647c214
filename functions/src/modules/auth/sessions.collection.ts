import { z } from 'zod';
import { defineCollection, type RecordOf } from '../../kernel/define.ts';

/** One sign-in on one device. Its refresh token changes with every use. */
export const sessions = defineCollection({
  name: 'auth.sessions',
  idPrefix: 'ses',
  labels: { one: 'session', many: 'sessions' },
  fields: {
    userId: z.string(),
    tokenHash: z.string(),
    /** Tokens replaced a moment ago: two tabs may refresh with the same one. */
    replaced: z.array(z.object({ hash: z.string(), until: z.number() })).max(5),
    expiresAt: z.iso.datetime(),
    revokedAt: z.iso.datetime().optional(),
  },
  access: { read: () => false, create: () => false, update: () => false, delete: () => false },
  secret: ['tokenHash', 'replaced'],
  lookups: ['userId'],
  unindexed: ['replaced'],
  example: { userId: 'usr_1', tokenHash: '', replaced: [], expiresAt: '2027-01-01T00:00:00.000Z' },
  api: 'none',
  warehouse: 'none',
});
export type Session = RecordOf<typeof sessions>;
