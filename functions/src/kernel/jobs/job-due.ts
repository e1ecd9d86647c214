import { JOB_QUEUE, type SystemContext } from '../context.ts';
import { timestamp } from '../ports/clock.ts';
import type { StoredDocument } from '../ports/documents.ts';

/** A job to look at: its time has come, or the lease of whoever ran it has ended. */
export interface DueJob {
  readonly tenantId: string;
  readonly jobId: string;
  readonly lane: string;
}

/** So many are looked at by time alone. When more are due, lanes are looked at one by one. */
const BY_TIME = 100;
/** Lanes one look sees, and jobs of each at most. */
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
 * @param room how many more jobs of a lane may start
 */
export async function* dueJobs(
  ctx: SystemContext,
  walk: LaneWalk = { after: '' },
  room: (lane: string) => number = () => OF_A_LANE,
): AsyncGenerator<DueJob> {
  const now = timestamp(ctx.ports.clock);
  const oldest = await ctx.ports.documents.query({
    collection: JOB_QUEUE,
    where: [['dueAt', '<=', now]],
    orderBy: [['dueAt', 'asc']],
    limit: BY_TIME,
  });
  yield* oldest.map(asDue);
  if (oldest.length === BY_TIME) yield* byLane(ctx, now, walk, room);
}

async function* byLane(
  { ports }: SystemContext,
  now: string,
  walk: LaneWalk,
  room: (lane: string) => number,
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
    const limit = Math.min(OF_A_LANE, room(walk.after));
    if (limit <= 0 || String(next.data.dueAt) > now) continue;
    const page = await ports.documents.query({
      collection: JOB_QUEUE,
      where: [
        ['lane', '==', walk.after],
        ['dueAt', '<=', now],
      ],
      orderBy: [['dueAt', 'asc']],
      limit,
    });
    yield* page.map(asDue);
  }
}

const asDue = ({ id, data }: StoredDocument): DueJob => ({
  tenantId: String(data.tenantId),
  jobId: id,
  lane: String(data.lane),
});
