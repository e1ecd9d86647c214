import type { JobScope, Scope } from '../../kernel/context.ts';
import { Problem } from '../../kernel/errors.ts';
import { secondsAfter } from '../../kernel/jobs/jobs.ts';
import { timestamp } from '../../kernel/ports/clock.ts';
import { endpoints, type WebhookEndpoint } from './endpoints.collection.ts';
import { type EndpointState, endpointStates, warnings } from './health.collections.ts';

/** An endpoint that has only failed for so long is warned of, and then disabled. */
export const WARN_AFTER_SECONDS = 86_400;
export const DISABLE_AFTER_DAYS = 5;
const DISABLE_AFTER_SECONDS = DISABLE_AFTER_DAYS * 86_400;

export const stateOf = (scope: Scope, { id }: WebhookEndpoint): Promise<EndpointState | undefined> =>
  scope.repo(endpointStates).get(id);

/** @param known the state before the attempt */
export async function noteSuccess(
  scope: Scope,
  endpoint: WebhookEndpoint,
  known: EndpointState | undefined,
): Promise<void> {
  if (known?.failingSince !== undefined || known?.pausedUntil !== undefined)
    await scope
      .repo(endpointStates)
      .patch(endpoint.id, { failingSince: null, disablesAt: null, firstError: null, pausedUntil: null });
}

export interface Failure {
  readonly error: string;
  /** It answered 410. */
  readonly gone: boolean;
  /** Seconds in which it asked not to be called. */
  readonly pause: number | undefined;
}

/** Notes since when an endpoint has been failing; warns when that is long, and disables it when it is too long or gone. */
export async function noteFailure(ctx: JobScope, endpoint: WebhookEndpoint, failure: Failure): Promise<void> {
  if (failure.gone) return disable(ctx, endpoint, 'It answered 410 Gone.');
  const now = timestamp(ctx.ports.clock);
  const since = await noteState(ctx.scope, endpoint, failure, now);
  if (now >= secondsAfter(since, DISABLE_AFTER_SECONDS))
    await disable(ctx, endpoint, `Every delivery has failed for ${DISABLE_AFTER_DAYS} days.`, since);
  else if (now >= secondsAfter(since, WARN_AFTER_SECONDS))
    await warn(ctx.scope, endpoint, 'failing', `Every delivery has failed since ${since}.`, since);
}

/** Writes only what is new, and resolves when the endpoint began to fail; what was before it was switched on does not count. */
async function noteState(
  scope: Scope,
  { id, enabledAt }: WebhookEndpoint,
  { error, pause }: Failure,
  now: string,
): Promise<string> {
  const repo = scope.repo(endpointStates);
  const known = await repo.get(id);
  const began = known?.failingSince;
  const counts = began !== undefined && began >= enabledAt;
  const failingSince = counts ? began : now;
  const pausedUntil = pause === undefined ? undefined : secondsAfter(now, pause);
  const later = pausedUntil !== undefined && pausedUntil > (known?.pausedUntil ?? '');
  if (counts && !later) return failingSince;
  const state = {
    failingSince,
    disablesAt: secondsAfter(failingSince, DISABLE_AFTER_SECONDS),
    ...(counts ? {} : { firstError: error.slice(0, 500) }),
    ...(later ? { pausedUntil } : {}),
  };
  if (known) await repo.patch(id, state);
  else await ignoreKnown(repo.create(state, { id }));
  return failingSince;
}

/** Once for each time that an endpoint failed for long. */
function warn(
  scope: Scope,
  endpoint: WebhookEndpoint,
  kind: 'failing' | 'disabled',
  reason: string,
  failingSince?: string,
): Promise<void> {
  const { origin, pathname } = new URL(endpoint.url);
  const mark = Date.parse(failingSince ?? endpoint.enabledAt);
  const times = failingSince
    ? { failingSince, disablesAt: secondsAfter(failingSince, DISABLE_AFTER_SECONDS) }
    : {};
  return ignoreKnown(
    scope
      .repo(warnings)
      .create(
        { endpointId: endpoint.id, kind, url: `${origin}${pathname}`, reason, ...times },
        { id: `whw_${endpoint.id.slice(4)}_${mark}_${kind}` },
      ),
  );
}

async function disable(
  { scope, log }: JobScope,
  { id }: WebhookEndpoint,
  reason: string,
  failingSince?: string,
): Promise<void> {
  const endpoint = await scope.repo(endpoints).get(id);
  // Several deliveries may find out at the same time, and somebody may have switched it off or removed it meanwhile.
  if (!endpoint?.active) return;
  await scope.repo(endpoints).patch(id, { active: false, disabledReason: reason });
  await warn(scope, endpoint, 'disabled', reason, failingSince);
  const { host } = new URL(endpoint.url);
  log.warn({ endpointId: id, tenantId: scope.tenantId, host, reason }, 'webhook disabled');
}

/** Another delivery may have written the same at the same moment. */
async function ignoreKnown(creating: Promise<unknown>): Promise<void> {
  await creating.catch((error: unknown) => {
    if (!(error instanceof Problem && error.code === 'already_exists')) throw error;
  });
}
