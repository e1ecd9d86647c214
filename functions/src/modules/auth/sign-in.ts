import { z } from 'zod';
import type { PublicContext, SystemContext } from '../../kernel/context.ts';
import { Reply } from '../../kernel/define.ts';
import { tenantNodes, tenantsOf } from '../../kernel/tenants/tenancy.ts';
import { type Session, sessions } from './sessions.collection.ts';
import { ACCESS_TOKEN_SECONDS, newSecret, SESSION_DAYS, sha256, signAccessToken } from './tokens.ts';
import type { User } from './users.collection.ts';

export const COOKIE = 'mewayz_refresh';
/** How long a replaced refresh token still works, for two tabs that refresh at once. */
const GRACE_MS = 30_000;

const tokens = { accessToken: z.string(), refreshToken: z.string(), expiresIn: z.int() };
export const tokensOutput = z.object(tokens);
export const sessionOutput = z.object({
  ...tokens,
  user: z.object({ id: z.string(), email: z.string(), name: z.string() }),
  tenant: z.object({ id: z.string(), slug: z.string(), name: z.string(), plan: z.string() }),
});

interface Tokens {
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly expiresIn: number;
}

/** Opens a session for a user who has proved who they are. */
export async function openSession(
  ctx: PublicContext,
  system: SystemContext,
  user: User,
  status: 200 | 201,
): Promise<Reply> {
  const secret = newSecret();
  const expiresAt = new Date(ctx.ports.clock.now() + SESSION_DAYS * 86_400_000).toISOString();
  const session = await system.platform
    .repo(sessions)
    .create({ userId: user.id, tokenHash: sha256(secret), replaced: [], expiresAt });
  const [home = ''] = await tenantsOf(system, user.id);
  const tenant = await system.platform.repo(tenantNodes).require(home);
  const body = {
    ...(await issue(ctx, user.id, session.id, secret)),
    user: { id: user.id, email: user.email, name: user.name },
    tenant: { id: tenant.id, slug: tenant.slug, name: tenant.name, plan: tenant.plan },
  };
  return new Reply(status, body, { 'set-cookie': refreshCookie(ctx, body.refreshToken) });
}

/** Replaces a session's refresh token; the old one works for a moment longer. */
export async function rotate(ctx: PublicContext, system: SystemContext, session: Session): Promise<Reply> {
  const secret = newSecret();
  const now = ctx.ports.clock.now();
  const replaced = [
    { hash: session.tokenHash, until: now + GRACE_MS },
    ...session.replaced.filter(({ until }) => until > now),
  ].slice(0, 5);
  await system.platform
    .repo(sessions)
    .patch(session.id, { tokenHash: sha256(secret), replaced }, { ifVersion: session.version });
  const body = await issue(ctx, session.userId, session.id, secret);
  return new Reply(200, body, { 'set-cookie': refreshCookie(ctx, body.refreshToken) });
}

async function issue(ctx: PublicContext, userId: string, sessionId: string, secret: string): Promise<Tokens> {
  const accessToken = await signAccessToken(ctx.ports.secrets, ctx.ports.clock, { userId, sessionId });
  return { accessToken, refreshToken: `${sessionId}.${secret}`, expiresIn: ACCESS_TOKEN_SECONDS };
}

/** The portal keeps the refresh token out of reach of scripts; other clients use the one in the body. */
export function refreshCookie(ctx: PublicContext, token: string): string {
  const secure = ctx.app.settings.publicUrl.startsWith('https:') ? '; Secure' : '';
  const age = token === '' ? 0 : SESSION_DAYS * 86_400;
  return `${COOKIE}=${token}; Path=/api/auth; HttpOnly; SameSite=Strict; Max-Age=${age}${secure}`;
}

/** The refresh token of a request: in the body, else in the cookie. */
export function presentedToken(
  ctx: PublicContext,
  input: { refreshToken?: string | undefined },
): string | undefined {
  if (input.refreshToken) return input.refreshToken;
  return ctx
    .header('cookie')
    ?.split(/;\s*/)
    .find((pair) => pair.startsWith(`${COOKIE}=`))
    ?.slice(COOKIE.length + 1);
}
