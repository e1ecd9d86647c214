import type { Scope, SystemContext } from '../../kernel/context.ts';
import type { DataOf } from '../../kernel/define.ts';
import { Problem } from '../../kernel/errors.ts';
import { type ImportJob, importFileKey, type importJobs } from '../../kernel/import-job.ts';
import type { Repository } from '../../kernel/records/repository.ts';
import { readTable } from '../../kernel/tables/read-table.ts';
import { RowReader } from '../../kernel/tables/rows.ts';
import type { Lease } from './lease.ts';
import { Tally } from './tally.ts';
import { type Unit, type UnitSource, unitsOf } from './units.ts';
import { RecordWriter } from './writer.ts';

/** A function may run nine minutes; a slice is far shorter, so that a busy platform stays fair and restarts lose little. */
const SLICE_MS = 50_000;
const PROGRESS_MS = 1_000;
/** Units written together. */
const CHUNK = 400;
/** Rows written together: large groups make large commits. */
const CHUNK_ROWS = 10_000;

/** Some seconds of work on one job, from where the last slice stopped. */
export class Slice {
  readonly #ctx: SystemContext;
  readonly #jobs: Repository<DataOf<typeof importJobs>>;
  readonly #job: ImportJob;
  readonly #scope: Scope;
  readonly #lease: Lease;
  readonly #tally: Tally;
  #reported: number;
  #cancelled = false;

  constructor(
    ctx: SystemContext,
    jobs: Repository<DataOf<typeof importJobs>>,
    job: ImportJob,
    scope: Scope,
    lease: Lease,
  ) {
    this.#ctx = ctx;
    this.#jobs = jobs;
    this.#job = job;
    this.#scope = scope;
    this.#lease = lease;
    this.#tally = new Tally(job);
    this.#reported = ctx.ports.clock.now();
  }

  async run(): Promise<'done' | 'more' | 'cancelled'> {
    const { app, ports } = this.#ctx;
    const job = this.#job;
    const collection = app.registry.collections.get(job.collection);
    if (!collection) throw new Problem('not_found', `There is no collection ${job.collection} any more.`);
    const table = await readTable(await ports.files.read(importFileKey(this.#scope.tenantId, job.id)), {
      format: job.format,
    });
    const reader = new RowReader(collection, table, { decimal: job.decimal, key: job.key });
    const writer = new RecordWriter(app, job, collection, this.#scope);
    const source: UnitSource = unitsOf(collection, table, reader, {
      skip: job.cursor,
      bytes: job.bytes,
      tick: () => this.#report(source),
    });
    // Counted from the first write: a file that takes long to sort out must still get on in every slice.
    let until: number | undefined;
    for await (const chunk of inChunks(source.units)) {
      until ??= ports.clock.now() + SLICE_MS;
      for (const outcome of await writer.write(chunk)) this.#tally.add(outcome);
      const more = ports.clock.now() > until;
      await this.#report(source, more);
      if (this.#cancelled) return 'cancelled';
      if (more) return 'more';
    }
    await this.#report(source, true);
    return this.#cancelled ? 'cancelled' : 'done';
  }

  /** Tells the job how far it is, about once a second, and learns whether it was cancelled. */
  async #report(source: UnitSource, now = false): Promise<void> {
    const { clock, documents } = this.#ctx.ports;
    if (!now && clock.now() - this.#reported < PROGRESS_MS) return;
    this.#reported = clock.now();
    await this.#lease.renew();
    const counts = await this.#tally.settle(documents, this.#scope.tenantId, this.#job.id);
    const rows = Math.max(source.rows(), this.#job.rows);
    // A later slice reads the file again from its start: the bar waits until it has caught up.
    const progress = Math.max(this.#job.progress, Math.min(99, Math.floor(source.progress() * 100)));
    const warnings = [...new Set([...this.#job.warnings, ...source.warnings()])];
    const attempts = counts.cursor > this.#job.cursor ? 0 : this.#job.attempts;
    const { state } = await this.#jobs.patch(this.#job.id, { ...counts, rows, progress, warnings, attempts });
    this.#cancelled = state !== 'running';
  }
}

async function* inChunks(batches: AsyncIterable<readonly Unit[]>): AsyncGenerator<Unit[]> {
  let chunk: Unit[] = [];
  let rows = 0;
  for await (const batch of batches)
    for (const unit of batch) {
      chunk.push(unit);
      rows += unit.rows.length;
      if (chunk.length < CHUNK && rows < CHUNK_ROWS) continue;
      yield chunk;
      chunk = [];
      rows = 0;
    }
  if (chunk.length > 0) yield chunk;
}
