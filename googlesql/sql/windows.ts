/** Window functions, and aggregates OVER a window. */

import { isAggregate, translateAggregate } from './aggregates.ts';
import type { Call, Frame, FrameBound, OrderKey, WindowSpec } from './ast.ts';
import type { Context } from './context.ts';
import { translate } from './expression.ts';
import { noSignature } from './operators.ts';
import { keySql } from './ordering.ts';
import type { Scope } from './scope.ts';
import { coerce, nullOf, type Typed, typed } from './typed.ts';
import { FLOAT64, INT64, isNumber } from './types.ts';

const NUMBERING: Readonly<Record<string, { readonly sql: string; readonly type: Typed['type'] }>> = {
  ROW_NUMBER: { sql: 'row_number()', type: INT64 },
  RANK: { sql: 'rank()', type: INT64 },
  DENSE_RANK: { sql: 'dense_rank()', type: INT64 },
  PERCENT_RANK: { sql: 'percent_rank()', type: FLOAT64 },
  CUME_DIST: { sql: 'cume_dist()', type: FLOAT64 },
};

export function translateWindow(
  call: Call,
  over: string | WindowSpec,
  scope: Scope,
  context: Context,
): Typed {
  const spec = resolve(over, scope, context);
  const inner = scope.with({ aliases: [] });
  const window = windowSql(spec, inner, context);
  if (isAggregate(call.name)) {
    const result = translateAggregate(call, scope, context, undefined, window);
    if (result) return result;
  }
  const numbering = NUMBERING[call.name];
  if (numbering) {
    if (call.args.length > 0) throw context.error(`Function ${call.name} takes no arguments`, call);
    return typed(`${numbering.sql}${window}`, numbering.type);
  }
  const args = call.args.map((arg) => translate(arg, inner, context));
  const result = navigate(call, args, window);
  if (!result) throw context.error(`Function ${call.name} is not supported as a window function`, call);
  return result;
}

function navigate(call: Call, args: readonly Typed[], window: string): Typed | undefined {
  const [value, second, third] = args;
  const nulls = call.nulls === 'IGNORE' ? ' IGNORE NULLS' : '';
  if (!value) return undefined;
  switch (call.name) {
    case 'FIRST_VALUE':
    case 'LAST_VALUE':
      return typed(`${call.name.toLowerCase()}(${value.sql}${nulls})${window}`, value.type);
    case 'NTH_VALUE':
      return typed(`nth_value(${value.sql}, ${second?.sql}${nulls})${window}`, value.type);
    case 'NTILE':
      return typed(`ntile(${value.sql})${window}`, INT64);
    case 'LAG':
    case 'LEAD': {
      const offset = second ? coerce(second, INT64) : typed('1', INT64);
      const otherwise = third ? coerce(third, value.type) : nullOf(value.type);
      if (!offset || !otherwise) throw noSignature(`window function ${call.name}`, args);
      return typed(
        `${call.name.toLowerCase()}(${value.sql}, ${offset.sql}, ${otherwise.sql})${window}`,
        value.type,
      );
    }
    case 'PERCENTILE_CONT':
    case 'PERCENTILE_DISC':
      return percentile(call, value, second, window);
    default:
      return undefined;
  }
}

function percentile(call: Call, value: Typed, share: Typed | undefined, window: string): Typed {
  const number = Number(share?.literal);
  if (Number.isNaN(number) || number < 0 || number > 1)
    throw noSignature(`window function ${call.name}`, share ? [value, share] : [value]);
  if (call.nulls === 'RESPECT') throw noSignature(`window function ${call.name} with RESPECT NULLS`, [value]);
  if (call.name === 'PERCENTILE_DISC')
    return typed(`quantile_disc(${value.sql}, ${number})${window}`, value.type);
  const float = coerce(value, FLOAT64);
  if (!float || !isNumber(value.type)) throw noSignature(`window function ${call.name}`, [value]);
  return typed(`quantile_cont(${float.sql}, ${number})${window}`, FLOAT64);
}

/** The window with what it takes from named ones. */
function resolve(over: string | WindowSpec, scope: Scope, context: Context): WindowSpec {
  if (typeof over !== 'string') {
    if (!over.base) return over;
    const base = resolve(over.base, scope, context);
    return {
      partitionBy: base.partitionBy,
      orderBy: over.orderBy.length > 0 ? over.orderBy : base.orderBy,
      ...((over.frame ?? base.frame) && { frame: over.frame ?? base.frame }),
    } as WindowSpec;
  }
  const named = scope.windows.get(over.toLowerCase());
  if (!named) throw context.error(`Unrecognized window alias ${over}`);
  return resolve(named, scope, context);
}

function windowSql({ partitionBy, orderBy, frame }: WindowSpec, scope: Scope, context: Context): string {
  const parts: string[] = [];
  const partitions = partitionBy.map((key) => {
    const value = translate(key, scope, context);
    return value.literal === undefined ? value.sql : `(${value.sql})`;
  });
  if (partitions.length > 0) parts.push(`PARTITION BY ${partitions.join(', ')}`);
  if (orderBy.length > 0)
    parts.push(`ORDER BY ${orderBy.map((key) => windowKey(key, frame, scope, context)).join(', ')}`);
  if (frame) parts.push(frameSql(frame, scope, context));
  return ` OVER (${parts.join(' ')})`;
}

/** A RANGE frame with distances allows one key only, which then stands alone. */
function windowKey(key: OrderKey, frame: Frame | undefined, scope: Scope, context: Context): string {
  const value = translate(key.value, scope, context);
  const single = frame?.unit === 'RANGE' && [frame.start, frame.end].some((bound) => bound?.offset);
  if (!single) return keySql(key, value, context);
  return `${value.sql} ${key.descending ? 'DESC NULLS LAST' : 'ASC NULLS FIRST'}`;
}

function frameSql({ unit, start, end }: Frame, scope: Scope, context: Context): string {
  const bound = ({ kind, offset }: FrameBound) =>
    offset ? `${translate(offset, scope, context).sql} ${kind}` : kind;
  return `${unit} BETWEEN ${bound(start)} AND ${end ? bound(end) : 'CURRENT ROW'}`;
}
