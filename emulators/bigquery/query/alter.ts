/** ALTER TABLE. */

import { type AlterAction, BigQueryError, quoteName, type SchemaField, sameName } from '@mewayz/googlesql';
import type { Catalog } from '../store/catalog.ts';
import { updateTable } from '../store/operations.ts';
import { physicalName, type Table, type TableReference, tableKey } from '../store/resources.ts';
import { checkFields } from '../store/table-definition.ts';
import { defaultOf } from './constants.ts';
import type { Ddl, DdlStats } from './ddl.ts';
import { fieldOf, literalOf, readOptions } from './ddl-options.ts';
import { referenceOf } from './resolver.ts';
import type { Session } from './statement.ts';

export async function alter(
  catalog: Catalog,
  session: Session,
  statement: Extract<Ddl, { statement: 'alter' }>,
): Promise<DdlStats> {
  const reference = referenceOf(statement.table, session.place);
  if (!catalog.findTable(reference) && statement.ifExists) return { operation: 'SKIP', table: reference };
  for (const action of statement.actions) await alterOnce(catalog, session, reference, action);
  return { operation: 'ALTER', table: reference };
}

async function alterOnce(
  catalog: Catalog,
  session: Session,
  reference: TableReference,
  action: AlterAction,
): Promise<void> {
  const find = ({ fields }: Table, name: string): SchemaField | undefined =>
    fields.find((field) => sameName(field.name, name));
  const change = (fields: (table: Table) => readonly SchemaField[]) =>
    updateTable(catalog, reference, (before) => ({ ...before, fields: fields(before) }));
  const set = (name: string, patch: (field: SchemaField) => SchemaField) =>
    change((table) => {
      if (!find(table, name))
        throw new BigQueryError('invalidQuery', `Column not found: ${name}`, { location: 'query' });
      return table.fields.map((field) => (sameName(field.name, name) ? patch(field) : field));
    });
  switch (action.action) {
    case 'add': {
      const field = fieldOf(action.column, catalog, session);
      const known = find(catalog.table(reference), field.name);
      if (known && action.ifNotExists) return;
      if (known)
        throw new BigQueryError('invalidQuery', `Column already exists: ${field.name}`, {
          location: 'query',
        });
      await change((table) => [...table.fields, ...checkFields([field])]);
      return;
    }
    case 'drop':
    case 'rename':
      return restructure(catalog, reference, action);
    case 'dropNotNull':
      await set(action.name, (field) => ({ ...field, mode: 'NULLABLE' }));
      return;
    case 'default':
      await set(action.name, ({ defaultValueExpression: _, ...field }) => {
        if (action.default) defaultOf(catalog, field, action.default.text);
        return action.default ? { ...field, defaultValueExpression: action.default.text } : field;
      });
      return;
    case 'columnOptions': {
      const { description } = action.options;
      const text = description && literalOf(description, session);
      await set(action.name, (field) => ({ ...field, description: String(text ?? '') }));
      return;
    }
    case 'options': {
      const { kept, ...rest } = readOptions(action.options, session);
      await updateTable(catalog, reference, (before) => ({
        ...before,
        ...rest,
        kept: { ...before.kept, ...kept },
      }));
      return;
    }
    case 'renameTable':
      return renameTable(catalog, reference, action.to);
    default:
      throw new BigQueryError('invalidQuery', 'ALTER COLUMN SET DATA TYPE is not supported', {
        location: 'query',
      });
  }
}

/** Columns that go, or get another name. */
async function restructure(
  catalog: Catalog,
  reference: TableReference,
  action: Extract<AlterAction, { action: 'drop' | 'rename' }>,
): Promise<void> {
  await catalog.change(async (connection, change) => {
    const table = catalog.table(reference);
    const field = table.fields.find(({ name }) => sameName(name, action.name));
    if (!field && action.ifExists) return;
    if (!field)
      throw new BigQueryError('invalidQuery', `Column not found: ${action.name}`, { location: 'query' });
    const special = [
      table.timePartitioning?.field,
      table.rangePartitioning?.field,
      ...(table.clustering?.fields ?? []),
    ];
    if (special.some((name) => name && sameName(name, action.name)))
      throw new BigQueryError(
        'invalidQuery',
        `Column ${action.name} is used for partitioning or clustering`,
        { location: 'query' },
      );
    if (action.action === 'drop' && table.fields.length === 1)
      throw new BigQueryError('invalidQuery', 'The last column of a table cannot be dropped', {
        location: 'query',
      });
    if (action.action === 'rename' && table.fields.some(({ name }) => sameName(name, action.to)))
      throw new BigQueryError('invalidQuery', `Column already exists: ${action.to}`, { location: 'query' });
    const head = `ALTER TABLE ${physicalName(table)}`;
    const column = quoteName(field.name);
    await connection.run(
      action.action === 'drop'
        ? `${head} DROP COLUMN ${column}`
        : `${head} RENAME COLUMN ${column} TO ${quoteName(action.to)}`,
    );
    const fields = table.fields.flatMap((one) =>
      one !== field ? [one] : action.action === 'drop' ? [] : [{ ...one, name: action.to }],
    );
    await change.put({
      kind: 'table',
      value: { ...table, fields, modified: Date.now(), version: table.version + 1 },
    });
  });
}

async function renameTable(catalog: Catalog, reference: TableReference, to: string): Promise<void> {
  await catalog.change(async (_, change) => {
    const table = catalog.table(reference);
    const renamed = { ...reference, tableId: to };
    if (catalog.findTable(renamed))
      throw new BigQueryError('duplicate', `Already Exists: Table ${tableKey(renamed)}`);
    await change.remove('table', tableKey(reference));
    await change.put({
      kind: 'table',
      value: { ...table, reference: renamed, modified: Date.now(), version: table.version + 1 },
    });
  });
}
