import type { Collection } from '../define.ts';
import { Problem } from '../errors.ts';
import type { JsonObject } from '../records/record.ts';
import { type Coerce, coercer, type DecimalMark, Refusal } from './coerce.ts';
import { HeaderMap } from './columns.ts';
import { type Table, type TableRow, unreadable } from './types.ts';

/** Why a row was not taken. */
export interface RowError {
  readonly row: number;
  readonly line: number;
  /** Path of the field; empty when the whole row is concerned. */
  readonly field: string;
  readonly message: string;
}

/** One row as fields of a record. */
export interface FieldRow {
  readonly row: number;
  readonly line: number;
  /** What the row says about its record. */
  readonly record: JsonObject;
  /** What it says about one element of the grouped lines. */
  readonly element: JsonObject | undefined;
  readonly errors: readonly RowError[];
}

export interface RowReaderOptions {
  readonly decimal: DecimalMark;
  /** Field records are looked up by: then the file may leave out columns that a new record needs. */
  readonly key: string | undefined;
}

interface Target {
  readonly coerce: Coerce | undefined;
  readonly inElement: boolean;
  readonly segments: readonly string[];
  readonly isText: boolean;
}

/** Reads rows of a table as fields of a collection's records. Columns that mean nothing are told, never silently dropped. */
export class RowReader {
  readonly #collection: Collection;
  readonly #options: RowReaderOptions;
  readonly #map: HeaderMap;
  readonly #lines: string | undefined;
  /** JSON says what it means; only cells of CSV and XLSX are guarded. */
  readonly #guarded: boolean;
  readonly #paths: readonly (string | undefined)[];
  readonly #targets = new Map<string, Target>();
  readonly #uses = new Map<string, string | undefined>();
  readonly #unknown = new Set<string>();
  readonly #computed = new Set<string>();
  #checked = false;

  /** Throws a `malformed` Problem when two columns mean one field, or a column that is needed is not there. */
  constructor(collection: Collection, table: Pick<Table, 'header'>, options: RowReaderOptions) {
    this.#collection = collection;
    this.#options = options;
    this.#guarded = table.header !== undefined;
    this.#map = new HeaderMap(collection, { withId: options.key === 'id' });
    this.#lines = collection.options.import?.groupBy?.lines;
    this.#paths = (table.header ?? []).map((header) => this.#pathOf(header));
    const given = this.#paths.filter((path) => path !== undefined);
    const twice = given.filter((path, index) => given.indexOf(path) !== index);
    if (twice.length > 0)
      throw unreadable(`Several columns are read as ${[...new Set(twice)].join(', ')}. Keep one of each.`);
    if (table.header && given.length === 0)
      throw unreadable(
        `None of the columns is known. Name them after the fields: ${[...this.#map.fields.keys()].join(', ')}.`,
      );
    if (table.header && !collection.options.import?.row) this.#require(given);
  }

  warnings(): string[] {
    const listed = (names: ReadonlySet<string>): string => [...names].slice(0, 50).join(', ');
    return [
      ...(this.#unknown.size > 0
        ? [`Not imported, because no field has this name: ${listed(this.#unknown)}.`]
        : []),
      ...(this.#computed.size > 0
        ? [`Not imported, because the platform sets them: ${listed(this.#computed)}.`]
        : []),
    ];
  }

  read(row: TableRow): FieldRow {
    const place = { row: row.row, line: row.line };
    if ('error' in row)
      return {
        ...place,
        record: {},
        element: undefined,
        errors: [{ ...place, field: '', message: row.error }],
      };
    const originals = 'record' in row ? new Map<string, unknown>() : undefined;
    const raw =
      'cells' in row ? this.#ofCells(row.cells) : this.#ofRecord(row.record, originals ?? new Map());
    let values: Readonly<Record<string, unknown>> = raw;
    try {
      values = this.#collection.options.import?.row?.(raw) ?? raw;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      return {
        ...place,
        record: {},
        element: undefined,
        errors: [{ ...place, field: error.errors?.[0]?.path ?? '', message: error.message }],
      };
    }
    if (originals) values = withOriginals(values, raw, originals);
    else if (!this.#checked) this.#checkCorrected(Object.keys(values));
    return this.#assemble(place, values);
  }

  #assemble(place: { row: number; line: number }, values: Readonly<Record<string, unknown>>): FieldRow {
    const record: JsonObject = {};
    const errors: RowError[] = [];
    let element: JsonObject | undefined;
    for (const path in values) {
      const given = values[path];
      if (given === undefined || given === null) continue;
      const target = this.#target(path);
      const value =
        typeof given === 'string'
          ? target.coerce
            ? target.coerce(given)
            : given
          : target.isText && typeof given !== 'object'
            ? String(given)
            : given;
      if (value === undefined) continue;
      if (value instanceof Refusal) errors.push({ ...place, field: path, message: value.message });
      else if (target.inElement) {
        element ??= {};
        setAt(element, target.segments, value);
      } else setAt(record, target.segments, value);
    }
    return { ...place, record, element, errors };
  }

  #ofCells(cells: readonly string[]): Record<string, string> {
    const raw: Record<string, string> = {};
    for (let column = 0; column < this.#paths.length; column++) {
      const path = this.#paths[column];
      if (path !== undefined) raw[path] = cells[column] ?? '';
    }
    return raw;
  }

  /** Scalars as text, as the collection's own correction expects them; what they were is kept in `originals`. */
  #ofRecord(record: JsonObject, originals: Map<string, unknown>): Record<string, string> {
    const raw: Record<string, string> = {};
    for (const [name, value] of Object.entries(record)) {
      const path = this.#pathOf(name);
      if (path === undefined || value === null) continue;
      originals.set(path, value);
      if (typeof value !== 'object') raw[path] = String(value);
    }
    return raw;
  }

  #pathOf(header: string): string | undefined {
    const known = this.#uses.get(header);
    if (known !== undefined || this.#uses.has(header)) return known;
    const use = this.#map.use(header);
    if (use.kind === 'unknown' && this.#unknown.size < 1000) this.#unknown.add(header);
    if (use.kind === 'computed') this.#computed.add(header);
    const path = use.kind === 'field' ? use.path : undefined;
    if (this.#uses.size < 10_000) this.#uses.set(header, path);
    return path;
  }

  #target(path: string): Target {
    let target = this.#targets.get(path);
    if (!target) {
      const type = path === 'id' ? ({ kind: 'string', optional: true } as const) : this.#map.fields.get(path);
      const inElement = this.#lines !== undefined && path.startsWith(`${this.#lines}.`);
      const own = inElement ? path.slice((this.#lines ?? '').length + 1) : path;
      target = {
        coerce: type && coercer(type, { decimal: this.#options.decimal, guarded: this.#guarded }),
        inElement,
        segments: own.split('.'),
        isText: type?.kind === 'string',
      };
      this.#targets.set(path, target);
    }
    return target;
  }

  /** A collection that corrects rows may make columns of others: what it makes of the first row shows which are missing. */
  #checkCorrected(given: readonly string[]): void {
    this.#checked = true;
    if (this.#collection.options.import?.row) this.#require(given);
  }

  #require(given: readonly string[]): void {
    const { key } = this.#options;
    const missing =
      key === undefined ? this.#map.missing(given, this.#lines) : given.includes(key) ? [] : [key];
    if (missing.length > 0)
      throw unreadable(`Columns are missing: ${missing.join(', ')}. Add them to the header row.`);
  }
}

/** Puts numbers and objects of a JSON row back where the correction left them as they were. */
function withOriginals(
  values: Readonly<Record<string, unknown>>,
  raw: Readonly<Record<string, string>>,
  originals: ReadonlyMap<string, unknown>,
): Record<string, unknown> {
  const restored: Record<string, unknown> = { ...values };
  for (const [path, original] of originals)
    if (typeof original === 'object' ? !(path in restored) : restored[path] === raw[path])
      restored[path] = original;
  return restored;
}

function setAt(target: JsonObject, segments: readonly string[], value: unknown): void {
  let at = target;
  for (let index = 0; index < segments.length - 1; index++) {
    const name = segments[index] ?? '';
    const next = at[name];
    if (typeof next === 'object' && next !== null) at = next as JsonObject;
    else at = at[name] = {} as JsonObject;
  }
  at[segments.at(-1) ?? ''] = value;
}
