import { createHash } from 'node:crypto';
import type { App, Scope } from '../../kernel/context.ts';
import type { Collection } from '../../kernel/define.ts';
import { Problem } from '../../kernel/errors.ts';
import type { ImportJob } from '../../kernel/import-job.ts';
import { inParallel } from '../../kernel/in-parallel.ts';
import { CommitConflict, type DocumentWrite } from '../../kernel/ports/documents.ts';
import type { Repository } from '../../kernel/records/repository.ts';
import { attempt, type Outcome, PARALLEL, refusal } from './outcome.ts';
import type { Unit } from './units.ts';
import { Upserts } from './upsert.ts';

/** One commit holds at most this many new records, and about this much text. */
const COMMIT_RECORDS = 100;
const COMMIT_CHARACTERS = 2_000_000;

type AnyRepository = Repository<Record<string, unknown>>;
interface Prepared {
  readonly unit: Unit;
  readonly id: string;
  readonly writes: readonly DocumentWrite[];
}

/**
 * Writes units as records with the rights of whoever sent the file. The id of a new record follows from the job and
 * the unit, so writing a unit again, after a crash, finds the record of the first time.
 */
export class RecordWriter {
  readonly #app: App;
  readonly #job: ImportJob;
  readonly #collection: Collection;
  readonly #scope: Scope;
  readonly #repo: AnyRepository;
  readonly #upserts: Upserts | undefined;
  /** Unique values a dry run has seen. */
  readonly #claimed = new Set<string>();

  constructor(app: App, job: ImportJob, collection: Collection, scope: Scope) {
    this.#app = app;
    this.#job = job;
    this.#collection = collection;
    this.#scope = scope;
    this.#repo = scope.repo(collection) as AnyRepository;
    this.#upserts =
      job.key === undefined
        ? undefined
        : new Upserts(collection, this.#repo, job.key, {
            create: (units) => this.#create(units),
            idOf: (unit) => this.#idOf(unit),
            patch: (id, patch) =>
              job.dryRun ? this.#rehearse((repo) => repo.patch(id, patch)) : this.#repo.patch(id, patch),
          });
  }

  /** Throws only when nothing can be written at all; then the units may be given again. */
  async write(units: readonly Unit[]): Promise<Outcome[]> {
    const refused = units
      .filter(({ errors }) => errors.length > 0)
      .map((unit): Outcome => ({ unit, result: 'refused', errors: unit.errors }));
    const good = units.filter(({ errors }) => errors.length === 0);
    return [...refused, ...(await (this.#upserts ? this.#upserts.write(good) : this.#create(good)))];
  }

  #idOf({ ordinal }: Unit): string {
    return recordId(this.#collection.options.idPrefix, this.#job, ordinal);
  }

  async #create(units: readonly Unit[]): Promise<Outcome[]> {
    const outcomes: Outcome[] = [];
    const commits: Prepared[][] = [[]];
    let characters = 0;
    for (const unit of units) {
      const id = this.#idOf(unit);
      if (this.#collection.options.transactional?.(unit.data, undefined)) {
        outcomes.push(await attempt(unit, () => this.#createOne(unit, id)));
        continue;
      }
      try {
        const { writes } = await this.#repo.prepareCreate(unit.data, id);
        const size = writes.reduce(
          (sum, write) => sum + (write.kind === 'set' ? String(write.data.patch ?? '').length * 2 : 0),
          0,
        );
        if ((commits.at(-1)?.length ?? 0) >= COMMIT_RECORDS || characters + size > COMMIT_CHARACTERS) {
          commits.push([]);
          characters = 0;
        }
        commits.at(-1)?.push({ unit, id, writes });
        characters += size;
      } catch (error) {
        outcomes.push(refusal(unit, error));
      }
    }
    const written = await inParallel(commits, PARALLEL, (commit) =>
      this.#job.dryRun ? this.#checkFree(commit) : this.#commit(commit),
    );
    return [...outcomes, ...written.flat()];
  }

  /** All at once; when one of them stands in the way, one by one, to find out which. */
  async #commit(prepared: readonly Prepared[]): Promise<Outcome[]> {
    if (await this.#committed(prepared))
      return prepared.map(({ unit }) => ({ unit, result: 'created', errors: [] }));
    const paths = prepared.map(({ id }) => `tenants/${this.#scope.tenantId}/${this.#collection.key}/${id}`);
    const stored = await this.#app.ports.documents.getAll(paths);
    // A record with this id was made by this very job, before it was interrupted.
    const missing = prepared.filter((_, index) => !stored[index]);
    const done = prepared
      .filter((_, index) => stored[index])
      .map(({ unit }): Outcome => ({ unit, result: 'created', errors: [] }));
    if (done.length > 0) return [...done, ...(await this.#commit(missing))];
    const outcomes: Outcome[] = [];
    for (const { unit, id } of missing) outcomes.push(await attempt(unit, () => this.#createOne(unit, id)));
    return outcomes;
  }

  /** False when a record or one of its unique values is there already; then nothing was written. */
  async #committed(prepared: readonly Prepared[]): Promise<boolean> {
    if (prepared.length === 0) return true;
    try {
      await this.#app.ports.documents.commit(prepared.flatMap(({ writes }) => writes));
      return true;
    } catch (error) {
      if (error instanceof CommitConflict) return false;
      throw error;
    }
  }

  async #createOne(unit: Unit, id: string): Promise<Outcome['result']> {
    if (this.#job.dryRun) {
      await this.#rehearse((repo) => repo.create(unit.data, { id }));
      return 'created';
    }
    try {
      await this.#repo.create(unit.data, { id });
    } catch (error) {
      const ours =
        error instanceof Problem &&
        error.code === 'already_exists' &&
        (await this.#scope.asSystem('import').repo(this.#collection).get(id));
      if (!ours) throw error;
    }
    return 'created';
  }

  /** A dry run's look at the values that must be unique: those in store, and those earlier in the file. */
  async #checkFree(prepared: readonly Prepared[]): Promise<Outcome[]> {
    const guards = prepared.map(({ writes }) =>
      writes.flatMap(({ path }) => (path.includes('/unique/') ? [path] : [])),
    );
    const stored = await this.#app.ports.documents.getAll(guards.flat());
    const taken = new Set(stored.flatMap((document) => (document ? [document.path] : [])));
    return prepared.map(({ unit }, index) => {
      const conflict = guards[index]?.find((path) => taken.has(path) || this.#claimed.has(path));
      for (const path of guards[index] ?? []) this.#claimed.add(path);
      if (conflict === undefined) return { unit, result: 'created', errors: [] };
      return refusal(
        unit,
        new Problem('already_exists', '', {
          errors: [
            {
              path: conflict.split(':').at(-2) ?? '',
              message: 'Another record has this value.',
              code: 'not_unique',
            },
          ],
        }),
      );
    });
  }

  /** Does the work in a transaction that is then given up: everything is checked, nothing written. */
  async #rehearse<T>(work: (repo: AnyRepository) => Promise<T>): Promise<T> {
    let done: { readonly value: T } | undefined;
    const rollback = new Error('rehearsal');
    try {
      await this.#scope.transaction(async (transaction) => {
        done = { value: await work(transaction.repo(this.#collection) as AnyRepository) };
        throw rollback;
      });
    } catch (error) {
      if (error !== rollback) throw error;
    }
    if (!done) throw new TypeError('the rehearsal came to no end');
    return done.value;
  }
}

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const base32 = (value: number, length: number): string =>
  Array.from({ length }, (_, index) => ALPHABET[Math.floor(value / 32 ** (length - 1 - index)) % 32]).join(
    '',
  );

/** An id of the usual look (26 characters, by time): the job's time, the unit's place in the file, and 45 bits of a hash of both. */
export function recordId(prefix: string, job: ImportJob, ordinal: number): string {
  const digest = createHash('sha256').update(`${job.id}/${ordinal}`).digest();
  return `${prefix}_${base32(Date.parse(job.createdAt), 10)}${base32(ordinal, 7)}${base32(digest.readUIntBE(0, 6) % 32 ** 9, 9)}`;
}
