import { z } from 'zod';
import { defineCollection, type RecordOf } from '../../kernel/define.ts';

/** People who can sign in. Lives in the platform's own node, since one person may belong to many tenants. */
export const users = defineCollection({
  name: 'auth.users',
  idPrefix: 'usr',
  labels: { one: 'user', many: 'users' },
  fields: {
    email: z
      .email()
      .max(254)
      .transform((email) => email.toLowerCase()),
    name: z.string().trim().min(1).max(200),
    locale: z.string().max(35).optional(),
    passwordHash: z.string(),
  },
  access: { read: () => false, create: () => false, update: () => false, delete: () => false },
  secret: ['passwordHash'],
  lookups: ['email'],
  unique: ['email'],
  example: { email: 'ada@example.com', name: 'Ada', passwordHash: '' },
  api: 'none',
  warehouse: 'none',
});
export type User = RecordOf<typeof users>;
