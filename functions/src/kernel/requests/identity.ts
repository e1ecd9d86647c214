import type { Caller, Role } from '../access.ts';
import type { PublicContext } from '../context.ts';

/** Who a bearer token speaks for. */
export interface Principal {
  readonly kind: 'user' | 'api_key';
  /** User id or API key id. */
  readonly id: string;
  /** Session of an access token, so that it can be ended. */
  readonly sessionId?: string;
  /** An API key works in one tenant only, with this role. */
  readonly bound?: {
    readonly tenantId: string;
    readonly role: Role;
    readonly permissions?: readonly string[];
  };
}

/** Recognises one kind of bearer token. */
export interface Authenticator {
  /** Whether a token is of this kind, by its looks (`mk_…`). */
  matches(token: string): boolean;
  /** Resolves undefined for a token that is false, expired or revoked. */
  authenticate(ctx: PublicContext, token: string): Promise<Principal | undefined>;
}

export interface TenantResolver {
  /**
   * The tenant a signed-in request works in: the one asked for, else the host's, else the caller's default.
   * Resolves undefined when the caller has no place there, as if it did not exist.
   */
  resolve(
    ctx: PublicContext,
    principal: Principal,
    asked: { tenantId: string | undefined; host: string | undefined },
  ): Promise<{ tenantId: string; caller: Caller } | undefined>;
}
