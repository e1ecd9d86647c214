import type { Account, Answer, TestServer } from '../support/server.ts';
import type { Known, Ledger } from './ledger.ts';

const WRITERS = 8;
const INVOICE = {
  status: 'issued',
  currency: 'EUR',
  lines: [{ description: 'Work', quantity: 1, unitPrice: '10.00' }],
};
let names = 0;

/**
 * Writes as fast as the server answers, until it is gone: creates (half of them with idempotency keys), patches,
 * deletes, bulks and invoices. Every writer owns its records, so that what it was told last is what must be there.
 */
export async function writeUntilGone(
  server: TestServer,
  account: Account,
  ledger: Ledger,
  random: () => number,
): Promise<void> {
  await Promise.all(Array.from({ length: WRITERS }, () => writer(server, account, ledger, random)));
}

async function writer(
  server: TestServer,
  account: Account,
  ledger: Ledger,
  random: () => number,
): Promise<void> {
  const own: string[] = [];
  const ask = (method: string, url: string, body?: unknown, key?: string): Promise<Answer> =>
    server.request(method, url, {
      token: account.token,
      body,
      headers: key ? { 'idempotency-key': key } : {},
    });
  for (;;) {
    const dice = random();
    const id = own[Math.floor(random() * own.length)] ?? '';
    const known = ledger.contacts.get(id);
    const alive = known && !known.deleted ? known : undefined;
    const going =
      dice < 0.45 && alive
        ? await change(ask, id, alive, { score: alive.score + 1, deleted: false })
        : dice < 0.5 && alive
          ? await change(ask, id, alive, { score: alive.score, deleted: true })
          : dice < 0.6
            ? await createMany(ask, ledger, own)
            : dice < 0.7
              ? await issue(ask, ledger)
              : await createOne(ask, ledger, own, random() < 0.5);
    if (!going) return;
    ledger.acknowledged++;
  }
}

type Ask = (method: string, url: string, body?: unknown, key?: string) => Promise<Answer>;

/** The answer, or undefined when there was none: then the server is gone and nobody knows what happened. */
async function answered(asked: Promise<Answer>, status: number): Promise<Answer | undefined> {
  const answer = await asked.catch(() => undefined);
  if (answer && answer.status !== status)
    throw new Error(`a write was answered ${answer.status}: ${answer.text}`);
  return answer;
}

async function change(
  ask: Ask,
  id: string,
  known: Known,
  next: { score: number; deleted: boolean },
): Promise<boolean> {
  known.doubt = next;
  const url = `/api/crm/contacts/${id}`;
  const answer = next.deleted
    ? await answered(ask('DELETE', url), 204)
    : await answered(ask('PATCH', url, { score: next.score }), 200);
  if (!answer) return false;
  Object.assign(known, next, { version: known.version + 1, doubt: undefined });
  return true;
}

async function createOne(ask: Ask, ledger: Ledger, own: string[], keyed: boolean): Promise<boolean> {
  const name = `contact ${++names}`;
  const [body, key] = [{ name, score: 0 }, keyed ? `key of ${name}` : undefined];
  const answer = await answered(ask('POST', '/api/crm/contacts', body, key), 201);
  if (!answer) {
    ledger.creates.push({ names: [name], key, body });
    return false;
  }
  ledger.contacts.set(answer.body.id, { version: 1, score: 0, deleted: false });
  own.push(answer.body.id);
  return true;
}

async function createMany(ask: Ask, ledger: Ledger, own: string[]): Promise<boolean> {
  const many = Array.from({ length: 5 }, () => `contact ${++names}`);
  const body = { operations: many.map((name) => ({ op: 'create', data: { name, score: 0 } })) };
  const answer = await answered(ask('POST', '/api/crm/contacts/bulk', body), 200);
  if (!answer) {
    ledger.creates.push({ names: many, key: undefined, body });
    return false;
  }
  for (const { record } of answer.body.results) {
    ledger.contacts.set(record.id, { version: 1, score: 0, deleted: false });
    own.push(record.id);
  }
  return true;
}

async function issue(ask: Ask, ledger: Ledger): Promise<boolean> {
  const answer = await answered(ask('POST', '/api/finance/invoices', INVOICE), 201);
  if (answer) ledger.invoices.set(answer.body.id, answer.body.number);
  else ledger.doubtfulInvoices++;
  return answer !== undefined;
}
