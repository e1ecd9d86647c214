import { z } from 'zod';
import { defineCollection, type RecordOf } from '../../../kernel/define.ts';
import { type FieldError, Problem } from '../../../kernel/errors.ts';
import { enqueue } from '../../../kernel/jobs/jobs.ts';
import { sameJson } from '../../../kernel/records/record.ts';
import { cursor, datasets } from '../datasets.collection.ts';
import type { Cursor } from './kind.ts';
import { checkConfig, config, refuseUse } from './kinds.ts';
import { nextTime, type Schedule, schedule } from './schedule.ts';
import { keepSecrets } from './secrets.ts';

/** The job that begins a scheduled run. */
export const DUE = 'datasets.source-due';

const incremental = z.strictObject({
  /** What the source calls it; it has to be one of the dataset's columns. */
  field: z.string().min(1).max(300),
  kind: z.enum(['time', 'number', 'text']),
  /** How much is read again, for rows that come late: seconds, or a number. Only where a key tells rows that come twice. */
  lag: z.number().min(0).optional(),
});

/** A place that is read again and again into a dataset. */
export const sources = defineCollection({
  name: 'datasets.sources',
  idPrefix: 'src',
  labels: { one: 'source', many: 'sources' },
  fields: {
    name: z.string().trim().min(1).max(120),
    /** Where its rows go. It can be looked at without one, but not run. */
    datasetId: z.string().optional(),
    config,
    /** Written, never read: `secretNames` says which are kept. A name with an empty text is forgotten. */
    secrets: z.record(z.string().max(40), z.string().max(8_000)).optional(),
    schedule: schedule.optional(),
    /** `upsert` shows the newest row of each key. */
    mode: z.enum(['append', 'replace', 'upsert']).default('append'),
    /** Columns of the dataset that tell one thing from another. */
    key: z.array(z.string().max(80)).min(1).max(10).optional(),
    incremental: incremental.optional(),
    /** Whether its schedule runs. */
    active: z.boolean().default(true),
  },
  computed: {
    kind: z.string(),
    secretNames: z.array(z.string()),
    /** Sealed; `secrets.ts` says what is in it. */
    sealed: z.string().optional(),
    /** Where it stands after the last run that was loaded. */
    cursor: cursor.optional(),
    /** Its present or last run, among `datasets.loads`. */
    loadId: z.string().optional(),
    lastRunAt: z.iso.datetime().optional(),
    lastState: z.enum(['done', 'failed', 'cancelled']).optional(),
    lastError: z.string().optional(),
    /** Runs that failed since the last one that did not. */
    failures: z.int().min(0),
    /** Why it was paused, when it paused by itself. */
    pausedReason: z.string().optional(),
    nextRunAt: z.iso.datetime().optional(),
  },
  access: { read: 'editor', create: 'editor', update: 'editor', delete: 'editor' },
  secret: ['sealed', 'secrets'],
  filters: ['datasetId', 'kind', 'active', 'nextRunAt'],
  sorts: ['name', 'lastRunAt'],
  search: ['name'],
  unindexed: [
    'config',
    'cursor',
    'schedule',
    'incremental',
    'key',
    'secretNames',
    'lastError',
    'pausedReason',
  ],
  example: {
    name: 'Daily orders',
    config: { kind: 'rest', url: 'https://example.com/orders', records: 'data' },
    schedule: { every: 'daily', at: '06:30', timezone: 'Europe/Berlin' },
  },
  warehouse: 'none',
  transactional: () => true,
  prepare: async (draft, { operation, previous, id, now, transaction, app }) => {
    const { secrets: given, ...rest } = draft;
    const columns =
      draft.datasetId === undefined
        ? undefined
        : ((await transaction?.asSystem('source').repo(datasets).get(draft.datasetId))?.columns ?? []);
    // What was right once may be refused later, such as an address; a run says so then.
    const pointed = !sameJson(draft.config, previous?.config);
    if (pointed && transaction) refuseUse(draft.config, transaction.caller);
    const errors = [
      ...checkRows(draft, columns),
      ...(pointed
        ? checkConfig(draft.config, app).map((error) => ({ ...error, path: `config.${error.path}` }))
        : []),
    ];
    const kept = await keepSecrets(app, id, draft.config, given, previous, errors);
    if (errors.length > 0) throw new Problem('invalid', 'There are fields to correct.', { errors });
    const begun = draft.active && previous?.active !== true;
    const next = nextRun(draft, previous, operation === 'restore' || begun, now);
    if (next !== undefined && next !== previous?.nextRunAt) {
      const due = app.registry.jobs.get(DUE);
      if (!due || !transaction) throw new TypeError('a schedule needs its job and a transaction');
      await enqueue(transaction, due, { sourceId: id, at: next }, { dueAt: next, key: `${id} ${next}` });
    }
    const { nextRunAt: _next, pausedReason, cursor: at, ...fields } = rest;
    const stands = at && stillStands(at, draft, previous);
    return {
      ...fields,
      ...kept,
      ...(stands ? { cursor: stands } : {}),
      kind: draft.config.kind,
      failures: begun ? 0 : (draft.failures ?? 0),
      ...(next === undefined ? {} : { nextRunAt: next }),
      ...(draft.active || pausedReason === undefined ? {} : { pausedReason }),
    };
  },
});
export type Source = RecordOf<typeof sources>;

/** What of a source is checked across its fields. */
interface Draft {
  readonly datasetId?: string | undefined;
  readonly mode: 'append' | 'replace' | 'upsert';
  readonly key?: readonly string[] | undefined;
  readonly incremental?: z.output<typeof incremental> | undefined;
  readonly schedule?: Schedule | undefined;
  readonly active: boolean;
  readonly nextRunAt?: string | undefined;
}

/** When it runs next: as a run has set it, or by the schedule when that is new or begins again. */
function nextRun(draft: Draft, previous: Draft | undefined, begun: boolean, now: string): string | undefined {
  if (!draft.schedule || !draft.active) return undefined;
  if (sameJson(draft.schedule, previous?.schedule) && !begun && draft.nextRunAt !== undefined)
    return draft.nextRunAt;
  return new Date(nextTime(draft.schedule, Date.parse(now))).toISOString();
}

/** What remains of where a source stands: another dataset gets all of it, another field begins at its beginning. */
function stillStands(at: Cursor, draft: Draft, previous: Draft | undefined): Cursor | undefined {
  if (!previous) return at;
  // Batches of events that were loaded are not read again.
  if (draft.datasetId !== previous.datasetId) return at.batch === undefined ? undefined : { batch: at.batch };
  const { greatest: _greatest, ...rest } = at;
  const of = ({ incremental }: Draft) => [incremental?.field, incremental?.kind];
  return sameJson(of(draft), of(previous)) ? at : rest;
}

/** Names that DuckDB gives to where a row stands, by which the newest of a key is found. */
const PLACES: readonly string[] = ['file_index', 'file_row_number', 'filename'];

function checkRows(
  { mode, key, incremental, datasetId }: Draft,
  columns: readonly { readonly name: string; readonly source: string }[] | undefined,
): FieldError[] {
  const errors: FieldError[] = [];
  const refuse = (path: string, message: string, code: string): void =>
    void errors.push({ path, message, code });
  if (mode === 'upsert' && !key) refuse('key', 'Name the columns that tell one row from another.', 'missing');
  if (mode !== 'upsert' && incremental?.lag)
    refuse('incremental.lag', 'Rows that come twice need a key, and the mode upsert.', 'needs_key');
  if (mode === 'replace' && incremental)
    refuse('incremental', 'What is replaced each time has to be read as a whole.', 'needs_append');
  if (incremental?.kind === 'text' && incremental.lag)
    refuse('incremental.lag', 'Texts have no distance.', 'no_distance');
  if (columns === undefined) return errors;
  if (columns.length === 0)
    refuse('datasetId', `There is no dataset ${String(datasetId).slice(0, 60)}.`, 'unknown_dataset');
  else {
    for (const [index, name] of (key ?? []).entries())
      if (!columns.some((column) => column.name === name))
        refuse(`key.${index}`, `The dataset has no column ${name}.`, 'unknown_column');
    if (incremental && !columns.some(({ source }) => source === incremental.field))
      refuse('incremental.field', 'The dataset has no column from this field.', 'unknown_column');
    const taken = key && columns.find(({ name }) => PLACES.includes(name));
    if (taken) refuse('key', `With a key no column can be called ${taken.name}.`, 'reserved_column');
  }
  return errors;
}
