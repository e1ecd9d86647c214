import { expect, test } from 'vitest';
import { z } from 'zod';
import { defineCollection } from '../define.ts';
import { instant } from '../schema.ts';
import { warehouseTable, warehouseTables } from './warehouse-tables.ts';

const access = { read: 'viewer', create: 'editor', update: 'editor', delete: 'admin' } as const;
const collection = (name: string, fields: z.ZodRawShape, more: object = {}) =>
  defineCollection({
    name,
    idPrefix: 'rec',
    labels: { one: 'Record', many: 'Records' },
    access,
    fields,
    example: {},
    ...more,
  });

test('scalars and nested objects become columns, arrays of objects child tables, other arrays JSON', () => {
  const table = warehouseTable(
    collection('finance.credit-notes', {
      issuedAt: instant.optional(),
      dueOn: z.iso.date(),
      kind: z.enum(['invoice', 'credit_note']),
      billing: z
        .strictObject({ postalCode: z.string(), geo: z.strictObject({ lat: z.number() }) })
        .optional(),
      tags: z.array(z.string()),
      anything: z.unknown(),
      lines: z.array(z.strictObject({ sku: z.string(), amount: z.int(), taxes: z.array(z.int()) })),
      paid: z.boolean().default(false),
    }),
  );
  expect(table).toEqual({
    name: 'finance_credit_notes',
    collection: 'finance.credit-notes',
    columns: [
      { name: 'issued_at', type: 'timestamp', path: ['issuedAt'] },
      { name: 'due_on', type: 'date', path: ['dueOn'] },
      { name: 'kind', type: 'string', path: ['kind'] },
      { name: 'billing_postal_code', type: 'string', path: ['billing', 'postalCode'] },
      { name: 'billing_geo_lat', type: 'number', path: ['billing', 'geo', 'lat'] },
      { name: 'tags', type: 'json', path: ['tags'] },
      { name: 'anything', type: 'json', path: ['anything'] },
      { name: 'paid', type: 'boolean', path: ['paid'] },
    ],
    children: [
      {
        name: 'finance_credit_notes_lines',
        field: 'lines',
        columns: [
          { name: 'sku', type: 'string', path: ['sku'] },
          { name: 'amount', type: 'integer', path: ['amount'] },
          { name: 'taxes', type: 'json', path: ['taxes'] },
        ],
      },
    ],
  });
});

test('a field cannot hide a column of the platform', () => {
  const { columns } = warehouseTable(
    collection('crm.things', { record: z.string(), deleted: z.boolean(), tenantId: z.string() }),
  );
  expect(columns.map(({ name }) => name)).toEqual(['record_field', 'deleted_field', 'tenant_id_field']);
});

test('secrets and private collections stay out', () => {
  const users = collection('auth.users', { email: z.string(), hash: z.string() }, { secret: ['hash'] });
  const sessions = collection('auth.sessions', { token: z.string() }, { warehouse: 'none' });
  const registry = { collections: new Map([users, sessions].map((each) => [each.name, each])) };
  const tables = warehouseTables(registry);
  expect(tables.map(({ name, columns }) => [name, columns.map((column) => column.name)])).toEqual([
    ['auth_users', ['email']],
  ]);
  expect(warehouseTables(registry)).toBe(tables);
});

test('two tables of one name are refused', () => {
  const parent = collection('a.b', { c: z.array(z.strictObject({ x: z.int() })) });
  const other = collection('a.b-c', { x: z.int() });
  const registry = { collections: new Map([parent, other].map((each) => [each.name, each])) };
  expect(() => warehouseTables(registry)).toThrow(/a\.b and a\.b-c both have the warehouse table a_b_c/);
});
