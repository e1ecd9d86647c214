import { z } from 'zod';
import { defineEndpoint } from '../../kernel/define.ts';
import { Problem } from '../../kernel/errors.ts';
import { NO_PASSWORD, verifyPassword } from './passwords.ts';
import { openSession, sessionOutput } from './sign-in.ts';
import { users } from './users.collection.ts';

/** Attempts a minute on one account, from wherever they come. */
const ACCOUNT_LIMIT = { points: 20, seconds: 60 };

export const login = defineEndpoint({
  name: 'auth.login',
  summary: 'Sign in with e-mail address and password',
  access: 'public',
  limit: { points: 300, seconds: 60, by: 'address' },
  input: z.strictObject({ email: z.string().trim().max(254), password: z.string().max(200) }),
  output: sessionOutput,
  example: { email: 'ada@example.com', password: 'a long passphrase' },
  handle: async (ctx, { email, password }) => {
    const address = email.toLowerCase();
    await ctx.app.limiter.take('auth.login.account', address, ACCOUNT_LIMIT);
    const system = ctx.asPlatform('sign-in');
    const [user] = (
      await system.platform
        .repo(users)
        .list({ filters: [{ field: 'email', operator: 'eq', value: address }], limit: 1 })
    ).items;
    const right = await verifyPassword(password, user?.passwordHash ?? NO_PASSWORD);
    if (!user || !right) throw new Problem('unauthenticated', 'The e-mail address or the password is wrong.');
    return openSession(ctx, system, user, 200);
  },
});
