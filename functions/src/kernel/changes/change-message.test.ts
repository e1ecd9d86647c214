import { expect, it } from 'vitest';
import type { Change } from './change.ts';
import { changesMessage, createMessageReader } from './change-message.ts';

const change: Change = {
  tenantId: 'ten_1',
  id: '01JD0000000000000000000000',
  collection: 'crm.contacts',
  recordId: 'con_1',
  version: 1,
  operation: 'create',
  actor: { kind: 'user', id: 'usr_1' },
  requestId: 'req_1',
  patch: { name: 'Ädä' },
  event: 'crm.contacts.created',
  at: '2026-03-01T12:00:00.000Z',
};

it('reads back what was announced, once for all who get the message', () => {
  const read = createMessageReader();
  const data = changesMessage('ten_1', [change]).data.toString('base64');
  const message = read('1', data);
  expect(message.text).toContain('"event":"crm.contacts.created"');
  expect(message.changes()).toEqual([change]);
  expect(read('1', data).changes()).toBe(message.changes());
  for (let id = 2; id < 20; id += 1) expect(read(String(id), data).changes()).toEqual([change]);
});

it('reads messages that hold the patch as text', () => {
  const stored = { changes: [{ ...change, patch: JSON.stringify(change.patch) }] };
  const data = Buffer.from(JSON.stringify(stored)).toString('base64');
  expect(createMessageReader()('1', data).changes()).toEqual([change]);
});
