import { Parameters, type Statement } from '../compile/parameters.ts';
import type { FunnelRequest } from './request.ts';
import { dimensionOf, type JourneyContext, midnightFrom, type Rows, rowsOf, selectRows } from './rows.ts';

/** Steps that ask for the same rows share them; a repeated one takes a further row each time. */
interface Source {
  readonly rows: Rows;
  readonly steps: number[];
}

/**
 * One SELECT of `step`, `of_member`, `member`, `subjects` and `took` (the median of microseconds since the step before).
 *
 * A chain of CTEs keeps one row a subject: when it entered, and when it reached the step. The next step is the earliest
 * row that fits. Taking the earliest is right, because whatever can follow a later row can follow it as well.
 */
export function compileFunnel(context: JourneyContext, request: FunnelRequest): Statement {
  const { dialect, journey } = context;
  const parameters = new Parameters();
  const sources = sourcesOf(context, request);
  const [first] = sources;
  if (request.by !== undefined && first) dimensionOf(context, first.rows, request.by, 'by');
  const latest = request.within === undefined ? undefined : Date.parse(request.to) + request.within;
  const ctes = sources.map((source, index) => {
    const entersOnly = source.steps.every((step) => step === 0);
    const end = entersOnly ? Date.parse(request.to) : latest;
    const select = selectRows(
      context,
      source.rows,
      {
        from: request.from,
        to: end === undefined ? undefined : midnightFrom(end),
        record: repeats(source) || (index === 0 && request.by !== undefined),
        dimension: index === 0 ? request.by : undefined,
      },
      parameters,
    );
    return `rows_${index} AS (\n${repeats(source) ? numbered(select, index) : select}\n)`;
  });
  const steps = request.steps.map(
    (_, step) => `step_${step + 1} AS (\n${stepSelect(request, sources, step)}\n)`,
  );
  const noMember = journey.text('NULL');
  const reached = request.steps.map(
    (_, step) =>
      `SELECT ${step + 1} AS step, ${request.by === undefined ? noMember : 'member'} AS member, ${step === 0 ? '0' : 'took'} AS took FROM step_${step + 1}`,
  );
  const figures = `COUNT(*) AS subjects, ${dialect.median('took')} AS took FROM reached`;
  const total = `SELECT step, FALSE AS of_member, ${noMember} AS member, ${figures} GROUP BY step`;
  const sql = [
    `WITH ${[...ctes, ...steps, `reached AS (\n${reached.join('\nUNION ALL\n')}\n)`].join(', ')}`,
    ...(request.by === undefined ? [total] : [`${total}\nUNION ALL`, membersSelect(figures, request.limit)]),
    'ORDER BY step',
  ].join('\n');
  return { sql, parameters: parameters.values };
}

function sourcesOf(context: JourneyContext, { steps }: FunnelRequest): Source[] {
  const byDefinition = new Map<string, Source>();
  for (const [step, asked] of steps.entries()) {
    const rows = rowsOf(context, asked, `steps.${step}`);
    const sorted = Object.entries(asked.filters).sort(([a], [b]) => (a < b ? -1 : 1));
    const key = JSON.stringify([asked.metric, sorted]);
    const known = byDefinition.get(key);
    if (known) known.steps.push(step);
    else byDefinition.set(key, { rows, steps: [step] });
  }
  return [...byDefinition.values()];
}

const repeats = ({ steps }: Source): boolean => steps.length > 1;

/** Rows in their order on the timeline; the elements of one record are one row. */
const numbered = (select: string, index: number): string =>
  `SELECT *, DENSE_RANK() OVER (PARTITION BY subject ORDER BY occurred, row_id) AS nth_${index} FROM (\n${select}\n) AS own`;

/** Name of the column that remembers which row of a repeated source was taken last. */
const nthOf = (sources: readonly Source[]): string[] =>
  sources.flatMap((source, index) => (repeats(source) ? [`nth_${index}`] : []));

function stepSelect(request: FunnelRequest, sources: readonly Source[], step: number): string {
  const index = sources.findIndex(({ steps }) => steps.includes(step));
  const remembered = nthOf(sources);
  const own = `nth_${index}`;
  if (step === 0) return entrySelect(request, remembered, own);
  const taken = remembered.includes(own);
  const when = request.order === 'any' ? 'GREATEST(MIN(s.occurred), MIN(e.occurred))' : 'MIN(e.occurred)';
  const columns = [
    's.subject',
    ...(request.by === undefined ? [] : ['MIN(s.member) AS member']),
    'MIN(s.entered) AS entered',
    `${when} AS occurred`,
    `${when} - MIN(s.occurred) AS took`,
    ...remembered.map((name) => `MIN(${name === own ? 'e' : 's'}.${name}) AS ${name}`),
  ];
  const conditions = [
    `e.occurred >= ${request.order === 'any' ? 's.entered' : 's.occurred'}`,
    ...(request.within === undefined ? [] : [`e.occurred <= s.entered + ${request.within * 1000}`]),
    ...(taken ? [`e.${own} > s.${own}`] : []),
  ];
  return `SELECT ${columns.join(', ')} FROM step_${step} AS s JOIN rows_${index} AS e ON e.subject = s.subject\nWHERE ${conditions.join(' AND ')} GROUP BY s.subject`;
}

/** The first row in the range of each subject; of a repeated source its place, of another nothing was taken yet. */
function entrySelect(request: FunnelRequest, remembered: readonly string[], own: string): string {
  const inRange = `occurred < ${Date.parse(request.to) * 1000}`;
  if (request.by === undefined) {
    const taken = remembered.map((name) => `${name === own ? `MIN(${name})` : '0'} AS ${name}`);
    return `SELECT ${['subject', 'MIN(occurred) AS entered', 'MIN(occurred) AS occurred', ...taken].join(', ')} FROM rows_0 WHERE ${inRange} GROUP BY subject`;
  }
  const taken = remembered.map((name) => `${name === own ? name : '0'} AS ${name}`);
  const placed = `SELECT *, ROW_NUMBER() OVER (PARTITION BY subject ORDER BY occurred, row_id, member NULLS LAST) AS place FROM rows_0 WHERE ${inRange}`;
  return `SELECT ${['subject', 'member', 'occurred AS entered', 'occurred', ...taken].join(', ')} FROM (\n${placed}\n) AS found WHERE place = 1`;
}

/** The same figures of the members most subjects entered with; one more than the limit, to tell that there are more. */
function membersSelect(figures: string, limit: number): string {
  const byMember = `SELECT step, member, ${figures} GROUP BY step, member`;
  const entered = `SELECT *, MAX(CASE WHEN step = 1 THEN subjects END) OVER (PARTITION BY member) AS entered FROM (\n${byMember}\n) AS by_member`;
  const placed = `SELECT *, DENSE_RANK() OVER (ORDER BY entered DESC, member NULLS LAST) AS place FROM (\n${entered}\n) AS weighed`;
  return `SELECT step, TRUE AS of_member, member, subjects, took FROM (\n${placed}\n) AS placed WHERE place <= ${limit + 1}`;
}
