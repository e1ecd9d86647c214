/** Translates expressions: finds names, gives every part its type, and prints DuckDB's SQL. */

import { SqlError } from '../errors.ts';
import type { Expression, TypeNode } from './ast.ts';
import { translateCall } from './calls.ts';
import { cast } from './casts.ts';
import type { Context } from './context.ts';
import { extract, intervalOf } from './intervals.ts';
import { literal, parameter, typedLiteral } from './literals.ts';
import { columnOf, field, name } from './names.ts';
import { binary, compare, inList, like, negate } from './operators.ts';
import type { Scope } from './scope.ts';
import { arrayQuery, exists, inQuery, scalarQuery } from './subqueries.ts';
import { subscript } from './subscript.ts';
import { arrayLiteral, bind, coerce, describe, NULL, structOf, type Typed, typed, unify } from './typed.ts';
import { BOOL, INT64, type SqlType, scalarByName, typeName } from './types.ts';

export function translate(node: Expression, scope: Scope, context: Context): Typed {
  return context.locate(node, () => translateNode(node, scope, context));
}

/** The expression as a condition. */
export function condition(node: Expression, scope: Scope, context: Context, where: string): Typed {
  const value = translate(node, scope, context);
  const coerced = coerce(value, BOOL);
  if (!coerced) throw context.error(`${where} should return type BOOL, but returns ${describe(value)}`, node);
  return coerced;
}

function translateNode(node: Expression, scope: Scope, context: Context): Typed {
  const inner = (expression: Expression) => translate(expression, scope, context);
  switch (node.node) {
    case 'literal':
      return literal(node.kind, node.value);
    case 'typedLiteral':
      return typedLiteral(node.type, node.value);
    case 'parameter':
      return parameter(node.name, context);
    case 'name':
      return name(node.name, scope, context);
    case 'field':
      return columnOf(node, scope, context) ?? field(inner(node.of), node.name, context);
    case 'unary':
      return negate(node.operator, inner(node.operand));
    case 'binary':
      return binary(node.operator, inner(node.left), inner(node.right));
    case 'between': {
      const value = inner(node.value);
      const within = bind([value], ([x = value]) =>
        binary('AND', compare('>=', x, inner(node.low)), compare('<=', x, inner(node.high))),
      );
      return node.not ? negate('NOT', within) : within;
    }
    case 'is':
      return is(inner(node.value), node.what, node.not);
    case 'distinct': {
      const [left = NULL, right = NULL] = unify(
        [inner(node.left), inner(node.right)],
        'operator IS DISTINCT FROM',
      );
      return typed(`(${left.sql} IS ${node.not ? 'NOT ' : ''}DISTINCT FROM ${right.sql})`, BOOL);
    }
    case 'in':
    case 'likeAny':
      return membership(node, scope, context);
    case 'case':
      return caseOf(node, inner);
    case 'cast':
      if (node.format) throw context.error('CAST with FORMAT is not supported', node);
      return cast(inner(node.value), typeOf(node.type, context), node.safe);
    case 'interval':
      return intervalOf(inner(node.value), node.from, node.to);
    case 'extract':
      return extract(node.part, node.weekday, inner(node.from), node.zone && inner(node.zone));
    case 'call':
      return translateCall(node, scope, context);
    case 'array':
      return array(node, inner, context);
    case 'struct':
      return struct(node, inner, context);
    case 'subscript':
      return subscript(inner(node.of), inner(node.index), node.how);
    case 'arrayQuery':
      return arrayQuery(node.query, scope, context);
    case 'exists':
      return exists(node.query, scope, context);
    case 'subquery':
      return scalarQuery(node.query, scope, context);
    default:
      throw context.error(`Syntax error: Unexpected ${node.node === 'part' ? node.part : node.node}`, node);
  }
}

export function is(value: Typed, what: string, not: boolean): Typed {
  const test = what === 'UNKNOWN' ? 'NULL' : what;
  const subject = what === 'NULL' ? value : coerce(value, BOOL);
  if (!subject) throw new SqlError(`IS ${what} needs BOOL, not ${describe(value)}`);
  return typed(`(${subject.sql} IS ${not ? 'NOT ' : ''}${test})`, BOOL);
}

function membership(
  node: Extract<Expression, { node: 'in' | 'likeAny' }>,
  scope: Scope,
  context: Context,
): Typed {
  const inner = (expression: Expression) => translate(expression, scope, context);
  const value = inner(node.value);
  let result: Typed;
  if (node.node === 'in') {
    if ('query' in node.set) result = inQuery(value, node.set.query, scope, context);
    else if ('unnest' in node.set) result = inArray(value, inner(node.set.unnest));
    else result = inList(value, node.set.list.map(inner));
  } else {
    if ('unnest' in node.patterns) throw context.error('LIKE ANY UNNEST is not supported', node);
    const tests = node.patterns.map((pattern) => like(value, inner(pattern)));
    result = tests.reduce((left, right) => binary(node.all ? 'AND' : 'OR', left, right));
  }
  return node.not ? negate('NOT', result) : result;
}

/** NULL when the value is NULL, or when it is missing and the array holds a NULL; FALSE for no elements. */
function inArray(value: Typed, array: Typed): Typed {
  if (array.type.kind !== 'ARRAY')
    throw new SqlError(`Values referenced in UNNEST must be arrays, not ${describe(array)}`);
  const element = array.type.element;
  const wanted = coerce(value, element);
  if (!wanted) return inList(value, [typed('', element)]);
  return bind([wanted, array], ([x = wanted, list = array]) =>
    typed(
      `CASE WHEN coalesce(len(${list.sql}), 0) = 0 THEN FALSE WHEN ${x.sql} IS NULL THEN NULL ` +
        `WHEN list_contains(${list.sql}, ${x.sql}) THEN TRUE ` +
        `WHEN len(list_filter(${list.sql}, lambda i: i IS NULL)) > 0 THEN NULL ELSE FALSE END`,
      BOOL,
    ),
  );
}

function caseOf(node: Extract<Expression, { node: 'case' }>, inner: (node: Expression) => Typed): Typed {
  const results = unify(
    [...node.branches.map(({ result }) => inner(result)), node.otherwise ? inner(node.otherwise) : NULL],
    'operator CASE',
  );
  const build = (subject?: Typed): Typed => {
    const branches = node.branches.map(({ when }, index) => {
      const test = subject ? compare('=', subject, inner(when)) : coerce(inner(when), BOOL);
      if (!test) throw new SqlError('CASE WHEN needs a condition of type BOOL');
      return `WHEN ${test.sql} THEN ${results[index]?.sql}`;
    });
    return typed(`CASE ${branches.join(' ')} ELSE ${results.at(-1)?.sql} END`, results[0]?.type ?? INT64);
  };
  return node.subject ? bind([inner(node.subject)], ([subject]) => build(subject)) : build();
}

function array(
  node: Extract<Expression, { node: 'array' }>,
  inner: (node: Expression) => Typed,
  context: Context,
): Typed {
  const elements = node.elements.map(inner);
  const declared = node.type && typeOf(node.type, context);
  if (declared?.kind === 'ARRAY') {
    const coerced = elements.map((element) => mustCoerce(element, declared.element));
    return arrayLiteral(coerced, declared.element);
  }
  const unified = elements.length > 0 ? unify(elements, 'array element constructor') : [];
  const element: SqlType = unified[0]?.type ?? { kind: 'NULL' };
  if (element.kind === 'ARRAY')
    throw context.error(
      'Cannot construct array with element type ARRAY because nested arrays are not supported',
      node,
    );
  return arrayLiteral(unified, element);
}

function mustCoerce(value: Typed, type: SqlType): Typed {
  const coerced = coerce(value, type);
  if (!coerced) throw new SqlError(`Value of type ${describe(value)} cannot be coerced to ${typeName(type)}`);
  return coerced;
}

function struct(
  node: Extract<Expression, { node: 'struct' }>,
  inner: (node: Expression) => Typed,
  context: Context,
): Typed {
  const values = node.fields.map(({ value }) => inner(value));
  const declared = node.type && typeOf(node.type, context);
  if (declared?.kind === 'STRUCT') {
    if (declared.fields.length !== values.length)
      throw context.error('STRUCT type and number of values differ', node);
    const coerced = values.map((value, index) => mustCoerce(value, declared.fields[index]?.type ?? INT64));
    return structOf(
      coerced,
      declared.fields.map((one) => one.name),
    );
  }
  return structOf(
    values,
    node.fields.map((one) => one.name ?? impliedName(one.value)),
  );
}

/** The name that a column or field lends to what it is put into. */
export function impliedName(node: Expression): string {
  return node.node === 'name' || node.node === 'field' ? node.name : '';
}

export function typeOf(node: TypeNode, context: Context): SqlType {
  if (node.node === 'array') {
    const element = typeOf(node.element, context);
    if (element.kind === 'ARRAY') throw context.error('Arrays of arrays are not supported', node);
    return { kind: 'ARRAY', element };
  }
  if (node.node === 'struct')
    return {
      kind: 'STRUCT',
      fields: node.fields.map((one) => ({ name: one.name, type: typeOf(one.type, context) })),
    };
  const type = scalarByName(node.name);
  if (!type) throw context.error(`Type ${node.name} is not supported`, node);
  if (node.parameters.length > 0)
    throw context.error(`Parameterized type ${node.name}(${node.parameters}) is not supported here`, node);
  return type;
}
