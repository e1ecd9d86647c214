import { Readable } from 'node:stream';
import { z } from 'zod';
import { allows, decide } from '../../kernel/access.ts';
import { type Change, toChange } from '../../kernel/changes/change.ts';
import type { TenantContext } from '../../kernel/context.ts';
import { defineEndpoint, Reply } from '../../kernel/define.ts';
import { Problem } from '../../kernel/errors.ts';
import type { ServerTime, StoredDocument } from '../../kernel/ports/documents.ts';

const HEARTBEAT_MS = 15_000;
const PAGE = 500;

export const stream = defineEndpoint({
  name: 'platform.stream',
  path: '/api/stream',
  method: 'GET',
  summary: 'Changes as they happen, as server-sent events; Last-Event-ID resumes',
  access: 'viewer',
  input: z.strictObject({}),
  output: z.undefined(),
  example: {},
  handle: async (ctx) => {
    const last = ctx.header('last-event-id');
    const start = last ? await positionOf(ctx, last) : await latestPosition(ctx);
    const events = Readable.from(follow(ctx, start), { objectMode: false, highWaterMark: 64 * 1024 });
    return new Reply(200, events, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store, no-transform',
      'x-accel-buffering': 'no',
    });
  },
});

/** A place in the change log: commit time, then change id. */
type Position = readonly [at: ServerTime, id: string] | undefined;

const changesOf = (ctx: TenantContext): string => `tenants/${ctx.tenantId}/changes`;

async function positionOf(ctx: TenantContext, changeId: string): Promise<Position> {
  const change = /^[0-9A-Z]{26}$/.test(changeId)
    ? await ctx.ports.documents.get(`${changesOf(ctx)}/${changeId}`)
    : undefined;
  if (!change) throw new Problem('malformed', 'Last-Event-ID is no event of this organisation.');
  return [change.data.at as ServerTime, change.id];
}

async function latestPosition(ctx: TenantContext): Promise<Position> {
  const [latest] = await ctx.ports.documents.query({
    collection: changesOf(ctx),
    orderBy: [['at', 'desc']],
    limit: 1,
  });
  return latest ? [latest.data.at as ServerTime, latest.id] : undefined;
}

/** Follows the log. The consumer's pace is the pace: pages are read only when the last was taken. */
async function* follow(ctx: TenantContext, start: Position): AsyncGenerator<string> {
  let position = start;
  const bell = createBell(ctx.signal());
  const stop = ctx.ports.documents.watch(
    { collection: changesOf(ctx), orderBy: [['at', 'desc']], limit: 1 },
    bell.ring,
    bell.fail,
  );
  try {
    yield ': connected\n\n';
    // A session that ended, a revoked key or another role ends the stream; whoever may comes back and resumes.
    while (!ctx.signal().aborted && (await ctx.stillPermitted())) {
      const page: StoredDocument[] = await ctx.ports.documents.query({
        collection: changesOf(ctx),
        orderBy: [['at', 'asc']],
        ...(position ? { startAfter: position } : {}),
        limit: PAGE,
      });
      const last = page.at(-1);
      if (last) position = [last.data.at as ServerTime, last.id];
      const text = (
        await Promise.all(
          page.map((document) => render(ctx, toChange(ctx.tenantId, document.id, document.data))),
        )
      ).join('');
      if (text) yield text;
      if (page.length < PAGE && (await bell.wait(HEARTBEAT_MS)) === 'quiet') yield ': still here\n\n';
    }
  } finally {
    stop();
  }
}

/** One event, or nothing when the caller may not know of the record. */
async function render(ctx: TenantContext, change: Change): Promise<string> {
  const collection = ctx.app.registry.collections.get(change.collection);
  if (!collection || collection.options.api === 'none') return '';
  const may = decide(collection.options.access.read, ctx.caller);
  if (may === false) return '';
  if (may !== true) {
    const document = await ctx.ports.documents.get(
      `tenants/${ctx.tenantId}/${collection.key}/${change.recordId}`,
    );
    if (!document || !allows(may, document.data)) return '';
  }
  const { id, recordId, operation, version, at } = change;
  return `id: ${id}\nevent: change\ndata: ${JSON.stringify({ id, collection: change.collection, recordId, operation, version, at })}\n\n`;
}

interface Bell {
  readonly ring: () => void;
  readonly fail: (error: unknown) => void;
  /** Resolves when rung since the last wait, when `ms` have passed, or when the client has gone. */
  wait(ms: number): Promise<'rung' | 'quiet'>;
}

function createBell(signal: AbortSignal): Bell {
  let rung = false;
  let failure: { readonly error: unknown } | undefined;
  let wake: (() => void) | undefined;
  const ring = (): void => {
    rung = true;
    wake?.();
  };
  signal.addEventListener('abort', ring, { once: true });
  return {
    ring,
    fail: (error) => {
      failure = { error };
      ring();
    },
    wait: async (ms) => {
      if (!rung)
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, ms);
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      wake = undefined;
      if (failure) throw failure.error;
      const was = rung;
      rung = false;
      return was ? 'rung' : 'quiet';
    },
  };
}
