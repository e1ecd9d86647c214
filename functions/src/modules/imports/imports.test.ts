import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Collection } from '../../kernel/define.ts';
import { exportRecords } from '../../kernel/lists/export.ts';
import { createScope } from '../../kernel/scope.ts';
import { createTestPlatform, type TestPlatform, type TestTenant } from '../../kernel/testing/harness.ts';
import { modules } from '../../modules.ts';
import { contacts as contactsCollection } from '../crm/contacts.collection.ts';
import { invoices as invoicesCollection } from '../finance/invoices.collection.ts';
import { imports } from './module.ts';

const contacts = contactsCollection as unknown as Collection;
const invoices = invoicesCollection as unknown as Collection;

const all = [...modules.filter(({ name }) => name !== 'imports'), imports];
let platform: TestPlatform;
let tenant: TestTenant;
beforeAll(async () => {
  platform = await createTestPlatform(all);
  tenant = await platform.register();
});
afterAll(() => platform.close());

/** Sends a file, lets it be worked off, and answers the job. */
async function send(collection: string, file: string | Buffer, query = '', type = 'text/csv', as = tenant) {
  const answer = await platform.request('POST', `/api/${collection}/import${query}`, {
    token: as.token,
    raw: file,
    headers: { 'content-type': type },
  });
  expect([answer.status, answer.text]).toEqual([202, expect.stringContaining('"queued"')]);
  expect(answer.headers.location).toBe(`/api/imports/jobs/${answer.body.id}`);
  await platform.drain();
  const job = (await platform.request('GET', `/api/imports/jobs/${answer.body.id}`, { token: as.token }))
    .body;
  if (job.state === 'done') expect(job.processed).toBe(job.rows);
  return job;
}

const get = async (url: string, as = tenant) =>
  (await platform.request('GET', url, { token: as.token })).body;

/** The bytes of an export, which the harness would read as text. */
async function exportOf(from: TestTenant, collection: Collection, format: string): Promise<Buffer> {
  const scope = createScope({
    app: platform.app,
    tenantId: from.tenantId,
    caller: { kind: 'user', id: from.userId, role: 'owner' },
    requestId: 'test',
  });
  const reply = await exportRecords(collection, scope.repo(collection), {
    format,
    sort: 'createdAt',
  });
  const parts: Buffer[] = [];
  for await (const part of reply.body as AsyncIterable<Buffer>) parts.push(Buffer.from(part));
  return Buffer.concat(parts);
}

describe('a file of contacts', () => {
  it('becomes records, and every other row an error with its reason', async () => {
    const own = await platform.register();
    const file =
      'Full Name;E-mail;Score;Tags;Favourite colour\r\nAda Lovelace;ada@example.com;1,5;a|b;red\r\nBob;not an address;2;;\r\nEve;eve@example.com;many;;\r\n;nobody@example.com;;;\r\n"Zoë";zoe@example.com;;;x;y\r\n"Max";;;;\r\n';
    const job = await send('crm/contacts', file, '?decimal=,', 'text/csv', own);
    expect(job).toMatchObject({
      state: 'done',
      rows: 6,
      processed: 6,
      created: 2,
      updated: 0,
      skipped: 4,
      errorCount: 4,
      progress: 100,
      dryRun: false,
    });
    expect(job.warnings).toEqual(['Not imported, because no field has this name: Favourite colour.']);
    expect(job.errors).toEqual(
      [
        { row: 2, line: 3, field: 'email', message: expect.any(String) },
        { row: 3, line: 4, field: 'score', message: '“many” is not a number.' },
        { row: 4, line: 5, field: 'name', message: expect.any(String) },
        { row: 5, line: 6, field: '', message: expect.stringContaining('6 columns') },
      ].sort(
        (a, b) =>
          job.errors.findIndex((e: { row: number }) => e.row === a.row) -
          job.errors.findIndex((e: { row: number }) => e.row === b.row),
      ),
    );
    const { items } = await get('/api/crm/contacts?sort=name', own);
    expect(items).toMatchObject([
      { name: 'Ada Lovelace', score: 1.5, createdBy: own.userId, version: 1 },
      { name: 'Max' },
    ]);
    const history = await get(`/api/crm/contacts/${items[0].id}/history`, own);
    expect(history.items).toMatchObject([{ operation: 'create', actor: { kind: 'user', id: own.userId } }]);
    const errors = await platform.request('GET', `/api/imports/jobs/errors?id=${job.id}`, {
      token: own.token,
    });
    expect(errors.headers['content-type']).toContain('text/csv');
    expect(errors.text.split('\r\n')).toHaveLength(6);
    expect(await platform.app.ports.files.exists(`tenants/${own.tenantId}/imports/${job.id}`)).toBe(false);
  });

  it('updates by key: new ones are made, changed ones patched, equal ones skipped', async () => {
    const own = await platform.register();
    const first = await send(
      'crm/contacts',
      'name,email,score\nAda,ada@example.com,1\nBob,bob@example.com,2\n',
      '?key=email',
      'text/csv',
      own,
    );
    expect(first).toMatchObject({ created: 2, updated: 0, skipped: 0 });
    const second = await send(
      'crm/contacts',
      'email,score,name\nada@example.com,1,Ada\nbob@example.com,3,Bob\nnew@example.com,,New\nnew@example.com,9,\n,1,Nobody\n',
      '?key=email',
      'text/csv',
      own,
    );
    expect(second).toMatchObject({
      rows: 5,
      created: 1,
      updated: 2,
      skipped: 2,
      unchanged: 1,
      errorCount: 1,
    });
    expect(second.errors).toMatchObject([{ row: 5, field: 'email' }]);
    const { items } = await get('/api/crm/contacts?sort=name', own);
    expect(items.map(({ name, score }: Record<string, unknown>) => [name, score])).toEqual([
      ['Ada', 1],
      ['Bob', 3],
      ['New', 9],
    ]);
    const byId = await send(
      'crm/contacts',
      `id,score\n${items[0].id},77\ncon_missing,1\n`,
      '?key=id',
      'text/csv',
      own,
    );
    expect(byId).toMatchObject({ updated: 1, skipped: 1, errorCount: 1 });
    expect((await get(`/api/crm/contacts/${items[0].id}`, own)).score).toBe(77);
  });

  it('checks everything and writes nothing in a dry run', async () => {
    const own = await platform.register();
    await send('crm/contacts', 'name,email\nAda,ada@example.com\n', '', 'text/csv', own);
    const job = await send(
      'crm/contacts',
      'name,email\nAda 2,ada@example.com\nAda,ada@example.com\nNew,new@example.com\n,x\n',
      '?dryRun=true&key=email',
      'text/csv',
      own,
    );
    expect(job).toMatchObject({ state: 'done', dryRun: true, rows: 4, created: 1, errorCount: 1 });
    const { items } = await get('/api/crm/contacts', own);
    expect(items).toMatchObject([{ name: 'Ada', version: 1 }]);
  });

  it.each(['csv', 'ndjson', 'json', 'xlsx'])('comes back from its own export as %s', async (format) => {
    const [one, other] = [await platform.register(), await platform.register()];
    const records = [
      {
        name: '=cmd()',
        email: 'a@example.com',
        phone: '+49 (30) 123',
        company: 'O\'Neil; "Sons", Ltd',
        tags: ['a', 'b;c', '=d'],
        score: -1.5,
        notes: 'two\nlines \u20ac',
      },
      { name: "'=quoted", tags: ['one'], score: 1e-7, notes: ' - a list\r\n' },
      { name: 'Ü', tags: ['-1', 'x'], status: 'lead' },
    ];
    for (const record of records)
      expect(
        (await platform.request('POST', '/api/crm/contacts', { token: one.token, body: record })).status,
      ).toBe(201);
    const exported = await platform.request(
      'GET',
      `/api/crm/contacts/export?format=${format}&sort=createdAt`,
      { token: one.token },
    );
    expect(exported.status).toBe(200);
    const job = await send(
      'crm/contacts',
      await exportOf(one, contacts, format),
      `?format=${format}`,
      'application/octet-stream',
      other,
    );
    expect([job.state, job.created, job.errors]).toEqual(['done', 3, []]);
    const strip = (items: Record<string, unknown>[]) =>
      items.map(({ id: _id, createdAt: _c, updatedAt: _u, createdBy: _b, ...rest }) => rest);
    expect(strip((await get('/api/crm/contacts?sort=createdAt', other)).items)).toEqual(
      strip((await get('/api/crm/contacts?sort=createdAt', one)).items),
    );
  });
});

describe('a file of invoice lines', () => {
  it('becomes invoices, also when their rows are apart, and one bad row takes its invoice with it', async () => {
    const own = await platform.register();
    const file = [
      'InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country',
      'A1,S1,First,6,2010-12-01 08:26:00,2.55,17850.0,United Kingdom',
      'A2,S2,,1,2010-12-01 08:28:00,3.39,,France',
      'A1,S3,Third,-2,2010-12-01 08:27:00,1,17850.0,United Kingdom',
      'A3,S4,Fourth,x,2010-12-01 08:30:00,1,,France',
      ',S5,Fifth,1,2010-12-01 08:30:00,1,,France',
      'A3,S6,Sixth,1,2010-12-01 08:30:00,1,,France',
      'A4,S7,Seventh,1,01/12/2010,1,,France',
      'A5,S8,Eighth,1,2010-12-01 08:30:00,1,,France',
      'A5,S9,Ninth,2000000000,2010-12-01 08:30:00,1,,France',
    ].join('\n');
    const job = await send('finance/invoices', file, '', 'text/csv', own);
    expect(job).toMatchObject({
      state: 'done',
      rows: 9,
      processed: 9,
      created: 2,
      skipped: 6,
      errorCount: 6,
    });
    expect([...job.errors].sort((a, b) => a.row - b.row)).toEqual([
      { row: 4, line: 5, field: 'lines.quantity', message: '“x” is not a number.' },
      { row: 5, line: 6, field: 'number', message: 'The row has no number.' },
      { row: 6, line: 7, field: '', message: 'Not imported, because row 4 of the same record was refused.' },
      { row: 7, line: 8, field: 'issuedAt', message: expect.stringContaining('01/12/2010') },
      { row: 8, line: 9, field: '', message: 'Not imported, because row 9 of the same record was refused.' },
      { row: 9, line: 10, field: 'lines.quantity', message: expect.any(String) },
    ]);
    expect(job.warnings).toEqual([
      'Rows of the same number say different things about issuedAt; the first row’s value was taken.',
    ]);
    const { items } = await get('/api/finance/invoices?sort=number', own);
    expect(items).toMatchObject([
      {
        number: 'A1',
        customerId: '17850',
        issuedAt: '2010-12-01T08:26:00.000Z',
        lines: [
          { sku: 'S1', quantity: 6, unitPrice: '2.55' },
          { sku: 'S3', quantity: -2 },
        ],
      },
      { number: 'A2', country: 'France', lines: [{ sku: 'S2' }] },
    ]);
    const again = await send(
      'finance/invoices',
      file.split('\n').slice(0, 2).join('\n'),
      '',
      'text/csv',
      own,
    );
    expect(again).toMatchObject({
      created: 0,
      skipped: 1,
      errors: [{ row: 1, field: 'number', message: 'Another record has this value.' }],
    });
    const dry = await send(
      'finance/invoices',
      file.split('\n').slice(0, 2).join('\n'),
      '?dryRun=true',
      'text/csv',
      own,
    );
    expect(dry).toMatchObject({ created: 0, errors: [{ row: 1, field: 'number' }] });
  });

  it.each(['csv', 'ndjson', 'json', 'xlsx'])('comes back from its own export as %s', async (format) => {
    const [one, other] = [await platform.register(), await platform.register()];
    const body = (number: string, lines: number) => ({
      number,
      status: 'draft',
      customerName: '=Ada',
      currency: 'EUR',
      issuedAt: '2026-01-15T10:00:00.123Z',
      lines: Array.from({ length: lines }, (_, index) => ({
        sku: `S${index}`,
        quantity: index + 0.5,
        unitPrice: '2.5',
      })),
    });
    for (const record of [body('A', 3), body('B', 1)])
      expect(
        (await platform.request('POST', '/api/finance/invoices', { token: one.token, body: record })).status,
      ).toBe(201);
    const file = await exportOf(one, invoices, format);
    const job = await send('finance/invoices', file, `?format=${format}`, 'application/octet-stream', other);
    expect([job.state, job.created, job.errors]).toEqual(['done', 2, []]);
    const strip = (items: Record<string, unknown>[]) =>
      items.map(({ id: _id, createdAt: _c, updatedAt: _u, createdBy: _b, ...rest }) => rest);
    const [before, after] = [
      await get('/api/finance/invoices?sort=number', one),
      await get('/api/finance/invoices?sort=number', other),
    ];
    expect(strip(after.items)).toEqual(strip(before.items));
    if (format === 'csv') expect(file.toString().trim().split('\r\n')).toHaveLength(5);
  });
});

describe('what cannot be imported', () => {
  it.each([
    ['no body', '', 'text/csv', '', 400],
    ['another type', '<a/>', 'text/xml', '', 415],
    ['a form', 'x', 'multipart/form-data; boundary=x', '', 415],
    ['an unknown key', 'name\nA\n', 'text/csv', '?key=notes', 400],
    ['an unknown parameter', 'name\nA\n', 'text/csv', '?upsert=1', 422],
    ['an unknown format', 'name\nA\n', 'text/csv', '?format=xml', 422],
  ])('is refused at once: %s', async (_, file, type, query, status) => {
    const answer = await platform.request('POST', `/api/crm/contacts/import${query}`, {
      token: tenant.token,
      raw: file,
      headers: { 'content-type': type },
    });
    expect([answer.status, answer.headers['content-type']]).toEqual([
      status,
      expect.stringContaining('problem+json'),
    ]);
  });

  it.each([
    ['a workbook as CSV', Buffer.from('PK\x03\x04'), /XLSX/],
    ['missing columns', 'email\na@example.com\n', /Columns are missing: name/],
    ['a column twice', 'name,name\nA,B\n', /more than once/],
    ['two columns for one field', 'name,Full name\nA,B\n', /Several columns are read as name/],
    ['no known column', 'x,y\n1,2\n', /None of the columns is known/],
    ['an empty sheet', '\n\n', /no header/],
  ])('fails as a job and stores nothing: %s', async (_, file, message) => {
    const own = await platform.register();
    const job = await send('crm/contacts', file, '', 'text/csv', own);
    expect(job).toMatchObject({
      state: 'failed',
      created: 0,
      errorCount: 1,
      errors: [{ row: 0, field: '', message: expect.stringMatching(message) }],
    });
    expect((await get('/api/crm/contacts', own)).items).toEqual([]);
  });

  it('is refused to a key that may add records but not update them', async () => {
    const made = await platform.request('POST', '/api/auth/api-keys/create', {
      token: tenant.token,
      body: { name: 'Narrow', permissions: ['crm.contacts.create'] },
    });
    const send = (query: string) =>
      platform.request('POST', `/api/crm/contacts/import${query}`, {
        token: made.body.key,
        raw: 'name,email\nA,a@example.com\n',
        headers: { 'content-type': 'text/csv' },
      });
    expect([(await send('?key=email')).status, (await send('')).status]).toEqual([403, 202]);
    await platform.drain();
  });

  it('is another tenant’s business', async () => {
    const job = await send('crm/contacts', 'name\nAda\n');
    const other = await platform.register();
    for (const url of [`/api/imports/jobs/${job.id}`, `/api/imports/jobs/errors?id=${job.id}`])
      expect((await platform.request('GET', url, { token: other.token })).status).toBe(404);
    expect(
      (
        await platform.request('POST', '/api/imports/jobs/cancel', {
          token: other.token,
          body: { id: job.id },
        })
      ).status,
    ).toBe(404);
    expect(
      (await platform.request('POST', '/api/imports/jobs', { token: tenant.token, body: {} })).status,
    ).toBe(405);
  });
});

describe('a job', () => {
  it('is cancelled before it runs, and not after', async () => {
    const sent = await platform.request('POST', '/api/crm/contacts/import', {
      token: tenant.token,
      raw: 'name\nNever\n',
      headers: { 'content-type': 'text/csv' },
    });
    const cancelled = await platform.request('POST', '/api/imports/jobs/cancel', {
      token: tenant.token,
      body: { id: sent.body.id },
    });
    expect([cancelled.status, cancelled.body.state]).toEqual([200, 'cancelled']);
    await platform.drain();
    expect(await get(`/api/imports/jobs/${sent.body.id}`)).toMatchObject({ state: 'cancelled', created: 0 });
    const done = await send('crm/contacts', 'name\nAda\n');
    expect(
      (
        await platform.request('POST', '/api/imports/jobs/cancel', {
          token: tenant.token,
          body: { id: done.id },
        })
      ).status,
    ).toBe(409);
  });
});
