import { JOB_QUEUE, type SystemContext } from './context.ts';
import { timestamp } from './ports/clock.ts';
import type { StoredDocument } from './ports/documents.ts';

/** A job to look at: its time has come, or the lease of whoever ran it has ended. */
export interface DueJob {
  readonly tenantId: string;
  readonly jobId: string;
  readonly lane: string;
}

const PAGE = 200;
/** So many are looked at by time alone. When more are due, lanes are looked at one by one. */
const BY_TIME = 600;
/** Lanes one look sees, and jobs of each. */
const LANES = 500;
const OF_A_LANE = 50;
/** After every time and every id. */
const END = '\uffff';

/** Where a walk through the lanes goes on the next time. */
export interface LaneWalk {
  after: string;
}

/**
 * Due jobs of all tenants, longest due first. When many wait, those of each lane follow, so that the long queue of a
 * lane that hangs hides no other; some may come twice.
 */
export async function* dueJobs(
  ctx: SystemContext,
  walk: LaneWalk = { after: '' },
  isFull: (lane: string) => boolean = () => false,
): AsyncGenerator<DueJob> {
  const now = timestamp(ctx.ports.clock);
  let after: readonly unknown[] | undefined;
  for (let seen = 0; seen < BY_TIME; seen += PAGE) {
    const page = await ctx.ports.documents.query({
      collection: JOB_QUEUE,
      where: [['dueAt', '<=', now]],
      orderBy: [['dueAt', 'asc']],
      ...(after ? { startAfter: after } : {}),
      limit: PAGE,
    });
    yield* page.map(asDue);
    const last = page.at(-1);
    if (!last || page.length < PAGE) return;
    after = [last.data.dueAt, last.id];
  }
  yield* byLane(ctx, now, walk, isFull);
}

async function* byLane(
  { ports }: SystemContext,
  now: string,
  walk: LaneWalk,
  isFull: (lane: string) => boolean,
): AsyncGenerator<DueJob> {
  for (let lanes = 0; lanes < LANES; lanes += 1) {
    // The first entry behind all of a lane is the next lane.
    const [next] = await ports.documents.query({
      collection: JOB_QUEUE,
      orderBy: [
        ['lane', 'asc'],
        ['dueAt', 'asc'],
      ],
      startAfter: [walk.after, END, END],
      limit: 1,
    });
    walk.after = next ? asDue(next).lane : '';
    if (!next) return;
    if (isFull(walk.after) || String(next.data.dueAt) > now) continue;
    const page = await ports.documents.query({
      collection: JOB_QUEUE,
      where: [
        ['lane', '==', walk.after],
        ['dueAt', '<=', now],
      ],
      orderBy: [['dueAt', 'asc']],
      limit: OF_A_LANE,
    });
    yield* page.map(asDue);
  }
}

const asDue = ({ id, data }: StoredDocument): DueJob => ({
  tenantId: String(data.tenantId),
  jobId: id,
  lane: String(data.lane),
});
