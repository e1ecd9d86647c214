import type { JobScope, TransactionScope } from '../../../kernel/context.ts';
import { JobAbandoned, keyedId, secondsAfter } from '../../../kernel/jobs/jobs.ts';
import { timestamp } from '../../../kernel/ports/clock.ts';
import type { LoadOutcome } from '../../../kernel/ports/datasets.ts';
import { datasets, type Load, loads, type Part, tagOf } from '../datasets.collection.ts';
import { dialectOf } from '../sql.ts';
import { compactSoon } from './compact.ts';
import type { Cursor, Since } from './kind.ts';
import { notices } from './notices.collection.ts';
import { type Source, sources } from './sources.collection.ts';

/** The job that fetches what a run loads. */
export const FETCHING = 'datasets.fetch';
export const fetchJobId = (tenantId: string, loadId: string): string => keyedId(tenantId, FETCHING, loadId);

/** So long the rows of a dataset with a key may be counted. */
const COUNT_MS = 30_000;
/** With so many failures in a row a source pauses. */
export const MAX_FAILURES = 5;
/** Seconds until the next run after a failure, doubled with each more; a schedule that pauses longer stays as it is. */
const BACKOFF = { base: 60, max: 6 * 3_600 };

/** The cursor with the greatest value that a run has loaded, when the source is read incrementally. */
export async function cursorAfter(
  { scope, ports }: JobScope,
  load: Load,
  { rows: count }: Pick<LoadOutcome, 'rows'>,
): Promise<Cursor | undefined> {
  const { sourceId, cursorAfter: fetched } = load;
  if (sourceId === undefined || fetched === undefined) return undefined;
  const source = await scope.repo(sources).get(sourceId);
  const dataset = await scope.repo(datasets).get(load.datasetId);
  const { incremental } = source ?? {};
  const column = dataset?.columns.find((one) => one.source === incremental?.field);
  if (!incremental || !column || count === 0) return fetched;
  const relation = ports.datasets.relation(scope.tenantId, load.datasetId, [load.id]);
  const sql = `SELECT max(${dialectOf(ports).quote(column.name)}) AS greatest FROM ${relation}`;
  const { rows } = await ports.warehouse.query(sql, [], { timeoutMs: 60_000, maxRows: 1 });
  const greatest = boundOf(rows[0]?.greatest, incremental.kind);
  return greatest !== undefined && isGreater(greatest, fetched.greatest, incremental.kind)
    ? { ...fetched, greatest }
    : fetched;
}

/** A value as `Since` has it; undefined when there is none. */
function boundOf(value: unknown, kind: Since['kind']): string | undefined {
  if (typeof value !== 'string' && typeof value !== 'number') return undefined;
  if (kind !== 'time') return String(value);
  const [, day = '', time = 'T00:00:00', fraction = ''] =
    /^(\d{4}-\d\d-\d\d)(T\d\d:\d\d:\d\d)?(?:\.(\d+))?Z?$/.exec(String(value)) ?? [];
  return day === '' ? undefined : `${day}${time}.${fraction.slice(0, 6).padEnd(6, '0')}Z`;
}

/** A run that reads some of the last one's rows again may bring nothing newer. */
function isGreater(value: string, known: Cursor[string] | undefined, kind: Since['kind']): boolean {
  if (known === undefined) return true;
  return kind === 'number' ? Number(value) > Number(known) : value > String(known);
}

/** The run is loaded: where the source stands moves in the transaction that shows its rows. */
export async function noteLoaded(
  transaction: TransactionScope,
  load: Load,
  cursor: Cursor | undefined,
  now: string,
): Promise<void> {
  if (load.sourceId === undefined) return;
  await compactSoon(transaction, await transaction.repo(datasets).require(load.datasetId), load.id);
  await patchSource(transaction, load, (source) => ({
    lastState: 'done',
    lastRunAt: now,
    lastError: null,
    failures: 0,
    ...(cursor ? { cursor: replaced(source.cursor, cursor) } : {}),
  }));
}

/**
 * A run that brought no row is done: nothing is new, or, with a cursor, the source is empty, which a dataset that it
 * replaces then is too.
 */
export async function finishWithout({ scope, ports }: JobScope, load: Load, cursor?: Cursor): Promise<void> {
  const now = timestamp(ports.clock);
  const gone = await scope.transaction(async (transaction) => {
    const repo = transaction.repo(loads);
    const { state } = await repo.require(load.id);
    if (state !== 'queued' && state !== 'running') throw new JobAbandoned(`The run is ${state}.`);
    const { parts } = await transaction.repo(datasets).require(load.datasetId);
    const replaced = load.mode === 'replace' && cursor !== undefined ? parts : [];
    if (replaced.length > 0)
      await transaction.repo(datasets).patch(load.datasetId, { parts: [], loadedAt: now });
    const none = { progress: 100, rows: 0, quarantined: 0, finishedAt: now };
    await repo.patch(load.id, { state: 'done', ...none, ...(cursor ? { cursorAfter: cursor } : {}) });
    await noteLoaded(transaction, load, cursor, now);
    return replaced;
  });
  for (const { name } of gone)
    await ports.datasets.remove({ tenantId: scope.tenantId, datasetId: load.datasetId, part: name });
}

/** What makes one cursor of another, as a merge patch. */
const replaced = (before: Cursor = {}, after: Cursor): Record<string, unknown> => ({
  ...Object.fromEntries(Object.keys(before).map((name) => [name, null])),
  ...after,
});

/** The run came to nothing. Where the source stands stays, so the next run fetches the same again. */
export async function noteEnded(
  transaction: TransactionScope,
  load: Load,
  { state, error = '' }: { readonly state: 'failed' | 'cancelled'; readonly error?: string },
  now: string,
): Promise<void> {
  const ended = { lastState: state, lastRunAt: now };
  if (state === 'cancelled') return patchSource(transaction, load, () => ended);
  await patchSource(transaction, load, async (source) => {
    const failures = source.failures + 1;
    const failed = { ...ended, lastError: error, failures };
    if (failures < MAX_FAILURES || !source.active) return { ...failed, ...putOff(source, failures, now) };
    await transaction.repo(notices).create({
      sourceId: source.id,
      source: source.name,
      datasetId: load.datasetId,
      kind: 'paused',
      failures,
      reason: error,
    });
    return { ...failed, active: false, pausedReason: `It failed ${failures} times in a row: ${error}` };
  });
}

function putOff({ nextRunAt }: Source, failures: number, now: string): { readonly nextRunAt?: string } {
  const earliest = secondsAfter(now, Math.min(BACKOFF.max, BACKOFF.base * 2 ** (failures - 1)));
  return nextRunAt !== undefined && nextRunAt < earliest ? { nextRunAt: earliest } : {};
}

/** The source may be gone, or have been given another run. */
async function patchSource(
  transaction: TransactionScope,
  { id, sourceId }: Load,
  patch: (source: Source) => object | Promise<object>,
): Promise<void> {
  const source = sourceId === undefined ? undefined : await transaction.repo(sources).get(sourceId);
  if (source?.loadId !== id) return;
  await transaction.repo(sources).patch(source.id, await patch(source));
}

/**
 * What a load makes of a dataset's key, as a patch: with `upsert` rows are replaced by newer ones with the same, and what
 * is replaced as a whole stands as it came. With it, how many rows are shown then, unless that takes long to count.
 */
export async function keyedBy({ scope, ports, log }: JobScope, load: Load, part: Part): Promise<object> {
  if (load.mode === 'replace') return { key: null, shown: null };
  const dataset = await scope.repo(datasets).require(load.datasetId);
  const source = load.mode === 'upsert' ? await scope.repo(sources).get(load.sourceId ?? '') : undefined;
  const key = source?.key ?? dataset.key;
  if (!key) return {};
  const parts = [...dataset.parts.filter(({ name }) => name !== part.name), part];
  const names = parts.map(({ name }) => name);
  const relation = ports.datasets.relation(scope.tenantId, dataset.id, names, key);
  try {
    const limits = { timeoutMs: COUNT_MS, maxRows: 1 };
    const { rows } = await ports.warehouse.query(`SELECT count(*) AS shown FROM ${relation}`, [], limits);
    return { key, shown: { rows: Number(rows[0]?.shown), of: tagOf(parts) } };
  } catch (error) {
    log.warn({ err: error, datasetId: dataset.id }, 'the rows of a dataset with a key were not counted');
    return { key };
  }
}
