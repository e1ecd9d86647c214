/** Columns and OPTIONS of DDL statements. */

import {
  BigQueryError,
  type ColumnNode,
  type Expression,
  fieldOfType,
  type Options,
  type SchemaField,
  type TypeNode,
  typeOf,
} from '@mewayz/googlesql';
import type { Catalog } from '../store/catalog.ts';
import type { Kept } from '../store/resources.ts';
import { defaultOf } from './constants.ts';
import type { Session } from './statement.ts';

export function fieldOf(column: ColumnNode, catalog: Catalog, session: Session): SchemaField {
  const type = typeOf(withoutParameters(column.type), session.context);
  const field = fieldOfType(column.name, type);
  const mode = column.notNull ? { mode: 'REQUIRED' } : {};
  const description = column.options.description && literalOf(column.options.description, session);
  if (column.default) defaultOf(catalog, field, column.default.text);
  return {
    ...field,
    ...(type.kind !== 'ARRAY' && mode),
    ...(typeof description === 'string' && { description }),
    ...(column.default && { defaultValueExpression: column.default.text }),
  };
}

/** `STRING(10)` limits what a column may hold, which is not checked here, so that it is refused by name. */
function withoutParameters(type: TypeNode): TypeNode {
  if (type.node === 'scalar' && type.parameters.length > 0)
    throw new BigQueryError(
      'invalidQuery',
      `Parameterized type ${type.name}(${type.parameters.join(', ')}) is not supported`,
      { location: 'query' },
    );
  return type;
}

/** The value of an option: text, number, truth, or a list of pairs. */
export function literalOf(node: Expression, session: Session): unknown {
  if (node.node === 'literal') {
    if (node.kind === 'integer' || node.kind === 'float') return Number(node.value);
    return node.kind === 'bool' ? node.value === 'true' : node.kind === 'null' ? null : node.value;
  }
  if (node.node === 'array') return node.elements.map((element) => literalOf(element, session));
  if (node.node === 'struct') return node.fields.map(({ value }) => literalOf(value, session));
  if (node.node === 'typedLiteral')
    return Date.parse(
      `${node.value.replace(' ', 'T').replace(/(\d)$/, '$1')}${/[zZ+]|\d-\d\d:/.test(node.value) ? '' : 'Z'}`,
    );
  throw session.context.error('An option needs a literal', node);
}

export interface ReadOptions {
  readonly kept: Kept;
  readonly requirePartitionFilter?: boolean;
  readonly expires?: number;
  readonly partitionExpirationMs?: string;
}

export const NAMES: Readonly<Record<string, string>> = {
  description: 'description',
  friendly_name: 'friendlyName',
};

export function readOptions(options: Options, session: Session): ReadOptions {
  const kept: Record<string, unknown> = {};
  const read: { requirePartitionFilter?: boolean; expires?: number; partitionExpirationMs?: string } = {};
  for (const [name, node] of Object.entries(options)) {
    const value = literalOf(node, session);
    if (name === 'labels' && Array.isArray(value))
      kept.labels = Object.fromEntries(value as [string, string][]);
    else if (name === 'require_partition_filter') read.requirePartitionFilter = value === true;
    else if (name === 'partition_expiration_days')
      read.partitionExpirationMs = String(Math.round(Number(value) * 86_400_000));
    else if (name === 'expiration_timestamp') read.expires = Number(value);
    else if (NAMES[name]) kept[NAMES[name]] = value;
    else throw session.context.error(`Option ${name} is not supported`, node);
  }
  return { kept, ...read };
}
