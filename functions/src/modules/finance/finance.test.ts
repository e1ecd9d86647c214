import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createTestPlatform,
  type TestPlatform,
  type TestResponse,
  type TestTenant,
} from '../../kernel/testing/harness.ts';
import { modules } from '../../modules.ts';

let platform: TestPlatform;
let tenant: TestTenant;
beforeAll(async () => {
  platform = await createTestPlatform(modules);
});
afterAll(() => platform?.close());

const call = (method: string, url: string, body?: unknown): Promise<TestResponse> =>
  platform.request(method, `/api/finance/${url}`, {
    token: tenant.token,
    ...(body === undefined ? {} : { body }),
  });
const lines = [{ sku: 'A', description: 'Tea', quantity: 3, unitPrice: '10.00' }];
// biome-ignore lint/suspicious/noExplicitAny: an answer under test has no type until it was checked
async function invoice(more: Record<string, unknown> = {}): Promise<any> {
  const answer = await call('POST', 'invoices', { currency: 'EUR', lines, ...more });
  expect({ status: answer.status, text: answer.status === 201 ? '' : answer.text }).toMatchObject({
    status: 201,
  });
  return answer.body;
}
const pay = (invoiceId: string, amount: number, more: object = {}): Promise<TestResponse> =>
  call('POST', 'payments', { invoiceId, amount, ...more });
const read = async (id: string) => (await call('GET', `invoices/${id}`)).body;

describe('numbers', () => {
  it('have no gaps and no repeats when fifty invoices are issued at once', async () => {
    tenant = await platform.register();
    const drafts = await Promise.all(Array.from({ length: 25 }, () => invoice({ status: 'draft' })));
    const answers = await Promise.all([
      ...drafts.map(({ id }) => call('POST', 'invoices/issue', { id })),
      ...Array.from({ length: 25 }, () => call('POST', 'invoices', { currency: 'EUR', lines })),
    ]);
    expect(answers.map(({ status }) => status).filter((status) => status >= 300)).toEqual([]);
    const numbers = answers.map(({ body }) => body.number).sort();
    expect(numbers).toEqual(
      Array.from({ length: 50 }, (_, index) => `INV-${String(index + 1).padStart(6, '0')}`),
    );
  }, 120_000);

  it('are given once: issuing again changes nothing', async () => {
    const { id } = await invoice({ status: 'draft' });
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => call('POST', 'invoices/issue', { id })),
    );
    expect(new Set(answers.map(({ body }) => body.number)).size).toBe(1);
    expect((await read(id)).version).toBe(2);
  });

  it('are given back when the invoice is refused', async () => {
    tenant = await platform.register();
    expect(
      (await call('POST', 'invoices', { currency: 'EUR', lines: [{ ...lines[0], amount: 1 }] })).status,
    ).toBe(422);
    expect((await invoice()).number).toBe('INV-000001');
  });

  it('of the platform’s form cannot be brought, however they are written', async () => {
    for (const number of ['INV-000009', 'inv-000009', 'CN-1', '\uff29\uff2e\uff36-000009'])
      expect(await call('POST', 'invoices', { currency: 'EUR', lines, number })).toMatchObject({
        status: 422,
        body: { errors: [{ path: 'number', code: 'reserved' }] },
      });
    expect((await invoice({ number: '536365' })).number).toBe('536365');
    expect(await call('POST', 'invoices', { currency: 'EUR', lines, number: '536365' })).toMatchObject({
      status: 409,
      body: { errors: [{ path: 'number', code: 'not_unique' }] },
    });
  });

  it('come from the platform when a draft gives up its own', async () => {
    const { id } = await invoice({ status: 'draft', number: 'OWN-1' });
    expect(await call('PATCH', `invoices/${id}`, { number: null, status: 'issued' })).toMatchObject({
      status: 200,
      body: { number: expect.stringMatching(/^INV-\d{6}$/) },
    });
    expect((await invoice({ number: 'OWN-1' })).number).toBe('OWN-1');
  });
});

describe('amounts', () => {
  it('are computed, in the minor units of the currency', async () => {
    expect(await invoice({ lines: [{ quantity: 6, unitPrice: '2.55', taxRate: '19' }] })).toMatchObject({
      subtotal: 1530,
      tax: 291,
      total: 1821,
      due: 1821,
      paid: 0,
    });
    expect(await invoice({ currency: 'JPY', lines: [{ quantity: 2, unitPrice: '150' }] })).toMatchObject({
      total: 300,
    });
    for (const field of ['subtotal', 'tax', 'total', 'paid', 'due'])
      expect((await call('POST', 'invoices', { currency: 'EUR', lines, [field]: 1 })).status).toBe(422);
  });
});

describe('an issued invoice', () => {
  it('cannot be changed, reopened or deleted; its notes can', async () => {
    const { id } = await invoice();
    for (const patch of [
      { lines: [{ quantity: 1, unitPrice: '1' }] },
      { customerName: 'Other' },
      { currency: 'USD' },
      { number: 'X' },
      { issuedAt: '2020-01-01T00:00:00Z' },
      { status: 'draft' },
      { status: 'paid' },
    ])
      expect({ patch, status: (await call('PATCH', `invoices/${id}`, patch)).status }).toEqual({
        patch,
        status: 422,
      });
    expect((await call('DELETE', `invoices/${id}`)).status).toBe(403);
    expect((await call('PATCH', `invoices/${id}`, { notes: 'Paid soon' })).status).toBe(200);
    expect((await call('POST', `invoices/${id}/revert`, { version: 1 })).status).toBe(200);
  });

  it('does not follow from a draft by writing its status', async () => {
    const { id } = await invoice({ status: 'draft' });
    for (const status of ['paid', 'partially_paid', 'void'])
      expect((await call('PATCH', `invoices/${id}`, { status })).status).toBe(422);
    for (const status of ['paid', 'partially_paid', 'void'])
      expect((await call('POST', 'invoices', { currency: 'EUR', lines, status })).status).toBe(422);
    expect((await call('DELETE', `invoices/${id}`)).status).toBe(204);
    expect((await call('POST', `invoices/${id}/restore`, {})).body).toMatchObject({ status: 'draft' });
  });
});

describe('payments', () => {
  it('stand on the timeline of the invoice’s customer', async () => {
    const { id } = await invoice({ customerId: 'con_7' });
    expect((await pay(id, 3000)).body).toMatchObject({ customerId: 'con_7' });
    expect(await pay((await invoice()).id, 3000, { customerId: 'con_7' })).toMatchObject({
      status: 422,
      body: { errors: [{ path: 'customerId' }] },
    });
  });

  it('settle the invoice with the payment, in one transaction', async () => {
    const { id } = await invoice();
    expect((await pay(id, 1_000)).body).toMatchObject({ currency: 'EUR', amount: 1_000 });
    expect(await read(id)).toMatchObject({ status: 'partially_paid', paid: 1_000, due: 2_000, version: 2 });
    await pay(id, 2_000);
    expect(await read(id)).toMatchObject({ status: 'paid', paid: 3_000, due: 0 });
    await pay(id, -3_000);
    expect(await read(id)).toMatchObject({ status: 'issued', paid: 0, due: 3_000 });
  });

  it('never come to more than the total, also when many pay at once', async () => {
    const { id } = await invoice();
    const answers = await Promise.all(Array.from({ length: 10 }, () => pay(id, 1_000)));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(3);
    for (const { status, body } of answers)
      if (status !== 201)
        expect(body).toMatchObject({ status: 422, errors: [{ path: 'amount', code: 'out_of_range' }] });
    expect(await read(id)).toMatchObject({ status: 'paid', paid: 3_000, due: 0 });
    expect((await call('GET', `payments?invoiceId=${id}`)).body.items).toHaveLength(3);
  });

  it('are refused where they do not fit, and leave the invoice as it was', async () => {
    const { id } = await invoice();
    const draft = await invoice({ status: 'draft' });
    const wrong: [string, number, object, string][] = [
      [id, 3_001, {}, 'out_of_range'],
      [id, -1, {}, 'out_of_range'],
      [id, 1, { currency: 'USD' }, 'other_currency'],
      [draft.id, 1, {}, 'not_payable'],
      ['inv_none', 1, {}, 'unknown_invoice'],
    ];
    for (const [invoiceId, amount, more, code] of wrong)
      expect(await pay(invoiceId, amount, more)).toMatchObject({ status: 422, body: { errors: [{ code }] } });
    expect((await pay(id, 0)).status).toBe(422);
    expect((await read(id)).version).toBe(1);
  });

  it('are never changed or deleted', async () => {
    const { id } = await invoice();
    const payment = (await pay(id, 100)).body;
    for (const [method, body] of [
      ['PATCH', { amount: 1 }],
      ['PUT', { invoiceId: id, amount: 1 }],
      ['DELETE', undefined],
    ] as const)
      expect((await call(method, `payments/${payment.id}`, body)).status).toBe(403);
  });
});

describe('voiding', () => {
  it('keeps the number, owes nothing, and takes no payment any more', async () => {
    const { id, number } = await invoice();
    expect(await call('POST', 'invoices/void', { id, reason: 'Sent twice' })).toMatchObject({
      status: 200,
      body: { status: 'void', number, due: 0 },
    });
    expect((await read(id)).notes).toBe('Void: Sent twice');
    expect((await pay(id, 1)).status).toBe(422);
    expect((await call('PATCH', `invoices/${id}`, { status: 'issued' })).status).toBe(422);
  });

  it('is refused once money was received, by whatever way it is asked for', async () => {
    const { id } = await invoice();
    await pay(id, 1);
    expect((await call('POST', 'invoices/void', { id })).status).toBe(409);
    expect(await call('PATCH', `invoices/${id}`, { status: 'void' })).toMatchObject({
      status: 422,
      body: { errors: [{ path: 'status' }] },
    });
    expect((await read(id)).status).toBe('partially_paid');
  });

  it('is refused for a draft', async () => {
    const { id } = await invoice({ status: 'draft' });
    expect((await call('POST', 'invoices/void', { id })).status).toBe(409);
  });
});

describe('a credit note', () => {
  it('is what a negative total makes, with a series of its own, and money is given back for it', async () => {
    tenant = await platform.register();
    const credit = await invoice({ lines: [{ quantity: -1, unitPrice: '10.00' }] });
    expect(credit).toMatchObject({ kind: 'credit_note', number: 'CN-000001', total: -1_000, due: -1_000 });
    expect((await pay(credit.id, 1)).status).toBe(422);
    expect((await pay(credit.id, -1_000)).status).toBe(201);
    expect(await read(credit.id)).toMatchObject({ status: 'paid', due: 0 });
    expect((await invoice()).number).toBe('INV-000001');
  });
});
