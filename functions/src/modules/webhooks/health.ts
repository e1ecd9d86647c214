import type { JobScope, Scope } from '../../kernel/context.ts';
import { Problem } from '../../kernel/errors.ts';
import { timestamp } from '../../kernel/ports/clock.ts';
import { endpointStates, endpoints, type WebhookEndpoint } from './endpoints.collection.ts';

/** An endpoint that has only failed for so long is disabled. */
export const DISABLE_AFTER_DAYS = 5;
const DAY_MS = 86_400_000;

export async function noteSuccess(scope: Scope, { id }: WebhookEndpoint): Promise<void> {
  const repo = scope.repo(endpointStates);
  if ((await repo.get(id))?.failingSince !== undefined) await repo.patch(id, { failingSince: null });
}

/**
 * Notes since when an endpoint has been failing, and disables it when that is too long or when it said that it is gone.
 * The warning is the change itself: `webhooks.endpoints.updated` with `disabledReason`, which other endpoints are sent.
 */
export async function noteFailure(ctx: JobScope, endpoint: WebhookEndpoint, gone: boolean): Promise<void> {
  const { scope, ports } = ctx;
  if (gone) return disable(ctx, endpoint, 'It answered 410 Gone.');
  const since = await failingSince(scope, endpoint, timestamp(ports.clock));
  if (ports.clock.now() - Date.parse(since) >= DISABLE_AFTER_DAYS * DAY_MS)
    await disable(ctx, endpoint, `Every delivery has failed for ${DISABLE_AFTER_DAYS} days.`);
}

/** When the endpoint began to fail; what was before it was switched on again does not count. */
async function failingSince(scope: Scope, { id, enabledAt }: WebhookEndpoint, now: string): Promise<string> {
  const repo = scope.repo(endpointStates);
  const known = await repo.get(id);
  if (known?.failingSince !== undefined && known.failingSince >= enabledAt) return known.failingSince;
  if (known) await repo.patch(id, { failingSince: now });
  else
    await repo.create({ failingSince: now }, { id }).catch((error: unknown) => {
      // Another delivery failed at the same moment.
      if (!(error instanceof Problem && error.code === 'already_exists')) throw error;
    });
  return now;
}

async function disable(
  { scope, log }: JobScope,
  { id, url }: WebhookEndpoint,
  reason: string,
): Promise<void> {
  await scope.repo(endpoints).patch(id, { active: false, disabledReason: reason });
  log.warn({ endpointId: id, tenantId: scope.tenantId, host: new URL(url).host, reason }, 'webhook disabled');
}
