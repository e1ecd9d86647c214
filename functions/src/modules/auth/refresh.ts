import { z } from 'zod';
import { defineEndpoint } from '../../kernel/define.ts';
import { Problem } from '../../kernel/errors.ts';
import { type Session, sessions } from './sessions.collection.ts';
import { presentedToken, rotate, tokensOutput } from './sign-in.ts';
import { sameHash, sha256 } from './tokens.ts';

const refused = (): Problem => new Problem('unauthenticated', 'The session has ended. Sign in again.');

export const refresh = defineEndpoint({
  name: 'auth.refresh',
  summary: 'Exchange a refresh token for new tokens',
  access: 'public',
  limit: { points: 600, seconds: 60, by: 'address' },
  input: z.strictObject({ refreshToken: z.string().max(200).optional() }),
  output: tokensOutput,
  example: { refreshToken: 'ses_01JD0000000000000000000000.secret' },
  handle: async (ctx, input) => {
    const [sessionId = '', secret = ''] = (presentedToken(ctx, input) ?? '').split('.');
    const system = ctx.asPlatform('refresh');
    const repo = system.platform.repo(sessions);
    for (let attempt = 1; ; attempt++) {
      const session = await repo.get(sessionId);
      if (!session || session.revokedAt || Date.parse(session.expiresAt) < ctx.ports.clock.now())
        throw refused();
      if (!accepts(session, sha256(secret), ctx.ports.clock.now())) {
        // A token from long ago means that somebody holds a copy: nobody keeps this session.
        await repo.patch(session.id, { revokedAt: new Date(ctx.ports.clock.now()).toISOString() });
        ctx.log.warn(
          { sessionId: session.id, requestId: ctx.requestId },
          'a replaced refresh token was used again; session revoked',
        );
        throw refused();
      }
      try {
        return await rotate(ctx, system, session);
      } catch (error) {
        // Another tab refreshed between our read and our write.
        if (!(error instanceof Problem) || error.code !== 'stale' || attempt === 5) throw error;
      }
    }
  },
});

function accepts(session: Session, hash: string, now: number): boolean {
  return (
    sameHash(session.tokenHash, hash) ||
    session.replaced.some((old) => old.until > now && sameHash(old.hash, hash))
  );
}
