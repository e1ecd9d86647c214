import { FieldValue, type Firestore } from 'firebase-admin/firestore';
import { type Change, eventName } from '../../functions/src/kernel/changes/change.ts';
import { createIdSource } from '../../functions/src/kernel/ids.ts';

/** Changes of one commit; Firestore takes 500 writes at once. */
const COMMIT = 250;
const ids = createIdSource();

/**
 * Writes entries of the change log as the repository does: contacts that are created, of which every third is changed
 * again at once. Only the log is written, so that little time goes into it. Returns how many warehouse rows they make.
 */
export async function writeChanges(
  firestore: Firestore,
  tenants: readonly string[],
  count: number,
): Promise<number> {
  let records = 0;
  for (let written = 0; written < count; written += COMMIT) {
    const tenantId = tenants[(written / COMMIT) % tenants.length] ?? '';
    const batch = firestore.batch();
    let recordId = '';
    for (let index = 0; index < Math.min(COMMIT, count - written); index += 1) {
      const update = index % 4 === 3;
      if (!update) {
        recordId = ids.next('con');
        records += 1;
      }
      const patch = update ? { score: index, notes: 'Called back' } : contact(index);
      batch.create(firestore.doc(`tenants/${tenantId}/changes/${ids.ulid()}`), {
        collection: 'crm.contacts',
        recordId,
        version: update ? 2 : 1,
        operation: update ? 'update' : 'create',
        actor: { kind: 'user', id: 'usr_01JD0000000000000000000000' },
        requestId: ids.next('req'),
        patch: JSON.stringify(patch),
        event: update ? 'crm.contacts.updated' : 'crm.contacts.created',
        at: FieldValue.serverTimestamp(),
      });
    }
    await batch.commit();
  }
  return records;
}

function contact(index: number): object {
  const now = new Date().toISOString();
  return {
    name: `Person ${index} of Many`,
    email: `person-${index}@example.test`,
    phone: '+354 555 1234',
    company: `Company ${index % 50}`,
    score: index,
    tags: ['imported', 'north'],
    notes: 'Met at the fair; wants an offer for twelve seats by the end of the quarter.',
    createdAt: now,
    updatedAt: now,
    createdBy: 'usr_01JD0000000000000000000000',
  };
}

/** Changes as messages bring them, of eight tenants: records made, then changed, both, and invoices of five lines. */
export function changeSeries(count: number): Record<string, Change[]> {
  const numbers = Array.from({ length: count }, (_, index) => index);
  const contacts = numbers.map(() => ids.next('con'));
  const invoices = numbers.slice(0, count / 4).map(() => ids.next('inv'));
  const change = (
    collection: string,
    recordId: string,
    index: number,
    version: number,
    patch: object,
  ): Change => {
    const operation = version === 1 ? 'create' : 'update';
    return {
      tenantId: `ten_01JD00000000000000000000${Math.floor(index / 500) % 8}`,
      id: ids.ulid(),
      collection,
      recordId,
      version,
      operation,
      actor: { kind: 'user', id: 'usr_01JD0000000000000000000000' },
      requestId: ids.next('req'),
      patch: { ...patch, version },
      event: eventName(collection, operation),
      at: new Date().toISOString(),
    };
  };
  const called = { score: 7, notes: 'Called back', updatedAt: new Date().toISOString() };
  const [contactsOf, invoicesOf] = ['crm.contacts', 'finance.invoices'];
  return {
    creates: contacts.map((id, index) => change(contactsOf, id, index, 1, contact(index))),
    patches: contacts.map((id, index) => change(contactsOf, id, index, 2, called)),
    'three creates and a patch by turns': contacts.map((id, index) =>
      index % 4 === 3
        ? change(contactsOf, id, index, 3, called)
        : change(contactsOf, ids.next('con'), index, 1, contact(index)),
    ),
    'invoices of five lines': invoices.map((id, index) => change(invoicesOf, id, index, 1, invoice(index))),
    'patches of invoices': invoices.map((id, index) => change(invoicesOf, id, index, 2, { status: 'paid' })),
  };
}

function invoice(index: number): object {
  const now = new Date().toISOString();
  const lines = [0, 1, 2, 3, 4].map((line) => ({
    sku: `SKU-${(index * 7 + line) % 500}`,
    description: `Article number ${(index * 7 + line) % 500}`,
    quantity: line + 1,
    unitPrice: '12.50',
    amount: 1_250 * (line + 1),
  }));
  return {
    number: `INV-${index}`,
    kind: 'invoice',
    status: 'issued',
    customerId: `con_${index % 1_000}`,
    customerName: `Customer ${index % 1_000}`,
    country: 'Iceland',
    currency: 'EUR',
    issuedAt: now,
    lines,
    total: 18_750,
    createdAt: now,
    updatedAt: now,
    createdBy: 'usr_01JD0000000000000000000000',
  };
}
