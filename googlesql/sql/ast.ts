/** The syntax tree of GoogleSQL's queries. `at` is where a node stands in the source, for error messages. */

export interface Node {
  readonly at: number;
}

export type TypeNode = Node &
  (
    | { readonly node: 'scalar'; readonly name: string; readonly parameters: readonly string[] }
    | { readonly node: 'array'; readonly element: TypeNode }
    | { readonly node: 'struct'; readonly fields: readonly { name: string; type: TypeNode }[] }
  );

export type Expression = Node &
  (
    | { readonly node: 'literal'; readonly kind: LiteralKind; readonly value: string }
    | { readonly node: 'typedLiteral'; readonly type: string; readonly value: string }
    | { readonly node: 'interval'; readonly value: Expression; readonly from: string; readonly to?: string }
    | { readonly node: 'parameter'; readonly name: string | number }
    | { readonly node: 'name'; readonly name: string }
    | { readonly node: 'field'; readonly of: Expression; readonly name: string }
    | { readonly node: 'unary'; readonly operator: '-' | '+' | '~' | 'NOT'; readonly operand: Expression }
    | {
        readonly node: 'binary';
        readonly operator: string;
        readonly left: Expression;
        readonly right: Expression;
      }
    | {
        readonly node: 'between';
        readonly value: Expression;
        readonly low: Expression;
        readonly high: Expression;
        readonly not: boolean;
      }
    | { readonly node: 'in'; readonly value: Expression; readonly set: InSet; readonly not: boolean }
    | {
        readonly node: 'likeAny';
        readonly value: Expression;
        readonly patterns: readonly Expression[] | { readonly unnest: Expression };
        readonly all: boolean;
        readonly not: boolean;
      }
    | {
        readonly node: 'is';
        readonly value: Expression;
        readonly what: 'NULL' | 'TRUE' | 'FALSE' | 'UNKNOWN';
        readonly not: boolean;
      }
    | {
        readonly node: 'distinct';
        readonly left: Expression;
        readonly right: Expression;
        readonly not: boolean;
      }
    | {
        readonly node: 'case';
        readonly subject?: Expression;
        readonly branches: readonly { when: Expression; result: Expression }[];
        readonly otherwise?: Expression;
      }
    | {
        readonly node: 'cast';
        readonly value: Expression;
        readonly type: TypeNode;
        readonly safe: boolean;
        readonly format?: Expression;
      }
    | {
        readonly node: 'extract';
        readonly part: string;
        readonly weekday?: string;
        readonly from: Expression;
        readonly zone?: Expression;
      }
    | Call
    | { readonly node: 'array'; readonly type?: TypeNode; readonly elements: readonly Expression[] }
    | { readonly node: 'arrayQuery'; readonly query: Query }
    | {
        readonly node: 'struct';
        readonly type?: TypeNode;
        readonly fields: readonly { name?: string; value: Expression }[];
      }
    | {
        readonly node: 'subscript';
        readonly of: Expression;
        readonly index: Expression;
        readonly how: 'OFFSET' | 'ORDINAL' | 'SAFE_OFFSET' | 'SAFE_ORDINAL' | 'KEY';
      }
    | { readonly node: 'exists'; readonly query: Query }
    | { readonly node: 'subquery'; readonly query: Query }
    | { readonly node: 'star' }
    | { readonly node: 'default' }
    /** An argument that is no value: `DAY`, `WEEK(MONDAY)`. */
    | { readonly node: 'part'; readonly part: string; readonly weekday?: string }
  );

export type LiteralKind = 'string' | 'bytes' | 'integer' | 'float' | 'bool' | 'null';

export type InSet =
  | { readonly list: readonly Expression[] }
  | { readonly query: Query }
  | { readonly unnest: Expression };

export interface Call {
  readonly at: number;
  readonly node: 'call';
  /** Upper case; parts joined by a dot, without SAFE. */
  readonly name: string;
  readonly safe: boolean;
  readonly args: readonly Expression[];
  /** `name => value` arguments. */
  readonly named: Readonly<Record<string, Expression>>;
  readonly distinct: boolean;
  readonly nulls?: 'IGNORE' | 'RESPECT';
  readonly having?: { readonly which: 'MAX' | 'MIN'; readonly by: Expression };
  readonly orderBy: readonly OrderKey[];
  readonly limit?: Expression;
  readonly over?: string | WindowSpec;
}

export interface OrderKey {
  readonly value: Expression;
  readonly descending: boolean;
  readonly nulls?: 'FIRST' | 'LAST';
}

export interface WindowSpec {
  readonly base?: string;
  readonly partitionBy: readonly Expression[];
  readonly orderBy: readonly OrderKey[];
  readonly frame?: Frame;
}

export interface Frame {
  readonly unit: 'ROWS' | 'RANGE';
  readonly start: FrameBound;
  readonly end?: FrameBound;
}

export interface FrameBound {
  readonly kind: 'UNBOUNDED PRECEDING' | 'PRECEDING' | 'CURRENT ROW' | 'FOLLOWING' | 'UNBOUNDED FOLLOWING';
  readonly offset?: Expression;
}

export interface Query {
  readonly at: number;
  readonly recursive: boolean;
  readonly with: readonly { readonly at: number; readonly name: string; readonly query: Query }[];
  readonly body: QueryBody;
  readonly orderBy: readonly OrderKey[];
  readonly limit?: Expression;
  readonly offset?: Expression;
}

export type QueryBody =
  | Select
  | SetOperation
  | { readonly node: 'query'; readonly at: number; readonly query: Query };

export interface SetOperation {
  readonly node: 'set';
  readonly at: number;
  readonly operator: 'UNION ALL' | 'UNION DISTINCT' | 'INTERSECT DISTINCT' | 'EXCEPT DISTINCT';
  /** Columns are matched by name: all inputs have the same; or all of them, those of the first, or those they share count. */
  readonly byName?: 'same' | 'full' | 'left' | 'inner';
  readonly inputs: readonly QueryBody[];
}

export interface Select {
  readonly node: 'select';
  readonly at: number;
  readonly distinct: boolean;
  readonly as?: 'STRUCT' | 'VALUE';
  readonly items: readonly SelectItem[];
  readonly from?: FromItem;
  readonly where?: Expression;
  readonly groupBy: GroupBy;
  readonly having?: Expression;
  readonly qualify?: Expression;
  readonly windows: readonly { readonly name: string; readonly spec: WindowSpec | string }[];
}

export type GroupBy =
  | { readonly kind: 'none' }
  | { readonly kind: 'all' }
  | { readonly kind: 'keys'; readonly keys: readonly Expression[] }
  | { readonly kind: 'rollup' | 'cube'; readonly keys: readonly Expression[] }
  | { readonly kind: 'sets'; readonly sets: readonly (readonly Expression[])[] };

export type SelectItem =
  | { readonly item: 'value'; readonly at: number; readonly value: Expression; readonly alias?: string }
  | {
      readonly item: 'star';
      readonly at: number;
      /** `t` in `t.*`. */
      readonly of?: Expression;
      readonly except: readonly string[];
      readonly replace: readonly { readonly name: string; readonly value: Expression }[];
    };

export type FromItem = Node &
  (
    | {
        readonly from: 'table';
        readonly path: readonly string[];
        readonly alias?: string;
        readonly offset?: string;
        readonly systemTime?: Expression;
        readonly sample?: Expression;
      }
    | {
        readonly from: 'unnest';
        readonly value: Expression;
        readonly alias?: string;
        readonly offset?: string;
      }
    | { readonly from: 'query'; readonly query: Query; readonly alias?: string; readonly sample?: Expression }
    | {
        readonly from: 'join';
        readonly kind: 'CROSS' | 'INNER' | 'LEFT' | 'RIGHT' | 'FULL';
        readonly left: FromItem;
        readonly right: FromItem;
        readonly on?: Expression;
        readonly using?: readonly string[];
      }
    | Pivot
    | Unpivot
  );

export interface Pivot {
  readonly from: 'pivot';
  readonly at: number;
  readonly input: FromItem;
  readonly aggregates: readonly { readonly call: Expression; readonly alias?: string }[];
  readonly column: Expression;
  readonly values: readonly { readonly value: Expression; readonly alias?: string }[];
  readonly alias?: string;
}

export interface Unpivot {
  readonly from: 'unpivot';
  readonly at: number;
  readonly input: FromItem;
  readonly values: readonly string[];
  readonly name: string;
  readonly columns: readonly { readonly names: readonly string[]; readonly alias?: Expression }[];
  readonly includeNulls: boolean;
  readonly alias?: string;
}
