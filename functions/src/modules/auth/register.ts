import { z } from 'zod';
import { PLATFORM_TENANT } from '../../kernel/context.ts';
import { defineEndpoint } from '../../kernel/define.ts';
import { Problem } from '../../kernel/errors.ts';
import { provisionTenant, slugify } from '../../kernel/tenants/tenancy.ts';
import { hashPassword } from './passwords.ts';
import { openSession, sessionOutput } from './sign-in.ts';
import { type User, users } from './users.collection.ts';

export const password = z.string().min(10, 'Use at least 10 characters.').max(200);

export const register = defineEndpoint({
  name: 'auth.register',
  summary: 'Create a user with an organisation of their own, and sign in',
  access: 'public',
  limit: { points: 300, seconds: 60, by: 'address' },
  status: 201,
  input: z.strictObject({
    email: z
      .email()
      .max(254)
      .transform((email) => email.toLowerCase()),
    password,
    name: z.string().trim().min(1).max(200),
    organization: z.string().trim().min(1).max(200),
  }),
  output: sessionOutput,
  example: {
    email: 'ada@example.com',
    password: 'a long passphrase',
    name: 'Ada Lovelace',
    organization: 'Analytical Engines',
  },
  handle: async (ctx, input) => {
    const system = ctx.asPlatform('registration');
    const passwordHash = await hashPassword(input.password);
    const [userId, tenantId] = [ctx.app.ids.next('usr'), ctx.app.ids.next('ten')];
    // The random tail keeps slugs apart without telling who else is here.
    const slug = `${slugify(input.organization)}-${tenantId.slice(-6).toLowerCase()}`;
    const { email, name } = input;
    const user = await system
      .transaction(async (tenant): Promise<User> => {
        await provisionTenant(
          tenant,
          { id: tenantId, name: input.organization, slug },
          { id: userId, email, name },
        );
        return tenant(PLATFORM_TENANT).repo(users).create({ email, name, passwordHash }, { id: userId });
      })
      .catch(async (error: unknown) => {
        const [taken] = (
          await system.platform
            .repo(users)
            .list({ filters: [{ field: 'email', operator: 'eq', value: email }], limit: 1 })
        ).items;
        if (!taken) throw error;
        const errors = [
          {
            path: 'email',
            message: 'This address is registered already. Sign in instead.',
            code: 'not_unique',
          },
        ];
        throw new Problem('already_exists', 'This address is registered already.', { errors });
      });
    return openSession(ctx, system, user, 201);
  },
});
