/** The syntax tree of statements: DML and DDL around queries. */

import type { Expression, FromItem, Node, Query, TypeNode } from './ast.ts';

export interface ColumnNode {
  readonly at: number;
  readonly name: string;
  readonly type: TypeNode;
  readonly notNull: boolean;
  readonly default?: { readonly value: Expression; readonly text: string };
  readonly options: Options;
}

/** `OPTIONS (description = 'x', labels = [('a', 'b')])`. */
export type Options = Readonly<Record<string, Expression>>;

export type AlterAction =
  | { readonly action: 'add'; readonly ifNotExists: boolean; readonly column: ColumnNode }
  | { readonly action: 'drop'; readonly ifExists: boolean; readonly name: string }
  | { readonly action: 'rename'; readonly ifExists: boolean; readonly name: string; readonly to: string }
  | { readonly action: 'renameTable'; readonly to: string }
  | { readonly action: 'type'; readonly name: string; readonly type: TypeNode }
  | { readonly action: 'dropNotNull'; readonly name: string }
  | {
      readonly action: 'default';
      readonly name: string;
      readonly default?: { readonly value: Expression; readonly text: string };
    }
  | { readonly action: 'columnOptions'; readonly name: string; readonly options: Options }
  | { readonly action: 'options'; readonly options: Options };

export interface Assignment {
  readonly path: readonly string[];
  readonly at: number;
  readonly value: Expression;
}

export type MergeClause = {
  readonly at: number;
  readonly when: 'MATCHED' | 'NOT MATCHED' | 'NOT MATCHED BY SOURCE';
  readonly condition?: Expression;
} & (
  | { readonly action: 'delete' }
  | { readonly action: 'update'; readonly set: readonly Assignment[] }
  | {
      readonly action: 'insert';
      readonly columns?: readonly string[];
      readonly values: readonly Expression[] | 'ROW';
    }
);

export type Statement = Node &
  (
    | { readonly statement: 'query'; readonly query: Query }
    | {
        readonly statement: 'insert';
        readonly table: readonly string[];
        readonly columns?: readonly string[];
        readonly source: Query | readonly (readonly Expression[])[];
      }
    | {
        readonly statement: 'update';
        readonly table: readonly string[];
        readonly alias?: string;
        readonly set: readonly Assignment[];
        readonly from?: FromItem;
        readonly where: Expression;
      }
    | {
        readonly statement: 'delete';
        readonly table: readonly string[];
        readonly alias?: string;
        readonly where: Expression;
      }
    | { readonly statement: 'truncate'; readonly table: readonly string[] }
    | {
        readonly statement: 'merge';
        readonly table: readonly string[];
        readonly alias?: string;
        readonly source: FromItem;
        readonly on: Expression;
        readonly clauses: readonly MergeClause[];
      }
    | CreateTable
    | {
        readonly statement: 'createView';
        readonly table: readonly string[];
        readonly replace: boolean;
        readonly ifNotExists: boolean;
        readonly materialized: boolean;
        readonly columns?: readonly string[];
        readonly options: Options;
        readonly query: Query;
        readonly text: string;
      }
    | {
        readonly statement: 'createSchema';
        readonly path: readonly string[];
        readonly ifNotExists: boolean;
        readonly options: Options;
      }
    | {
        readonly statement: 'drop';
        readonly what: 'TABLE' | 'VIEW' | 'MATERIALIZED VIEW' | 'SCHEMA';
        readonly path: readonly string[];
        readonly ifExists: boolean;
        readonly cascade: boolean;
      }
    | {
        readonly statement: 'alter';
        readonly table: readonly string[];
        readonly ifExists: boolean;
        readonly actions: readonly AlterAction[];
      }
  );

export interface CreateTable {
  readonly statement: 'createTable';
  readonly at: number;
  readonly table: readonly string[];
  readonly replace: boolean;
  readonly ifNotExists: boolean;
  readonly columns?: readonly ColumnNode[];
  readonly like?: readonly string[];
  readonly copy?: readonly string[];
  readonly partitionBy?: Expression;
  readonly clusterBy?: readonly string[];
  readonly options: Options;
  readonly query?: Query;
}
