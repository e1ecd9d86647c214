/** Finds what a call means: an aggregate, a window function, a form of its own, or one of the tables of functions. */

import { ARRAY_FORMS, ARRAYS } from '../functions/arrays.ts';
import { CONDITION_FORMS, CONDITIONS } from '../functions/conditions.ts';
import { DATE_FORMS, DATES } from '../functions/dates.ts';
import { FORMAT_FORMS } from '../functions/format.ts';
import { JSON_FORMS, JSONS } from '../functions/json.ts';
import { MATH } from '../functions/math.ts';
import { STRING_FORMS, STRINGS } from '../functions/strings.ts';
import { translateAggregate } from './aggregates.ts';
import type { Call, Expression } from './ast.ts';
import type { Context } from './context.ts';
import { translate } from './expression.ts';
import { noSignature } from './operators.ts';
import type { Scope } from './scope.ts';
import { applyOverloads, type FunctionTable } from './signatures.ts';
import { bind, type Typed, typed } from './typed.ts';
import { translateWindow } from './windows.ts';

/** A function that needs more than a template. */
export type Form = (args: readonly Typed[], call: FormCall) => Typed;

export interface FormCall {
  readonly name: string;
  /** The arguments as they were written: for parts of dates, which are no values. */
  readonly nodes: readonly Expression[];
  readonly named: Readonly<Record<string, Typed>>;
  readonly context: Context;
}

const TABLE: FunctionTable = { ...STRINGS, ...MATH, ...CONDITIONS, ...DATES, ...ARRAYS, ...JSONS };
const FORMS: Readonly<Record<string, Form>> = {
  ...STRING_FORMS,
  ...CONDITION_FORMS,
  ...DATE_FORMS,
  ...ARRAY_FORMS,
  ...JSON_FORMS,
  ...FORMAT_FORMS,
};

export function translateCall(call: Call, scope: Scope, context: Context): Typed {
  if (call.over !== undefined) return translateWindow(call, call.over, scope, context);
  const aggregate = translateAggregate(call, scope, context);
  if (aggregate) {
    if (call.safe) throw context.error(`SAFE.${call.name} is not supported for aggregate functions`, call);
    return aggregate;
  }
  const overloads = TABLE[call.name];
  const form = FORMS[call.name];
  if (!overloads && !form) throw context.error(`Function ${call.name} is not supported`, call);
  if (call.distinct || call.nulls || call.having || call.orderBy.length > 0 || call.limit)
    throw context.error(`Function ${call.name} is no aggregate function`, call);
  const args = call.args.map((arg) =>
    arg.node === 'part' || arg.node === 'star' ? typed('', { kind: 'NULL' }) : translate(arg, scope, context),
  );
  const named = Object.fromEntries(
    Object.entries(call.named).map(([name, value]) => [name, translate(value, scope, context)]),
  );
  if (!form && Object.keys(named).length > 0)
    throw context.error(`Function ${call.name} has no named arguments`, call);
  const apply = (values: readonly Typed[]): Typed => {
    const result = form
      ? form(values, { name: call.name, nodes: call.args, named, context })
      : applyOverloads(overloads ?? [], values);
    if (!result) throw noSignature(`function ${call.name}`, values);
    return result;
  };
  if (!call.safe) return apply(args);
  // Only the function's own errors become NULL, not those of its arguments: they are worked out outside of TRY.
  return bind(args, (atoms) => {
    const result = apply(atoms);
    return typed(`TRY(${result.sql})`, result.type);
  });
}
