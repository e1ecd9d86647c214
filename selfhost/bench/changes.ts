import { FieldValue, type Firestore } from 'firebase-admin/firestore';
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
