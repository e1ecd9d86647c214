import type { App } from '../../kernel/context.ts';
import { createExpiringCache } from '../../kernel/expiring-cache.ts';
import { oncePer } from '../../kernel/once-per.ts';
import type { Authenticator, Principal } from '../../kernel/requests/identity.ts';
import { apiKeys } from './api-keys.collection.ts';
import { sessions } from './sessions.collection.ts';
import { parseApiKey, readAccessToken, sameHash, sha256 } from './tokens.ts';

/** How long a revoked session or key may still be believed. */
const BELIEVE_MS = 5_000;

const cacheOf = oncePer(({ ports }: App) =>
  createExpiringCache<Principal | undefined>(() => ports.clock.now(), BELIEVE_MS),
);

/** Short-lived signed access tokens of people. */
export const accessTokens: Authenticator = {
  matches: (token) => token.startsWith('eyJ'),
  authenticate: (ctx, token) =>
    cacheOf(ctx.app).get(token, async () => {
      const claims = await readAccessToken(ctx.ports.secrets, ctx.ports.clock, token);
      if (!claims) return undefined;
      const session = await ctx.asPlatform('authentication').platform.repo(sessions).get(claims.sessionId);
      if (!session || session.revokedAt || session.userId !== claims.userId) return undefined;
      return { kind: 'user', id: claims.userId, sessionId: claims.sessionId };
    }),
};

/** API keys of machines. */
export const apiKeyTokens: Authenticator = {
  matches: (token) => token.startsWith('mk_'),
  authenticate: (ctx, token) =>
    cacheOf(ctx.app).get(token, async () => {
      const parsed = parseApiKey(token);
      if (!parsed) return undefined;
      const key = await ctx
        .asPlatform('authentication')
        .tenant(parsed.tenantId)
        .repo(apiKeys)
        .get(parsed.keyId);
      if (!key || !sameHash(key.secretHash, sha256(parsed.secret))) return undefined;
      const { role, permissions } = key;
      return {
        kind: 'api_key',
        id: key.id,
        bound: { tenantId: parsed.tenantId, role, ...(permissions ? { permissions } : {}) },
      };
    }),
};
