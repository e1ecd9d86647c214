import type { Account, TestServer } from '../support/server.ts';

/** A write that was acknowledged, with times on the clock of `performance`. */
export interface Write {
  readonly collection: string;
  readonly id: string;
  readonly version: number;
  readonly operation: 'create' | 'update';
  /** What the record's score or number is from then on. */
  readonly mark: number;
  readonly sentAt: number;
  readonly answeredAt: number;
}

/** Requests under way at once; when so many hang, the pace is not kept. */
const MAX_UNDER_WAY = 64;

/**
 * Writes at a steady pace, whatever the answers take: invoices, contacts, and changes of contacts. Resolves with every
 * write in the order of sending. Throws when one is refused.
 */
export async function writeSteadily(
  server: TestServer,
  account: Account,
  { rate, seconds }: { readonly rate: number; readonly seconds: number },
): Promise<Write[]> {
  const writer = new Writer(server, account);
  const total = Math.round(rate * seconds);
  const start = performance.now();
  const underWay = new Set<Promise<void>>();
  const written: Write[] = [];
  for (let mark = 0; mark < total; mark += 1) {
    const wait = start + (mark * 1_000) / rate - performance.now();
    if (wait > 1) await new Promise((resolve) => setTimeout(resolve, wait));
    while (underWay.size >= MAX_UNDER_WAY) await Promise.race(underWay);
    const work = writer.write(mark).then((write) => {
      written.push(write);
      underWay.delete(work);
    });
    underWay.add(work);
  }
  await Promise.all(underWay);
  return written.sort((a, b) => a.sentAt - b.sentAt);
}

class Writer {
  readonly #server: TestServer;
  readonly #account: Account;
  /** Contacts that nobody changes at the moment, with their versions. */
  readonly #idle: { id: string; version: number }[] = [];

  constructor(server: TestServer, account: Account) {
    this.#server = server;
    this.#account = account;
  }

  async write(mark: number): Promise<Write> {
    if (mark % 2 === 0)
      return this.#send('finance.invoices', 'POST', '/api/finance/invoices', mark, invoice(mark));
    const contact = mark % 4 === 1 ? this.#idle.shift() : undefined;
    const [method, url] = contact
      ? ['PATCH', `/api/crm/contacts/${contact.id}`]
      : ['POST', '/api/crm/contacts'];
    const body = contact ? { score: mark } : { name: `Person ${mark}`, company: 'Many', score: mark };
    const write = await this.#send('crm.contacts', method, url, mark, body);
    this.#idle.push(write);
    return write;
  }

  async #send(collection: string, method: string, url: string, mark: number, body: object): Promise<Write> {
    const sentAt = performance.now();
    const answer = await this.#server.request(method, url, { token: this.#account.token, body });
    const answeredAt = performance.now();
    if (answer.status >= 300) throw new Error(`${method} ${url}: ${answer.status} ${answer.text}`);
    const { id, version } = answer.body as { id: string; version: number };
    const operation = method === 'POST' ? 'create' : 'update';
    return { collection, id, version, operation, mark, sentAt, answeredAt };
  }
}

const invoice = (mark: number) => ({
  number: `L-${mark}`,
  currency: 'GBP',
  issuedAt: '2026-03-04T10:00:00.000Z',
  customerName: 'Ada Lovelace',
  lines: [{ sku: 'S1', quantity: 1, unitPrice: '10.00' }],
});
