import { z } from 'zod';
import { defineEndpoint } from '../../../kernel/define.ts';
import type { QueryResult } from '../../../kernel/ports/warehouse.ts';
import type { Asker } from '../catalogue.ts';
import { compileFunnel } from './compile-funnel.ts';
import { type FunnelRequest, funnelRequest } from './request.ts';
import { ran, runJourney, shareOf } from './run.ts';

const step = z.object({
  metric: z.string(),
  label: z.string(),
  /** How many got here. */
  subjects: z.number(),
  /** Of those who entered; null when nobody did. */
  share: z.number().nullable(),
  /** Of those at the step before; null for the first step. */
  shareOfPrevious: z.number().nullable(),
  /** Median of the seconds since the step before, of those who got here; null for the first step. */
  medianSeconds: z.number().nullable(),
});

const output = ran.extend({
  steps: z.array(step),
  /** With `by`: those who entered with most subjects first. */
  members: z.array(z.object({ member: z.string().nullable(), steps: z.array(step) })).optional(),
  /** Whether there are more members than `limit`. */
  truncated: z.boolean(),
});
type Funnel = z.output<typeof output>;

/**
 * A subject enters with its first row of step one in the range, and reaches each further step with the earliest row
 * that is not before the step before (`any`: not before it entered) nor past the window. Rows of the same moment
 * count in step order. A step asked for twice, metric and filters alike, takes two rows.
 */
export const funnel = defineEndpoint({
  name: 'analytics.funnel',
  summary: 'How many contacts go from step to step, and how long it takes them.',
  access: 'viewer',
  input: funnelRequest,
  output,
  example: {
    steps: [{ metric: 'new-contacts' }, { metric: 'orders', label: 'First order' }, { metric: 'payments' }],
    within: 'P90D',
    from: '2026-01-01',
    to: '2027-01-01',
    by: 'source',
  },
  handle: (ctx, input) => computeFunnel(ctx, input),
});

export async function computeFunnel(asker: Asker, request: FunnelRequest): Promise<Funnel> {
  const answer = await runJourney(
    asker,
    request.steps.map(({ metric }) => metric),
    (context) => compileFunnel(context, request),
  );
  const labels = request.steps.map(
    ({ metric, label }) => label ?? answer.context.catalogue.metrics.get(metric)?.label ?? metric,
  );
  const steps = (rows: QueryResult['rows']): Funnel['steps'] => stepsOf(request, labels, rows);
  const [total = [], ofMembers = []] = [false, true].map((ofMember) =>
    answer.rows.filter((row) => row.of_member === ofMember),
  );
  const members = [...Map.groupBy(ofMembers, (row) => row.member)]
    .map(([member, rows]) => ({ member: typeof member === 'string' ? member : null, steps: steps(rows) }))
    .sort((a, b) => entered(b.steps) - entered(a.steps) || byName(a.member, b.member));
  return {
    steps: steps(total),
    ...(request.by === undefined ? {} : { members: members.slice(0, request.limit) }),
    truncated: members.length > request.limit,
    ...answer.ran,
  };
}

function stepsOf(
  { steps }: FunnelRequest,
  labels: readonly string[],
  rows: QueryResult['rows'],
): Funnel['steps'] {
  const counts = steps.map((_, index) =>
    Number(rows.find((row) => Number(row.step) === index + 1)?.subjects ?? 0),
  );
  return steps.map(({ metric }, index) => {
    const [subjects, before] = [counts[index] ?? 0, counts[index - 1]];
    const took = rows.find((row) => Number(row.step) === index + 1)?.took;
    return {
      metric,
      label: labels[index] ?? metric,
      subjects,
      share: shareOf(subjects, counts[0] ?? 0),
      shareOfPrevious: before === undefined ? null : shareOf(subjects, before),
      medianSeconds: before === undefined || took == null ? null : Number(took) / 1_000_000,
    };
  });
}

const entered = (steps: Funnel['steps']): number => steps[0]?.subjects ?? 0;

/** As the statement orders those with equally many: by name, those without one last. */
const byName = (a: string | null, b: string | null): number =>
  a === null || b === null ? Number(a === null) - Number(b === null) : a < b ? -1 : 1;
