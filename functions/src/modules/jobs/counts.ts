import { z } from 'zod';
import { defineEndpoint } from '../../kernel/define.ts';
import { JOB_STATES, jobs } from '../../kernel/jobs/jobs.ts';

const count = z.int();
const states = z.object({ scheduled: count, running: count, done: count, dead: count, cancelled: count });

export const counts = defineEndpoint({
  name: 'jobs.jobs.counts',
  method: 'GET',
  summary: 'How many jobs there are of each state and kind, and how long the oldest has been due',
  access: 'admin',
  input: z.strictObject({}),
  output: z.object({
    ...states.shape,
    /** Seconds for which the oldest job that is due has been waiting; 0 when none waits. */
    lateSeconds: z.number(),
    /** Kinds of which there are jobs. */
    kinds: z.array(z.object({ kind: z.string(), ...states.shape })),
  }),
  example: {},
  handle: async (ctx) => {
    const collection = `tenants/${ctx.tenantId}/${jobs.key}`;
    const of = async (kind?: string) => {
      const narrowed = kind === undefined ? [] : ([['kind', '==', kind]] as const);
      const numbers = JOB_STATES.map(
        async (state) =>
          [
            state,
            await ctx.ports.documents.count({ collection, where: [['state', '==', state], ...narrowed] }),
          ] as const,
      );
      return states.parse(Object.fromEntries(await Promise.all(numbers)));
    };
    const kinds = await Promise.all(
      [...ctx.app.registry.jobs.keys()].toSorted().map(async (kind) => ({ kind, ...(await of(kind)) })),
    );
    const oldest = await ctx.repo(jobs).list({
      filters: [{ field: 'state', operator: 'eq', value: 'scheduled' }],
      sort: [{ field: 'dueAt', direction: 'asc' }],
      limit: 1,
    });
    const late = ctx.ports.clock.now() - Date.parse(oldest.items[0]?.dueAt ?? '');
    return {
      ...(await of()),
      lateSeconds: late > 0 ? late / 1_000 : 0,
      kinds: kinds.filter((one) => JOB_STATES.some((state) => one[state] > 0)),
    };
  },
});
