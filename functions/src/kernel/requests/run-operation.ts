import { isIP } from 'node:net';
import { Readable } from 'node:stream';
import { type Caller, decide, permits } from '../access.ts';
import type { App, PublicContext, Scope, SignedInContext } from '../context.ts';
import { PLATFORM_TENANT } from '../context.ts';
import { Reply } from '../define.ts';
import { asProblem, Problem } from '../errors.ts';
import { StoreUnavailable } from '../ports/documents.ts';
import { createScope, createSystemContext } from '../scope.ts';
import type { IncomingRequest, OutgoingResponse } from './http.ts';
import { jsonBody } from './http.ts';
import { beginIdempotent, type JoinedWrites } from './idempotency.ts';
import type { Principal } from './identity.ts';
import { DEFAULT_LIMIT } from './limits.ts';
import { type AnyContext, matchPath, type Operation, splitPath } from './operation.ts';

/**
 * The life of a request: authenticate → tenant → permission → limits → idempotency → parse → handle → parse output.
 * `operations` are those of one function; the method and the path choose among them.
 */
export async function handleRequest(
  app: App,
  operations: readonly Operation[],
  request: IncomingRequest,
): Promise<OutgoingResponse> {
  const requestId = requestIdOf(request, app);
  try {
    const { operation, parameters } = choose(operations, request);
    const reply = await runOperation(app, operation, parameters, request, requestId);
    return toResponse(reply, requestId);
  } catch (error) {
    return toProblemResponse(app, error, request, requestId);
  }
}

function choose(
  operations: readonly Operation[],
  request: IncomingRequest,
): { operation: Operation; parameters: Record<string, string> } {
  const method = request.method === 'HEAD' ? 'GET' : request.method;
  const allowed: string[] = [];
  const path = splitPath(request.path);
  for (const operation of operations) {
    const parameters = matchPath(operation.path, path);
    if (!parameters) continue;
    if (operation.method === method) return { operation, parameters };
    allowed.push(operation.method);
  }
  if (allowed.length === 0)
    throw new Problem('not_found', `There is nothing at ${request.path.slice(0, 200)}.`);
  throw new Problem('method_not_allowed', `Use ${allowed.join(', ')} here.`, {
    extensions: { allow: allowed },
  });
}

async function runOperation(
  app: App,
  operation: Operation,
  parameters: Readonly<Record<string, string>>,
  request: IncomingRequest,
  requestId: string,
): Promise<Reply> {
  const publicContext = createPublicContext(app, request, requestId);
  const limited = operation.limit;
  if (limited?.by === 'address') await app.limiter.take(operation.name, request.address, limited);
  if (operation.access === 'public') return operation.run(publicContext, request, parameters);

  const principal = await authenticate(app, publicContext, request);
  const budget = await app.limiter.take('api', principal.id, DEFAULT_LIMIT);
  if (limited?.by === 'principal')
    Object.assign(budget, await app.limiter.take(operation.name, principal.id, limited));
  const signedIn: SignedInContext = { ...publicContext, principal };
  if (operation.access === 'signed-in') {
    const self = { tenantId: PLATFORM_TENANT, callerId: principal.id, caller: undefined };
    return withHeaders(
      await onlyOnce(app, operation, request, self, async () => operation.run(signedIn, request, parameters)),
      budget,
    );
  }

  const asked = { tenantId: request.header('x-tenant-id'), host: publicContext.host };
  const place = await app.registry.tenants.resolve(publicContext, principal, asked);
  if (!place)
    throw asked.tenantId
      ? new Problem('not_found', 'This tenant does not exist.')
      : new Problem('forbidden', 'You are a member of no organisation.');
  authorise(operation, place.caller);
  const scopeFor = (joined?: JoinedWrites): Scope =>
    createScope({ app, tenantId: place.tenantId, caller: place.caller, requestId, joined });
  const stillPermitted = async (): Promise<boolean> => {
    try {
      const again = await app.registry.tenants.resolve(
        publicContext,
        await authenticate(app, publicContext, request),
        asked,
      );
      if (again) authorise(operation, again.caller);
      return again?.tenantId === place.tenantId && again.caller.role === place.caller.role;
    } catch (error) {
      if (error instanceof Problem) return false;
      throw error;
    }
  };
  const self = { tenantId: place.tenantId, callerId: place.caller.id, caller: place.caller };
  const run = async (joined?: JoinedWrites): Promise<Reply> =>
    operation.run({ ...signedIn, ...scopeFor(joined), stillPermitted } as AnyContext, request, parameters);
  return withHeaders(await onlyOnce(app, operation, request, self, run), budget);
}

/** Runs an operation, or gives the first answer again when its idempotency key was used before. */
async function onlyOnce(
  app: App,
  operation: Operation,
  request: IncomingRequest,
  who: { readonly tenantId: string; readonly callerId: string; readonly caller: Caller | undefined },
  run: (joined?: JoinedWrites) => Promise<Reply>,
): Promise<Reply> {
  const key = request.method === 'POST' ? request.header('idempotency-key') : undefined;
  if (!key) return run();
  // The body is part of what the key stands for, so it must be readable before the key is taken.
  const body =
    operation.body === 'json'
      ? (request.rawBody ?? JSON.stringify(jsonBody(request)))
      : JSON.stringify(request.query);
  const once = await beginIdempotent(app, {
    ...who,
    operation: `${operation.name} ${request.path}`,
    key,
    body,
  });
  if (once.replay) return once.replay;
  if (once.lost) {
    if (operation.recover && who.caller) return operation.recover(who.caller, once.lost);
    throw new Problem(
      'conflict',
      'The first request took effect, but its answer was lost. Read the records to see its result.',
    );
  }
  let reply: Reply;
  try {
    reply = await run(once.joined);
  } catch (error) {
    await once.release();
    throw error;
  }
  // The request has taken effect: that its answer cannot be kept is no reason to say otherwise.
  await once
    .finish(reply)
    .catch((error: unknown) =>
      app.ports.log.error(
        { operation: operation.name, error: describe(error) },
        'an answer could not be kept',
      ),
    );
  return reply;
}

function authorise(operation: Operation, caller: Caller): void {
  const { access } = operation;
  if (access !== 'public' && access !== 'signed-in' && decide(access, caller) === false)
    throw new Problem('forbidden', `Your role, ${caller.role}, may not do this.`);
  if (!permits(caller, operation.permission))
    throw new Problem('forbidden', `This API key lacks the permission ${operation.permission}.`);
}

async function authenticate(app: App, ctx: PublicContext, request: IncomingRequest): Promise<Principal> {
  const header = request.header('authorization');
  if (!header)
    throw new Problem('unauthenticated', 'Send Authorization: Bearer with an access token or an API key.');
  const token = /^Bearer ([\w.~+/=-]+)$/i.exec(header.trim())?.[1];
  const authenticator = token && app.registry.authenticators.find((candidate) => candidate.matches(token));
  const principal = token && authenticator ? await authenticator.authenticate(ctx, token) : undefined;
  if (!principal) throw new Problem('unauthenticated', 'The token is not valid, or no longer.');
  return principal;
}

function createPublicContext(app: App, request: IncomingRequest, requestId: string): PublicContext {
  const host = request.header('host')?.replace(/:\d+$/, '').toLowerCase();
  return {
    app,
    ports: app.ports,
    requestId,
    log: app.ports.log,
    address: isIP(request.address) ? request.address : '0.0.0.0',
    host,
    header: request.header,
    headers: request.headers,
    body: async () => (request.rawBody ? Readable.from([request.rawBody]) : request.stream),
    signal: () => request.signal,
    asPlatform: (reason) => createSystemContext(app, requestId, reason),
  };
}

function requestIdOf(request: IncomingRequest, app: App): string {
  const given = request.header('x-request-id');
  return given && /^[\w-]{8,64}$/.test(given) ? given : app.ids.next('req');
}

const withHeaders = (reply: Reply, headers: Readonly<Record<string, string>>): Reply =>
  new Reply(reply.status, reply.body, { ...headers, ...reply.headers });

function toResponse(reply: Reply, requestId: string): OutgoingResponse {
  const { body } = reply;
  const headers: Record<string, string> = {
    'x-request-id': requestId,
    'cache-control': 'no-store',
    ...reply.headers,
  };
  if (body === undefined) return { status: reply.status, headers, body: undefined };
  if (typeof body === 'string' || Buffer.isBuffer(body) || body instanceof Readable)
    return { status: reply.status, headers, body };
  headers['content-type'] ??= 'application/json; charset=utf-8';
  return { status: reply.status, headers, body: JSON.stringify(body) };
}

function toProblemResponse(
  app: App,
  error: unknown,
  request: IncomingRequest,
  requestId: string,
): OutgoingResponse {
  const problem =
    error instanceof StoreUnavailable
      ? new Problem('unavailable', 'Nothing was stored. Try again later.', { retryAfter: 5, cause: error })
      : asProblem(error);
  if (problem.status >= 500)
    app.ports.log.error(
      { requestId, method: request.method, path: request.path, error: describe(problem.cause) },
      problem.message,
    );
  const headers: Record<string, string> = {
    'x-request-id': requestId,
    'cache-control': 'no-store',
    'content-type': 'application/problem+json; charset=utf-8',
  };
  if (problem.retryAfter !== undefined) headers['retry-after'] = String(problem.retryAfter);
  if (problem.code === 'unauthenticated') headers['www-authenticate'] = 'Bearer';
  if (problem.code === 'method_not_allowed') headers.allow = String(problem.extensions?.allow ?? '');
  return { status: problem.status, headers, body: JSON.stringify(problem.toDocument(requestId)) };
}

const describe = (cause: unknown): string =>
  cause instanceof Error ? `${cause.stack ?? cause.message}` : String(cause);
