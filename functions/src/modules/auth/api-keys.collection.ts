import { z } from 'zod';
import { ROLES } from '../../kernel/access.ts';
import { defineCollection } from '../../kernel/define.ts';

/** Keys for machines. Only a hash of the secret part is kept; the key itself is shown once. */
export const apiKeys = defineCollection({
  name: 'auth.api-keys',
  idPrefix: 'key',
  labels: { one: 'API key', many: 'API keys' },
  fields: {
    name: z.string().trim().min(1).max(100),
    role: z.enum(ROLES),
    permissions: z.array(z.string().max(100)).max(100).optional(),
    prefix: z.string(),
    secretHash: z.string(),
  },
  access: { read: 'admin', create: () => false, update: () => false, delete: () => false },
  secret: ['secretHash'],
  filters: ['role'],
  sorts: ['name'],
  example: { name: 'Shop sync', role: 'editor', prefix: 'mk_01J', secretHash: '' },
  api: 'read-only',
  warehouse: 'none',
});
