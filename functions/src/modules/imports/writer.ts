import { createHash } from 'node:crypto';
import type { App, Scope } from '../../kernel/context.ts';
import type { Collection } from '../../kernel/define.ts';
import { asProblem, Problem } from '../../kernel/errors.ts';
import type { ImportJob } from '../../kernel/import-job.ts';
import { isJoined, type Scalar } from '../../kernel/list-query.ts';
import { CommitConflict, type DocumentWrite, StoreUnavailable } from '../../kernel/ports/documents.ts';
import type { RecordMeta } from '../../kernel/record.ts';
import type { Repository } from '../../kernel/repository.ts';
import type { RowError } from '../../kernel/tables/rows.ts';
import { becauseOf, type Unit } from './units.ts';

/** What became of a unit. */
export interface Outcome {
  readonly unit: Unit;
  readonly result: 'created' | 'updated' | 'unchanged' | 'refused';
  readonly errors: readonly RowError[];
}

/** One commit holds at most this many new records, and about this much text. */
const COMMIT_RECORDS = 100;
const COMMIT_CHARACTERS = 2_000_000;
/** Commits and single writes under way at once. */
const PARALLEL = 4;
/** Values one lookup may ask for (a limit of Firestore's `in`). */
const LOOKUP = 30;

type AnyRepository = Repository<Record<string, unknown>>;
type AnyRecord = Record<string, unknown> & RecordMeta;
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
  /** Unique values a dry run has seen. */
  readonly #claimed = new Set<string>();

  constructor(app: App, job: ImportJob, collection: Collection, scope: Scope) {
    this.#app = app;
    this.#job = job;
    this.#collection = collection;
    this.#scope = scope;
    this.#repo = scope.repo(collection) as AnyRepository;
  }

  /** Throws only when nothing can be written at all; then the units may be given again. */
  async write(units: readonly Unit[]): Promise<Outcome[]> {
    const refused = units
      .filter(({ errors }) => errors.length > 0)
      .map((unit): Outcome => ({ unit, result: 'refused', errors: unit.errors }));
    const good = units.filter(({ errors }) => errors.length === 0);
    const { key } = this.#job;
    return [...refused, ...(key === undefined ? await this.#create(good) : await this.#upsert(good, key))];
  }

  async #create(units: readonly Unit[]): Promise<Outcome[]> {
    const outcomes: Outcome[] = [];
    const commits: Prepared[][] = [[]];
    let characters = 0;
    for (const unit of units) {
      const id = recordId(this.#collection.options.idPrefix, this.#job, unit.ordinal);
      if (this.#collection.options.transactional?.(unit.data, undefined)) {
        outcomes.push(await this.#attempt(unit, () => this.#createOne(unit, id)));
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
    const written = await inParallel(commits, (commit) =>
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
    for (const { unit, id } of missing)
      outcomes.push(await this.#attempt(unit, () => this.#createOne(unit, id)));
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

  /** Units with a value of the key that is there update its record; of several in the file with the same value the later one updates the earlier. */
  async #upsert(units: readonly Unit[], key: string): Promise<Outcome[]> {
    const outcomes: Outcome[] = [];
    for (let rest = units; rest.length > 0; ) {
      const wave = new Map<Scalar, Unit>();
      const later: Unit[] = [];
      for (const unit of rest) {
        const value = this.#keyOf(unit, key);
        if (value === undefined) outcomes.push(refusal(unit, invalid(key, 'The key is empty or not valid.')));
        else if (wave.has(value)) later.push(unit);
        else wave.set(value, unit);
      }
      outcomes.push(...(await this.#upsertWave(wave, key)));
      rest = later;
    }
    return outcomes;
  }

  async #upsertWave(wave: ReadonlyMap<Scalar, Unit>, key: string): Promise<Outcome[]> {
    const existing = await this.#lookup([...wave.keys()], key);
    const fresh: Unit[] = [];
    const known: { unit: Unit; record: RecordMeta }[] = [];
    const outcomes: Outcome[] = [];
    for (const [value, unit] of wave) {
      const [record, ...others] = existing.get(value) ?? [];
      if (others.length > 0) outcomes.push(refusal(unit, invalid(key, 'Several records have this value.')));
      else if (record) known.push({ unit, record });
      else if (key === 'id')
        outcomes.push(
          refusal(unit, invalid(key, 'There is no such record. Leave the id out to make a new one.')),
        );
      else fresh.push(unit);
    }
    const updated = await inParallel(known, ({ unit, record }) =>
      this.#attempt(unit, () => this.#update(unit, record, key)),
    );
    return [...outcomes, ...updated, ...(await this.#create(fresh))];
  }

  async #update(unit: Unit, record: RecordMeta, key: string): Promise<Outcome['result']> {
    const { [key]: _key, ...patch } = unit.data;
    const updated = this.#job.dryRun
      ? await this.#rehearse((repo) => repo.patch(record.id, patch))
      : await this.#repo.patch(record.id, patch);
    return updated.version === record.version ? 'unchanged' : 'updated';
  }

  /** The value of the key as the schema stores it (an address in lower case, say). */
  #keyOf(unit: Unit, key: string): Scalar | undefined {
    const schema = this.#collection.options.fields[key] as
      | { safeParse(value: unknown): { data?: unknown } }
      | undefined;
    const value = schema ? schema.safeParse(unit.data[key]).data : unit.data[key];
    return value === undefined || value === null || value === '' || typeof value === 'object'
      ? undefined
      : (value as Scalar);
  }

  async #lookup(values: readonly Scalar[], key: string): Promise<Map<unknown, AnyRecord[]>> {
    const found = new Map<unknown, AnyRecord[]>();
    const groups = Array.from({ length: Math.ceil(values.length / LOOKUP) }, (_, index) =>
      values.slice(index * LOOKUP, (index + 1) * LOOKUP),
    );
    const pages = await inParallel(groups, (group) => this.#find(group, key));
    for (const record of pages.flat()) found.set(record[key], [...(found.get(record[key]) ?? []), record]);
    return found;
  }

  /** The records with one of these values, always by an index: a list that had to look at every record would miss some. */
  async #find(values: readonly Scalar[], key: string): Promise<AnyRecord[]> {
    if (key === 'id') {
      const records = await Promise.all(values.map((id) => this.#repo.get(String(id))));
      return records.filter((record) => record !== undefined);
    }
    if (isJoined(this.#collection, key, 'createdAt'))
      return (
        await this.#repo.list({ filters: [{ field: key, operator: 'in', value: values }], limit: 1_000 })
      ).items;
    const pages = await Promise.all(
      values.map((value) =>
        this.#repo.list({
          filters: [{ field: key, operator: 'eq', value }],
          sort: [{ field: key, direction: 'asc' }],
          limit: 2,
        }),
      ),
    );
    return pages.flatMap(({ items }) => items);
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

  async #attempt(unit: Unit, work: () => Promise<Outcome['result']>): Promise<Outcome> {
    try {
      return { unit, result: await work(), errors: [] };
    } catch (error) {
      return refusal(unit, error);
    }
  }
}

const invalid = (path: string, message: string): Problem =>
  new Problem('invalid', message, { errors: [{ path, message, code: 'bad_key' }] });

/** Why a unit was refused, told at the rows concerned. Rethrows what is no fault of the file. */
function refusal(unit: Unit, error: unknown): Outcome {
  if (error instanceof StoreUnavailable) throw error;
  const problem = asProblem(error);
  if (problem.status >= 500 || problem.code === 'conflict') throw error;
  const [first = { row: 0, line: 0 }] = unit.rows;
  const errors: RowError[] = (problem.errors ?? [{ path: '', message: problem.message }]).map(
    ({ path, message }) => {
      // `lines.3.quantity` is the fourth row's: its field there is `lines.quantity`.
      const [, list, index, rest] = /^([^.]+)\.(\d+)(?:\.(.+))?$/.exec(path) ?? [];
      const place = (unit.rows.length > 1 && index !== undefined && unit.rows[Number(index)]) || first;
      return {
        ...place,
        field: list !== undefined && rest !== undefined && unit.rows.length > 1 ? `${list}.${rest}` : path,
        message,
      };
    },
  );
  const concerned = new Set(errors.map(({ row }) => row));
  const broken = errors[0]?.row ?? first.row;
  return {
    unit,
    result: 'refused',
    errors: [
      ...errors,
      ...unit.rows.filter(({ row }) => !concerned.has(row)).map((place) => becauseOf(place, broken)),
    ],
  };
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

/** Runs some of the work at once, and answers in the order of the items. */
async function inParallel<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (let at = 0; at < items.length; at += PARALLEL)
    results.push(...(await Promise.all(items.slice(at, at + PARALLEL).map(work))));
  return results;
}
