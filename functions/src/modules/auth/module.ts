import type { SystemContext } from '../../kernel/context.ts';
import { defineModule } from '../../kernel/define.ts';
import { changePassword, logout, me, profile } from './account.ts';
import { apiKeys } from './api-keys.collection.ts';
import { createApiKey, revokeApiKey } from './api-keys.ts';
import { accessTokens, apiKeyTokens } from './authenticators.ts';
import { login } from './login.ts';
import { refresh } from './refresh.ts';
import { register } from './register.ts';
import { sessions } from './sessions.collection.ts';
import { type User, users } from './users.collection.ts';

export const auth = defineModule({
  name: 'auth',
  collections: [users, sessions, apiKeys],
  endpoints: [register, login, refresh, logout, me, profile, changePassword, createApiKey, revokeApiKey],
  authenticators: [accessTokens, apiKeyTokens],
});

/** A read-only query for other modules: the person behind a user id. */
export const userById = (system: SystemContext, id: string): Promise<User | undefined> =>
  system.platform.repo(users).get(id);
