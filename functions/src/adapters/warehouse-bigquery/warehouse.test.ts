import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { OAuth2Client } from 'google-auth-library';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Change } from '../../kernel/changes/change.ts';
import type { Warehouse } from '../../kernel/ports/warehouse.ts';
import { changeOf, noDocuments, TABLES } from '../../kernel/testing/warehouse-changes.ts';
import { createBigQueryWarehouse } from './index.ts';
import { evolveStatements } from './schema.ts';

/** What BigQuery's REST API received, and what it answers to queries. */
let statements: { query: string; parameters: unknown }[];
let streamed: { table: string; insertId: string; json: Record<string, unknown> }[];
let answer: { fields: { name: string; type: string }[]; rows: string[][] };
let refuseRows: boolean;
let warehouse: Warehouse;

/** The calls of the REST API (https://cloud.google.com/bigquery/docs/reference/rest) that the adapter makes. */
const server = createServer(async (request, response) => {
  const [path = ''] = (request.url ?? '').replace('/bigquery/v2/projects/shop', '').split('?');
  const body = request.method === 'POST' ? ((await json(request)) as Record<string, never>) : undefined;
  const reply = (value: unknown): void =>
    void response.setHeader('content-type', 'application/json').end(JSON.stringify(value));
  const jobReference = { projectId: 'shop', jobId: 'job-1', location: 'EU' };
  const insert = /^\/datasets\/mewayz\/tables\/(\w+)\/insertAll$/.exec(path);
  if (insert) {
    const rows = (body as unknown as { rows: { insertId: string; json: Record<string, unknown> }[] }).rows;
    streamed.push(...rows.map((row) => ({ table: String(insert[1]), ...row })));
    return reply(
      refuseRows
        ? { insertErrors: [{ index: 0, errors: [{ reason: 'invalid', message: 'no such field' }] }] }
        : {},
    );
  }
  const query =
    (body as unknown as {
      configuration?: { query: { query: string; queryParameters: unknown } };
      query?: string;
    }) ?? {};
  const config =
    query.configuration?.query ??
    (query.query ? (query as unknown as { query: string; queryParameters: unknown }) : undefined);
  if (config && path !== '/datasets')
    statements.push({ query: config.query, parameters: config.queryParameters });
  const wantsColumns = statements.at(-1)?.query.includes('INFORMATION_SCHEMA') ?? false;
  const { fields, rows } = wantsColumns
    ? {
        fields: [
          { name: 'column_name', type: 'STRING' },
          { name: 'data_type', type: 'STRING' },
        ],
        rows: [
          ['name', 'STRING'],
          ['score', 'STRING'],
        ],
      }
    : answer;
  const result = {
    jobReference,
    jobComplete: true,
    schema: { fields },
    rows: rows.map((row) => ({ f: row.map((v) => ({ v })) })),
    totalRows: String(rows.length),
  };
  if (path === '/jobs')
    return reply({ jobReference, status: { state: 'DONE' }, configuration: { query: {} } });
  if (path.startsWith('/queries')) return reply(result);
  return reply({ datasetReference: { datasetId: 'mewayz', projectId: 'shop' } });
});

beforeEach(async () => {
  [statements, streamed, answer, refuseRows] = [[], [], { fields: [], rows: [] }, false];
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const authClient = new OAuth2Client();
  authClient.setCredentials({ access_token: 'token', expiry_date: Date.now() + 3_600_000 });
  const apiEndpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  warehouse = createBigQueryWarehouse({
    projectId: 'shop',
    dataset: 'mewayz',
    client: { apiEndpoint, authClient: authClient as never },
  });
});
afterEach(async () => {
  await warehouse.close();
  await new Promise((resolve) => server.close(resolve));
});

const contact = (recordId: string, version: number, operation: Change['operation'], patch: object = {}) =>
  changeOf({ collection: 'crm.contacts', recordId, version, operation, patch: { ...patch } });
const rowsOf = (table: string) => streamed.filter((row) => row.table === table);

test('a created record is streamed from its change, with ids that make redelivery harmless', async () => {
  const changes = [
    contact('con_1', 1, 'create', { name: 'Ada', score: 3 }),
    contact('con_1', 2, 'update', { name: 'Ada L.' }),
  ];
  for (let delivery = 0; delivery < 2; delivery++)
    expect(await warehouse.apply(changes, TABLES, noDocuments)).toEqual({ applied: 2 });
  const versions = rowsOf('crm_contacts_versions');
  expect(versions.slice(0, 2)).toEqual(versions.slice(2));
  expect(versions.slice(0, 2)).toMatchObject([
    { json: { version: 1, operation: 'create', name: 'Ada' } },
    {
      insertId: `ten_a:con_1:2:${changes[1]?.id}`,
      json: { tenant_id: 'ten_a', id: 'con_1', version: 2, deleted: false, name: 'Ada L.' },
    },
  ]);
  expect(JSON.parse(String(versions[1]?.json.record))).toMatchObject({
    name: 'Ada L.',
    score: 3,
    version: 2,
  });
  expect(rowsOf('changes_log').map(({ insertId }) => insertId)).toEqual(
    [...changes, ...changes].map(({ id }) => `ten_a:${id}`),
  );
});

test('an update is completed from the documents, a deleted record is marked', async () => {
  const read = async () => ({ record: { name: 'Ada', score: 5, version: 7 }, version: 7, deleted: false });
  await warehouse.apply([contact('con_1', 6, 'update', { score: 4 })], TABLES, read);
  await warehouse.apply([contact('con_2', 4, 'delete')], TABLES, noDocuments);
  expect(rowsOf('crm_contacts_versions')).toMatchObject([
    { insertId: 'ten_a:con_1:7:', json: { version: 7, deleted: false, name: 'Ada' } },
    { insertId: 'ten_a:con_2:4:', json: { version: 4, deleted: true } },
  ]);
});

test('tables and views are made once, missing columns added, and a column of another type is read from the JSON', async () => {
  await warehouse.apply([], TABLES.slice(0, 1), noDocuments);
  await warehouse.apply([contact('con_1', 1, 'create', { score: 3 })], TABLES.slice(0, 1), noDocuments);
  const sql = statements.map(({ query }) => query);
  expect(
    sql.filter((text) => text.startsWith('CREATE TABLE IF NOT EXISTS `crm_contacts_versions`')),
  ).toHaveLength(1);
  const added = sql.find((text) => text.startsWith('ALTER TABLE `crm_contacts_versions`'));
  expect(added).toContain('ADD COLUMN IF NOT EXISTS `address_city` STRING');
  const view = sql.find((text) => text.startsWith('CREATE OR REPLACE VIEW `crm_contacts`'));
  expect(view).toContain('SAFE_CAST(JSON_VALUE(record, \'$."score"\') AS INT64) AS `score`');
  expect(view).toContain(
    'QUALIFY ROW_NUMBER() OVER (PARTITION BY tenant_id, id ORDER BY version DESC, change_id DESC) = 1',
  );
  expect(rowsOf('crm_contacts_versions')[0]?.json).not.toHaveProperty('score');
});

test('array elements are a view over the newest version', () => {
  expect(evolveStatements(TABLES[1] ?? (TABLES[0] as never), new Map()).at(-1)).toBe(
    'CREATE OR REPLACE VIEW `finance_invoices_lines` AS SELECT s.tenant_id, s.id AS record_id, position, ' +
      'JSON_VALUE(element, \'$."sku"\') AS `sku`, SAFE_CAST(JSON_VALUE(element, \'$."amount"\') AS INT64) AS `amount` ' +
      'FROM `finance_invoices` AS s, UNNEST(JSON_QUERY_ARRAY(s.record, \'$."lines"\')) AS element WITH OFFSET AS position WHERE NOT s.deleted',
  );
});

test('a query passes its parameters by name and type', async () => {
  answer = {
    fields: [
      { name: 'revenue', type: 'INTEGER' },
      { name: 'country', type: 'STRING' },
    ],
    rows: [['974774793', 'EIRE']],
  };
  const result = await warehouse.query('SELECT $1, $2, $10 FROM t', [
    'ten_1',
    1.5,
    true,
    null,
    5,
    '',
    '',
    '',
    '',
    'last',
  ]);
  expect(result).toMatchObject({
    columns: [
      { name: 'revenue', type: 'integer' },
      { name: 'country', type: 'string' },
    ],
    rows: [{ revenue: 974_774_793, country: 'EIRE' }],
  });
  expect(statements.at(-1)).toMatchObject({
    query: 'SELECT @p1, @p2, @p10 FROM t',
    parameters: expect.arrayContaining([
      { name: 'p1', parameterType: { type: 'STRING' }, parameterValue: { value: 'ten_1' } },
      { name: 'p2', parameterType: { type: 'FLOAT64' }, parameterValue: { value: 1.5 } },
      { name: 'p5', parameterType: { type: 'INT64' }, parameterValue: { value: 5 } },
    ]),
  });
  await expect(warehouse.query('DELETE FROM changes_log WHERE TRUE', [])).rejects.toThrow(/SELECT/);
  await expect(warehouse.query('SELECT 1; DROP TABLE changes_log', [])).rejects.toThrow(/SELECT/);
});

test('rows that BigQuery refuses fail the apply, so that they are delivered again', async () => {
  refuseRows = true;
  await expect(warehouse.apply([contact('con_1', 1, 'create', {})], TABLES, noDocuments)).rejects.toThrow();
});
