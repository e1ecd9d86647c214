/** Names: which columns a query may speak of, and what stands for them in the SQL. */

import type { WindowSpec } from './ast.ts';
import type { Typed } from './typed.ts';
import { sameName } from './types.ts';

export interface Column extends Typed {
  readonly name: string;
  /** Notes that a query reads the column. */
  readonly use?: () => void;
  /** Pseudo-columns are found by name but are no part of `*`. */
  readonly hidden?: boolean;
}

/** What one name in a FROM clause stands for: a table's columns, or with `value` the elements of an array. */
export interface Range {
  readonly name: string;
  readonly columns: readonly Column[];
  readonly value?: Typed;
}

export interface OutputColumn {
  readonly name: string;
  readonly type: Column['type'];
  readonly partitionOf?: Column['partitionOf'];
}

/** A table defined by WITH. */
export interface NamedQuery {
  readonly name: string;
  readonly sqlName: string;
  readonly columns: readonly OutputColumn[];
  /** A query that says SELECT AS STRUCT or AS VALUE. */
  readonly isValue: boolean;
}

export interface ScopeParts {
  readonly ranges?: readonly Range[];
  /** Columns that USING merged; they hide those of the same name. */
  readonly merged?: readonly Column[];
  /** Names given in the SELECT list, where they may be used. */
  readonly aliases?: readonly Column[];
  readonly queries?: readonly NamedQuery[];
  readonly windows?: ReadonlyMap<string, WindowSpec>;
}

export type Found = { readonly column: Column } | { readonly range: Range } | 'ambiguous' | undefined;

export class Scope {
  readonly ranges: readonly Range[];
  readonly merged: readonly Column[];
  readonly aliases: readonly Column[];
  readonly windows: ReadonlyMap<string, WindowSpec>;
  readonly #queries: readonly NamedQuery[];
  readonly #parent: Scope | undefined;

  constructor(parts: ScopeParts, parent?: Scope) {
    this.ranges = parts.ranges ?? [];
    this.merged = parts.merged ?? [];
    this.aliases = parts.aliases ?? [];
    this.windows = parts.windows ?? new Map();
    this.#queries = parts.queries ?? [];
    this.#parent = parent;
  }

  /** The same names, preceded by these. */
  with(parts: ScopeParts): Scope {
    return new Scope(
      {
        ranges: this.ranges,
        merged: this.merged,
        aliases: this.aliases,
        windows: this.windows,
        queries: this.#queries,
        ...parts,
      },
      this.#parent,
    );
  }

  /** The innermost thing of the name: a SELECT alias, then a column, then a table. */
  find(name: string): Found {
    const is = (named: { name: string }) => sameName(named.name, name);
    const alias = this.aliases.filter(is);
    if (alias[0]) return alias.length === 1 || same(alias) ? { column: alias[0] } : 'ambiguous';
    const merged = this.merged.find(is);
    if (merged) return { column: merged };
    const columns = this.ranges.flatMap((range) => range.columns.filter(is));
    const range = this.ranges.find(is);
    if (columns[0]) return columns.length === 1 ? { column: columns[0] } : 'ambiguous';
    if (range) return { range };
    return this.#parent?.find(name);
  }

  /** The table of the name, as it stands before a dot. */
  findRange(name: string): Range | undefined {
    const own = this.ranges.find((range) => sameName(range.name, name));
    const hidden = this.ranges.some(({ columns }) => columns.some((column) => sameName(column.name, name)));
    return own ?? (hidden ? undefined : this.#parent?.findRange(name));
  }

  findQuery(name: string): NamedQuery | undefined {
    return this.#queries.find((query) => sameName(query.name, name)) ?? this.#parent?.findQuery(name);
  }
}

/** Several aliases for one and the same expression are not ambiguous. */
const same = (columns: readonly Column[]): boolean => columns.every(({ sql }) => sql === columns[0]?.sql);
