import type { Collection } from '../define.ts';
import { describeFields, type FieldType } from '../fields.ts';
import { META_FIELDS } from '../records/record.ts';

/** What a column of a file is for. */
export type ColumnUse =
  | { readonly kind: 'field'; readonly path: string }
  /** Set by the platform (`version`, a computed field): nothing to import. */
  | { readonly kind: 'computed' }
  | { readonly kind: 'unknown' };

/** Headers are compared without case, accents, spaces and punctuation. */
const normalise = (header: string): string =>
  header
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '');

/**
 * Finds the field of a header: its exact path, a spelling the collection declares, the path in any spelling, and last
 * the bare name of a field of the grouped lines. Declared spellings may also name inputs of the collection's own
 * `import.row` that are no fields.
 */
export class HeaderMap {
  /** Paths that rows may set, with their types. */
  readonly fields: ReadonlyMap<string, FieldType>;
  readonly #spellings = new Map<string, string>();
  readonly #computed: ReadonlySet<string>;
  readonly #inputs = new Set<string>();

  constructor(collection: Collection, options: { readonly withId: boolean }) {
    const { import: imports, fields, computed = {} } = collection.options;
    const lines = imports?.groupBy?.lines;
    this.fields = new Map(withPaths(describeFields(fields), '', lines));
    this.#computed = new Set(
      [...Object.keys(computed), ...META_FIELDS]
        .filter((name) => name !== 'id' || !options.withId)
        .map(normalise),
    );
    if (options.withId) this.#spell('id', 'id');
    for (const [path, spellings] of Object.entries(imports?.headers ?? {})) {
      this.#inputs.add(path);
      for (const spelling of spellings) this.#spell(spelling, path);
    }
    for (const path of this.fields.keys()) this.#spell(path, path);
    if (lines)
      for (const path of this.fields.keys())
        if (path.startsWith(`${lines}.`)) this.#spell(path.slice(lines.length + 1), path);
  }

  /** The first meaning of a spelling stands. */
  #spell(spelling: string, path: string): void {
    const normal = normalise(spelling);
    if (!this.#spellings.has(normal)) this.#spellings.set(normal, path);
  }

  use(header: string): ColumnUse {
    if (this.fields.has(header) || this.#inputs.has(header)) return { kind: 'field', path: header };
    const normal = normalise(header);
    const path = this.#spellings.get(normal);
    if (path !== undefined) return { kind: 'field', path };
    return this.#computed.has(normal) ? { kind: 'computed' } : { kind: 'unknown' };
  }

  /** Required paths of which nothing is among `given`. Fields of the lines count once any of them is given. */
  missing(given: readonly string[], lines: string | undefined): string[] {
    const under = (path: string): boolean =>
      given.some((each) => each === path || each.startsWith(`${path}.`));
    const required = [...this.fields]
      .filter(([path, type]) => !type.optional && !path.includes('.'))
      .map(([path]) => path);
    const missing = required.filter((path) => !under(path));
    if (!lines || given.includes(lines) || !under(lines)) return missing;
    const ofLines = [...this.fields].filter(
      ([path, type]) =>
        path.startsWith(`${lines}.`) && !path.slice(lines.length + 1).includes('.') && !type.optional,
    );
    return [...missing, ...ofLines.map(([path]) => path).filter((path) => !under(path))];
  }
}

/** All paths below some fields: the containers and what is in them, of arrays only the grouped lines. */
function* withPaths(
  fields: ReadonlyMap<string, FieldType>,
  prefix: string,
  lines: string | undefined,
): Generator<[string, FieldType]> {
  for (const [name, type] of fields) {
    const path = prefix + name;
    yield [path, type];
    if (type.kind === 'object') yield* withPaths(type.fields, `${path}.`, undefined);
    if (path === lines && type.kind === 'array' && type.element.kind === 'object')
      yield* withPaths(type.element.fields, `${path}.`, undefined);
  }
}
