import type { Collection } from '../../kernel/define.ts';
import { inParallel } from '../../kernel/in-parallel.ts';
import type { Scalar } from '../../kernel/lists/list-query.ts';
import { isJoined } from '../../kernel/lists/query-plan.ts';
import type { RecordMeta } from '../../kernel/records/record.ts';
import type { Repository } from '../../kernel/records/repository.ts';
import { attempt, invalid, type Outcome, PARALLEL, refusal } from './outcome.ts';
import type { Unit } from './units.ts';

/** Values one lookup may ask for (a limit of Firestore's `in`). */
const LOOKUP = 30;

type AnyRepository = Repository<Record<string, unknown>>;
type AnyRecord = Record<string, unknown> & RecordMeta;

/** How records are written; a dry run only rehearses. */
export interface Writes {
  create(units: readonly Unit[]): Promise<Outcome[]>;
  /** The id a new record of this unit gets. */
  idOf(unit: Unit): string;
  patch(id: string, patch: Readonly<Record<string, unknown>>): Promise<RecordMeta>;
}

/** Writes units by a key: those whose value is there update its record, the others are made. */
export class Upserts {
  readonly #collection: Collection;
  readonly #repo: AnyRepository;
  readonly #key: string;
  readonly #writes: Writes;

  constructor(collection: Collection, repo: AnyRepository, key: string, writes: Writes) {
    this.#collection = collection;
    this.#repo = repo;
    this.#key = key;
    this.#writes = writes;
  }

  /** Of several units with the same value the later one updates the record of the earlier. */
  async write(units: readonly Unit[]): Promise<Outcome[]> {
    const outcomes: Outcome[] = [];
    for (let rest = units; rest.length > 0; ) {
      const wave = new Map<Scalar, Unit>();
      const later: Unit[] = [];
      for (const unit of rest) {
        const value = this.#keyOf(unit);
        if (value === undefined)
          outcomes.push(refusal(unit, invalid(this.#key, 'The key is empty or not valid.')));
        else if (wave.has(value)) later.push(unit);
        else wave.set(value, unit);
      }
      outcomes.push(...(await this.#wave(wave)));
      rest = later;
    }
    return outcomes;
  }

  async #wave(wave: ReadonlyMap<Scalar, Unit>): Promise<Outcome[]> {
    const existing = await this.#lookup([...wave.keys()]);
    const fresh: Unit[] = [];
    const known: { unit: Unit; record: RecordMeta }[] = [];
    const outcomes: Outcome[] = [];
    for (const [value, unit] of wave) {
      const [record, ...others] = existing.get(value) ?? [];
      if (others.length > 0)
        outcomes.push(refusal(unit, invalid(this.#key, 'Several records have this value.')));
      // Made by this very job before it was interrupted: not an update of somebody's record.
      else if (record?.id === this.#writes.idOf(unit)) outcomes.push({ unit, result: 'created', errors: [] });
      else if (record) known.push({ unit, record });
      else if (this.#key === 'id')
        outcomes.push(
          refusal(
            unit,
            invalid(this.#key, 'There is no such record. To make new ones, import without ?key=id.'),
          ),
        );
      else fresh.push(unit);
    }
    const updated = await inParallel(known, PARALLEL, ({ unit, record }) =>
      attempt(unit, () => this.#update(unit, record)),
    );
    return [...outcomes, ...updated, ...(await this.#writes.create(fresh))];
  }

  async #update(unit: Unit, record: RecordMeta): Promise<Outcome['result']> {
    const { [this.#key]: _key, ...patch } = unit.data;
    const updated = await this.#writes.patch(record.id, patch);
    return updated.version === record.version ? 'unchanged' : 'updated';
  }

  /** The value of the key as the schema stores it (an address in lower case, say). */
  #keyOf(unit: Unit): Scalar | undefined {
    const schema = this.#collection.options.fields[this.#key] as
      | { safeParse(value: unknown): { data?: unknown } }
      | undefined;
    const value = schema ? schema.safeParse(unit.data[this.#key]).data : unit.data[this.#key];
    return value === undefined || value === null || value === '' || typeof value === 'object'
      ? undefined
      : (value as Scalar);
  }

  async #lookup(values: readonly Scalar[]): Promise<Map<unknown, AnyRecord[]>> {
    const found = new Map<unknown, AnyRecord[]>();
    const groups = Array.from({ length: Math.ceil(values.length / LOOKUP) }, (_, index) =>
      values.slice(index * LOOKUP, (index + 1) * LOOKUP),
    );
    const pages = await inParallel(groups, PARALLEL, (group) => this.#find(group));
    for (const record of pages.flat())
      found.set(record[this.#key], [...(found.get(record[this.#key]) ?? []), record]);
    return found;
  }

  /** The records with one of these values, always by an index: a list that had to look at every record would miss some. */
  async #find(values: readonly Scalar[]): Promise<AnyRecord[]> {
    if (this.#key === 'id') {
      const records = await Promise.all(values.map((id) => this.#repo.get(String(id))));
      return records.filter((record) => record !== undefined);
    }
    if (isJoined(this.#collection, this.#key, 'createdAt'))
      return (
        await this.#repo.list({
          filters: [{ field: this.#key, operator: 'in', value: values }],
          limit: 1_000,
        })
      ).items;
    const pages = await Promise.all(
      values.map((value) =>
        this.#repo.list({
          filters: [{ field: this.#key, operator: 'eq', value }],
          sort: [{ field: this.#key, direction: 'asc' }],
          limit: 2,
        }),
      ),
    );
    return pages.flatMap(({ items }) => items);
  }
}
