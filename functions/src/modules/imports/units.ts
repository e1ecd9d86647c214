import type { Collection } from '../../kernel/define.ts';
import type { JsonObject } from '../../kernel/records/record.ts';
import { RowGroups } from '../../kernel/tables/group.ts';
import type { FieldRow, RowError, RowReader } from '../../kernel/tables/rows.ts';
import type { Table } from '../../kernel/tables/types.ts';

export interface RowPlace {
  readonly row: number;
  readonly line: number;
}

/** What becomes one record: a row, or the rows that share a key. The same file always gives the same units in the same order. */
export interface Unit {
  /** 1, 2, … */
  readonly ordinal: number;
  readonly rows: readonly RowPlace[];
  readonly data: JsonObject;
  /** Why it cannot become a record; then every row has one. */
  readonly errors: readonly RowError[];
}

export interface UnitSource {
  readonly units: AsyncIterable<readonly Unit[]>;
  /** Rows read from the file so far. */
  rows(): number;
  /** How much of the work is behind, from 0 to 1. */
  progress(): number;
  warnings(): string[];
}

export interface UnitOptions {
  /** Units that are already dealt with. */
  readonly skip: number;
  /** Bytes of the file. */
  readonly bytes: number;
  /** Called often while the file is read ahead. */
  readonly tick: () => Promise<void>;
}

/** Cuts a table into units, grouped when the collection asks for it. */
export function unitsOf(
  collection: Collection,
  table: Table,
  reader: RowReader,
  options: UnitOptions,
): UnitSource {
  const groupBy = collection.options.import?.groupBy;
  return groupBy
    ? new GroupedUnits(table, reader, groupBy, options)
    : new SingleUnits(table, reader, options);
}

class SingleUnits implements UnitSource {
  readonly #table: Table;
  readonly #reader: RowReader;
  readonly #options: UnitOptions;
  #rows = 0;

  constructor(table: Table, reader: RowReader, options: UnitOptions) {
    this.#table = table;
    this.#reader = reader;
    this.#options = options;
  }

  get units(): AsyncIterable<readonly Unit[]> {
    return this.#read();
  }

  async *#read(): AsyncGenerator<readonly Unit[]> {
    for await (const batch of this.#table.batches) {
      this.#rows += batch.length;
      const units: Unit[] = [];
      for (const row of batch) {
        if (row.row <= this.#options.skip) continue;
        const { line, record, errors } = this.#reader.read(row);
        units.push({ ordinal: row.row, rows: [{ row: row.row, line }], data: record, errors });
      }
      if (units.length > 0) yield units;
      else await this.#options.tick();
    }
  }

  rows = (): number => this.#rows;
  progress = (): number => this.#table.bytesRead() / Math.max(1, this.#options.bytes);
  warnings = (): string[] => [...this.#table.warnings(), ...this.#reader.warnings()];
}

const BATCH = 500;
/** Share of the work that reading and sorting out the rows is, when they must be brought together first. */
const READING = 0.2;

class GroupedUnits implements UnitSource {
  readonly #table: Table;
  readonly #reader: RowReader;
  readonly #field: string;
  readonly #lines: string;
  readonly #options: UnitOptions;
  readonly #disagreements = new Set<string>();
  #rows = 0;
  #ordinal = 0;
  #groups: number | undefined;
  #done = 0;

  constructor(
    table: Table,
    reader: RowReader,
    groupBy: { readonly field: string; readonly lines: string },
    options: UnitOptions,
  ) {
    this.#table = table;
    this.#reader = reader;
    this.#field = groupBy.field;
    this.#lines = groupBy.lines;
    this.#options = options;
  }

  get units(): AsyncIterable<readonly Unit[]> {
    return this.#read();
  }

  async *#read(): AsyncGenerator<readonly Unit[]> {
    using groups = new RowGroups();
    for await (const batch of this.#table.batches) {
      const alone = this.#spool(
        batch.map((row) => this.#reader.read(row)),
        groups,
      );
      this.#rows += batch.length;
      if (alone.length > 0) yield alone;
      await this.#options.tick();
    }
    this.#groups = groups.size;
    const skipped = Math.max(0, this.#options.skip - this.#ordinal);
    this.#ordinal += skipped;
    this.#done = skipped;
    let units: Unit[] = [];
    for (const rows of groups.groups(skipped)) {
      units.push(this.#merge(rows));
      this.#done++;
      if (units.length < BATCH) continue;
      yield units;
      units = [];
    }
    if (units.length > 0) yield units;
  }

  /** Puts rows to their groups; answers those that have no key, unless they are dealt with already. */
  #spool(rows: readonly FieldRow[], groups: RowGroups): Unit[] {
    const alone: Unit[] = [];
    const keyed: { key: string; row: FieldRow }[] = [];
    for (const row of rows) {
      const key = row.record[this.#field];
      if (key !== undefined && key !== '') {
        keyed.push({ key: String(key), row });
        continue;
      }
      const place = { row: row.row, line: row.line };
      const missing = { ...place, field: this.#field, message: `The row has no ${this.#field}.` };
      const unit = {
        ordinal: ++this.#ordinal,
        rows: [place],
        data: {},
        errors: row.errors.length > 0 ? row.errors : [missing],
      };
      if (unit.ordinal > this.#options.skip) alone.push(unit);
    }
    groups.add(keyed);
    return alone;
  }

  #merge(rows: readonly FieldRow[]): Unit {
    const places = rows.map(({ row, line }) => ({ row, line }));
    const ordinal = ++this.#ordinal;
    const broken = rows.find(({ errors }) => errors.length > 0);
    if (broken)
      return {
        ordinal,
        rows: places,
        data: {},
        errors: rows.flatMap((row) => (row.errors.length > 0 ? row.errors : [becauseOf(row, broken.row)])),
      };
    const data: JsonObject = {};
    const elements: unknown[] = [];
    let last: JsonObject | undefined;
    for (const { record, element } of rows) {
      if (record !== last) this.#fill(data, record);
      last = record;
      const whole = record[this.#lines];
      if (Array.isArray(whole)) elements.push(...whole);
      if (element) elements.push(element);
    }
    if (elements.length > 0) data[this.#lines] = elements;
    return { ordinal, rows: places, data, errors: [] };
  }

  /** The first row that says something about a field is right; that others say something else is told. */
  #fill(data: JsonObject, record: JsonObject): void {
    for (const [field, value] of Object.entries(record)) {
      if (field === this.#lines) continue;
      if (data[field] === undefined) data[field] = value;
      else if (data[field] !== value && JSON.stringify(data[field]) !== JSON.stringify(value))
        this.#disagreements.add(field);
    }
  }

  rows = (): number => this.#rows;

  progress = (): number => {
    if (this.#groups === undefined)
      return (READING * this.#table.bytesRead()) / Math.max(1, this.#options.bytes);
    return READING + ((1 - READING) * this.#done) / Math.max(1, this.#groups);
  };

  warnings = (): string[] => [
    ...this.#table.warnings(),
    ...this.#reader.warnings(),
    ...[...this.#disagreements].map(
      (field) =>
        `Rows of the same ${this.#field} say different things about ${field}; the first row’s value was taken.`,
    ),
  ];
}

/** The reason of a row that goes down with another one of its record. */
export const becauseOf = ({ row, line }: RowPlace, broken: number): RowError => ({
  row,
  line,
  field: '',
  message: `Not imported, because row ${broken} of the same record was refused.`,
});
