import { z } from 'zod';
import type { PublicContext } from './context.ts';
import { Reply } from './define.ts';
import type { Operation } from './requests/operation.ts';

export const healthOutput = z.object({
  status: z.enum(['ok', 'degraded']),
  version: z.string(),
  checks: z.record(z.string(), z.enum(['ok', 'failed'])),
});

/** Probes one dependency; a probe that hangs counts as failed. */
async function probe(
  ctx: PublicContext,
  name: string,
  check: () => Promise<unknown>,
): Promise<readonly [string, 'ok' | 'failed']> {
  try {
    await Promise.race([
      check(),
      new Promise((_, reject) => setTimeout(() => reject(new Error('no answer in 5 s')), 5_000).unref()),
    ]);
    return [name, 'ok'];
  } catch (error) {
    ctx.log.error({ check: name, error: String(error) }, 'health check failed');
    return [name, 'failed'];
  }
}

/** Whether what the platform stands on answers. */
export async function checkHealth(ctx: PublicContext): Promise<Reply> {
  const { documents, warehouse, files } = ctx.ports;
  const checks = Object.fromEntries(
    await Promise.all([
      probe(ctx, 'documents', () => documents.get('tenants/platform')),
      probe(ctx, 'bus', async () => ctx.ports.bus),
      probe(ctx, 'warehouse', () => warehouse.check()),
      probe(ctx, 'files', () => files.check()),
    ]),
  );
  const ok = Object.values(checks).every((state) => state === 'ok');
  return new Reply(ok ? 200 : 503, {
    status: ok ? 'ok' : 'degraded',
    version: ctx.app.settings.version,
    checks,
  });
}

/** `GET /api/{module}/health`, for every module. */
export function moduleHealth(module: string): Operation {
  return {
    name: `${module}.health`,
    functionName: `${module}-health`,
    method: 'GET',
    path: `/api/${module}/health`,
    summary: `Whether ${module} and what it stands on answer`,
    permission: `${module}.health`,
    access: 'public',
    body: 'none',
    status: 200,
    input: undefined,
    output: healthOutput,
    example: {},
    run: (ctx) => checkHealth(ctx),
  };
}
