import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runDueJobs } from '../../../kernel/jobs/job-runner.ts';
import { createTestPlatform, type TestPlatform, type TestTenant } from '../../../kernel/testing/harness.ts';
import { modules } from '../../../modules.ts';
import { compileContext } from '../run-query.ts';

const SALES =
  'Day,Shop,Contact,Amount,Buyer mail\n2026-01-05,North,K1,10.50,a@example.test\n2026-01-06,North,K2,4.25,b@example.test\n2026-02-01,South,K1,100,c@example.test\n2026-02-02,South,K9,1,d@example.test\n';
/** K1 stands twice: a row of sales must not count twice for it. */
const REGIONS = 'Code,Region,Rank\nK1,Alps,2\nK1,Coast,1\nK2,Coast,3\n';

describe('metrics of one’s own', () => {
  let platform: TestPlatform;
  let owner: TestTenant;
  let sales: string;
  let regions: string;
  beforeAll(async () => {
    platform = await createTestPlatform(modules);
    owner = await platform.register();
    sales = await dataset('Sales', SALES, ['buyer_mail']);
    regions = await dataset('Regions', REGIONS);
  }, 60_000);
  afterAll(() => platform.close());

  const call = (method: string, url: string, body?: unknown, token = owner.token) =>
    platform.request(method, url, { token, ...(body === undefined ? {} : { body }) });
  const declare = (body: object, token?: string) =>
    call('POST', '/api/analytics/custom-metrics', body, token);
  const ask = async (body: object, token?: string) =>
    (await call('POST', '/api/analytics/query', body, token)).body;

  async function dataset(name: string, raw: string, pii: string[] = []): Promise<string> {
    const upload = (
      await platform.request('POST', '/api/datasets/uploads/create?format=csv', { token: owner.token, raw })
    ).body;
    const columns = upload.columns.map((column: Record<string, unknown>) => ({
      source: column.source,
      name: column.name,
      type: column.type,
      ...(pii.includes(String(column.name)) ? { pii: true } : {}),
    }));
    const { id } = (await call('POST', '/api/datasets/datasets', { name, columns })).body;
    await call('POST', '/api/datasets/loads/start', { datasetId: id, uploadId: upload.id });
    await runDueJobs(platform.app);
    return id;
  }

  const takings = (more: object = {}) => ({
    name: 'takings',
    label: 'Takings',
    source: `dataset:${sales}`,
    aggregate: 'sum',
    field: 'amount',
    time: 'day',
    dimensions: { shop: 'shop' },
    format: 'money',
    currency: 'EUR',
    ...more,
  });

  it('over a dataset answer like any other, in the units of the file', async () => {
    expect((await declare(takings())).status).toBe(201);
    const { rows, columns } = await ask({ metrics: ['takings'], dimensions: ['shop'], grain: 'month' });
    expect(rows).toEqual([
      { period: '2026-01-01', shop: 'North', takings: 14.75 },
      { period: '2026-02-01', shop: 'South', takings: 101 },
    ]);
    expect(columns[2]).toMatchObject({ label: 'Takings', type: 'money', currency: 'EUR' });
    expect(
      (await ask({ metrics: ['takings'], filters: { shop: 'North' }, from: '2026-01-06' })).rows,
    ).toEqual([{ takings: 4.25 }]);
    const compared = await ask({
      metrics: ['takings'],
      from: '2026-02-01',
      to: '2026-03-01',
      compare: 'previous-period',
    });
    expect(compared.rows[0]).toMatchObject({ takings: 101, 'takings:previous': 14.75 });
    const { items } = (await call('GET', '/api/analytics/metrics')).body;
    expect(items.find(({ name }: { name: string }) => name === 'takings')).toMatchObject({
      custom: true,
      dimensions: ['shop'],
    });
    expect(items.find(({ name }: { name: string }) => name === 'revenue')).toMatchObject({ custom: false });
  });

  it('aggregate in every way, divide each other, and stand beside the modules’', async () => {
    for (const aggregate of ['average', 'min', 'max', 'median'])
      expect((await declare(takings({ name: `${aggregate}-taking`, aggregate }))).status).toBe(201);
    expect(
      (
        await declare(
          takings({
            name: 'visits',
            aggregate: 'count',
            field: undefined,
            format: 'number',
            currency: undefined,
          }),
        )
      ).status,
    ).toBe(201);
    const ratio = { label: 'A visit', aggregate: 'ratio', ratio: ['takings', 'visits'], format: 'money' };
    expect((await declare({ ...ratio, name: 'taking-a-visit' })).status).toBe(201);
    const metrics = [
      'average-taking',
      'min-taking',
      'max-taking',
      'median-taking',
      'visits',
      'taking-a-visit',
      'orders',
    ];
    expect((await ask({ metrics })).rows).toEqual([
      {
        'average-taking': 28.94,
        'min-taking': 1,
        'max-taking': 100,
        'median-taking': 7.38,
        visits: 4,
        'taking-a-visit': 28.94,
        orders: 0,
      },
    ]);
  });

  it('over a collection follow its records and its access', async () => {
    for (const [name, status] of [
      ['A', 'customer'],
      ['B', 'lead'],
      ['C', 'customer'],
    ])
      await call('POST', '/api/crm/contacts', { name, status, country: 'FR' });
    await platform.drain();
    const won = {
      name: 'contacts-won',
      label: 'Contacts won',
      source: 'crm.contacts',
      aggregate: 'count',
      where: { status: ['customer'] },
      time: 'createdAt',
      dimensions: { country: 'country' },
      format: 'number',
    };
    expect((await declare(won)).status).toBe(201);
    expect((await ask({ metrics: ['contacts-won'], dimensions: ['country'] })).rows).toEqual([
      { country: 'FR', 'contacts-won': 2 },
    ]);
  });

  it('join what is looked up by a key, and count no row twice', async () => {
    const joins = { region: { source: `dataset:${regions}`, on: ['contact', 'code'] } };
    const joined = takings({
      name: 'takings-by-region',
      joins,
      dimensions: { region: 'region.region', rank: 'region.rank' },
    });
    expect((await declare(joined)).status).toBe(201);
    expect((await ask({ metrics: ['takings-by-region'] })).rows).toEqual([{ 'takings-by-region': 115.75 }]);
    expect((await ask({ metrics: ['takings-by-region'], dimensions: ['region'] })).rows).toEqual([
      { region: 'Alps', 'takings-by-region': 110.5 },
      { region: 'Coast', 'takings-by-region': 4.25 },
      { region: null, 'takings-by-region': 1 },
    ]);
    expect((await ask({ metrics: ['takings-by-region'], filters: { rank: 3 } })).rows).toEqual([
      { 'takings-by-region': 4.25 },
    ]);
  });

  it('of the modules reach through the contact too', async () => {
    const contact = (await call('POST', '/api/crm/contacts', { name: 'Ada', status: 'partner' })).body;
    const invoice = (customerId: string) => ({
      kind: 'invoice',
      currency: 'EUR',
      customerId,
      lines: [{ quantity: 1, unitPrice: '10' }],
    });
    for (const id of [contact.id, contact.id, 'unknown'])
      await call('POST', '/api/finance/invoices', invoice(id));
    await platform.drain();
    expect((await ask({ metrics: ['revenue', 'orders'], dimensions: ['customer-status'] })).rows).toEqual([
      { 'customer-status': 'partner', revenue: 20, orders: 2 },
      { 'customer-status': null, revenue: 10, orders: 1 },
    ]);
    await call('DELETE', `/api/crm/contacts/${contact.id}`);
    await platform.drain();
    expect((await ask({ metrics: ['orders'], dimensions: ['customer-status'] })).rows).toEqual([
      { 'customer-status': null, orders: 3 },
    ]);
  });

  it.each([
    [{ name: 'revenue' }, 'name', /metric of the platform/],
    [{ name: 'Two Words' }, 'name', /hyphens/],
    [{ name: 'period' }, 'name', /column of every answer/],
    [{ source: 'dataset:dat_gone' }, 'source', /no dataset dat_gone/],
    [{ source: 'crm.nothing' }, 'source', /no collection crm.nothing/],
    [{ source: 'auth.users' }, 'source', /no collection auth.users/],
    [{ field: 'sum' }, 'field', /no column sum. Known: day, shop, contact, amount, buyer_mail/],
    [{ field: 'shop' }, 'field', /type string; integer or number/],
    [{ field: undefined }, 'field', /needed/],
    [{ time: 'shop' }, 'time', /timestamp or date/],
    [{ time: undefined }, 'time', /needed/],
    [{ dimensions: { town: 'city' } }, 'dimensions.town', /no column city/],
    [{ dimensions: { period: 'shop' } }, 'dimensions.period', /column of every answer/],
    [{ where: { amount: ['much'] } }, 'where.amount', /number/],
    [{ currency: undefined }, 'currency', /needed/],
    [{ currency: 'euro' }, 'currency', /no column euro/],
    [{ format: 'number' }, 'currency', /Only money/],
    [{ aggregate: 'count' }, 'field', /count-distinct/],
    [{ subject: 'who' }, 'subject', /no column who/],
    [
      { joins: { c: { source: 'crm.contacts', on: ['contact', 'name'] } } },
      'joins.c.on.1',
      /Several rows.*Join on id/,
    ],
    [
      { joins: { c: { source: 'crm.contacts', on: ['amount', 'id'] } } },
      'joins.c.on.1',
      /no row would be found/,
    ],
    [{ joins: { c: { source: 'crm.contacts', on: ['nobody', 'id'] } } }, 'joins.c.on.0', /no column nobody/],
    [
      { joins: { c: { source: 'crm.contacts', on: ['contact', 'id'] } }, field: 'c.score' },
      'field',
      /rows themselves/,
    ],
    [{ aggregate: 'ratio', ratio: ['takings', 'nothing'] }, 'ratio.1', /no metric nothing/],
    [{ aggregate: 'ratio', ratio: ['visits', 'takings'] }, 'ratio.1', /divided by money/],
    [{ aggregate: 'ratio', ratio: ['takings', 'visits'], format: 'number' }, 'format', /is money/],
  ])('are refused when they could not be computed: %j', async (more, path, message) => {
    const { status, body } = await declare(takings({ name: 'wrong', ...more }));
    expect(status).toBe(422);
    const fault = body.errors.find((error: { path: string }) => error.path === path);
    expect({ path, message: fault?.message ?? body.errors }).toEqual({
      path,
      message: expect.stringMatching(message),
    });
  });

  it('are never a way around: whatever stands where a path belongs is a column or refused', async () => {
    const hostile = [
      ...[
        "amount'; DROP TABLE changes; --",
        '" OR 1=1 --',
        "amount) FROM read_csv('/etc/passwd') --",
        '$1',
        '@p1',
        '`x`',
      ],
      ...[
        '__proto__',
        'constructor.name',
        'toString',
        'tenant_id',
        'r.tenant_id',
        'record',
        '$tenant',
        'deleted',
        '../x',
        'e.amount',
      ],
    ];
    const places: ((text: string) => object)[] = [
      (text) => ({ field: text }),
      (text) => ({ time: text }),
      (text) => ({ subject: text }),
      (text) => ({ unnest: text }),
      (text) => ({ currency: text }),
      (text) => ({ source: text }),
      (text) => ({ where: { [`${text}.x`]: [1] } }),
      (text) => ({ dimensions: { shop: text } }),
      (text) => ({ dimensions: { [`${text} `]: 'shop' } }),
      (text) => ({ joins: { other: { source: 'crm.contacts', on: [text, 'id'] } } }),
      (text) => ({ joins: { other: { source: 'crm.contacts', on: ['contact', text] } } }),
      (text) => ({ aggregate: 'ratio', ratio: [text, 'visits'] }),
    ];
    for (const place of places)
      for (const text of hostile) {
        const { status } = await declare(takings({ name: 'hostile', ...place(text) }));
        expect({ ...place(text), status }).toEqual({ ...place(text), status: 422 });
      }
  });

  it('show nobody what they may not see', async () => {
    expect(
      (
        await declare(
          takings({
            name: 'buyers',
            aggregate: 'count-distinct',
            field: 'buyer_mail',
            format: 'number',
            currency: undefined,
          }),
        )
      ).status,
    ).toBe(201);
    expect(
      (await declare(takings({ name: 'by-buyer', dimensions: { buyer: 'buyer_mail', shop: 'shop' } })))
        .status,
    ).toBe(201);
    expect((await ask({ metrics: ['buyers'] })).rows).toEqual([{ buyers: 4 }]);
    const viewer = { kind: 'user', id: 'usr_viewer', role: 'viewer' } as const;
    const { catalogue } = await compileContext({
      app: platform.app,
      tenantId: owner.tenantId,
      caller: viewer,
    });
    expect(catalogue.metrics.has('takings')).toBe(true);
    expect([catalogue.metrics.has('buyers'), catalogue.unavailable.has('buyers')]).toEqual([false, false]);
    expect(catalogue.metrics.get('by-buyer')?.dimensions).toEqual({ shop: 'shop' });
  });

  it('belong to their tenant', async () => {
    const stranger = await platform.register('Stranger');
    expect(
      (await call('POST', '/api/analytics/query', { metrics: ['takings'] }, stranger.token)).status,
    ).toBe(422);
    const stolen = await declare(takings({ name: 'stolen' }), stranger.token);
    expect([stolen.status, stolen.body.errors[0].path]).toEqual([422, 'source']);
    expect(
      (
        await declare(
          takings({
            name: 'takings',
            source: 'crm.contacts',
            field: 'score',
            time: 'createdAt',
            dimensions: {},
          }),
          stranger.token,
        )
      ).status,
    ).toBe(201);
  });

  it('say why they cannot be computed when a column or the dataset is gone', async () => {
    const { body: before } = await call('GET', `/api/datasets/datasets/${sales}`);
    const columns = before.columns.map((column: { name: string }) =>
      column.name === 'shop' ? { ...column, name: 'branch' } : column,
    );
    expect((await call('PATCH', `/api/datasets/datasets/${sales}`, { columns })).status).toBe(200);
    const renamed = await call('POST', '/api/analytics/query', { metrics: ['takings'] });
    expect([renamed.status, renamed.body.errors[0]]).toEqual([
      422,
      {
        path: 'metrics.0',
        code: 'unavailable_metric',
        message: expect.stringMatching(
          /takings cannot be computed: .* has no column shop. Known: day, branch/,
        ),
      },
    ]);
    const { items } = (await call('GET', '/api/analytics/metrics')).body;
    expect(items.find(({ name }: { name: string }) => name === 'takings')).toMatchObject({
      custom: true,
      unavailable: expect.stringMatching(/no column shop/),
    });

    // The rows were loaded under the old name.
    const { id } = (await call('GET', '/api/analytics/custom-metrics?limit=200')).body.items.find(
      ({ name }: { name: string }) => name === 'takings',
    );
    expect(
      (await call('PATCH', `/api/analytics/custom-metrics/${id}`, { dimensions: { shop: 'branch' } })).status,
    ).toBe(200);
    const stale = await call('POST', '/api/analytics/query', { metrics: ['takings'], dimensions: ['shop'] });
    expect([stale.status, stale.body.detail]).toEqual([409, expect.stringMatching(/Load its files again/)]);

    await call('DELETE', `/api/datasets/datasets/${sales}`);
    const deleted = await call('POST', '/api/analytics/query', { metrics: ['takings'] });
    expect([deleted.status, deleted.body.detail]).toEqual([
      422,
      expect.stringMatching(/There is no dataset/),
    ]);
  });
});
