import { setTimeout } from 'node:timers/promises';
import { type Actor, expectStatus } from './world.ts';

const UPLOAD = '/api/datasets/uploads/create?format=csv';
const SMALL = 'Order No,Total\nA1,"7,5"\n';
/** Takes long enough to be cancelled. */
const LARGE = `Order No,Total\n${'A1,"7,5"\n'.repeat(60_000)}`;

export const csvUpload = { url: UPLOAD, raw: SMALL, headers: { 'content-type': 'text/csv' } };

export const makeUpload = async (who: Actor, raw = SMALL): Promise<string> =>
  expectStatus(await who.call('POST', UPLOAD, { raw, headers: csvUpload.headers }), 201).body.id;

export async function loadRequest(who: Actor, raw = SMALL): Promise<{ datasetId: string; uploadId: string }> {
  const columns = [
    { source: 'Order No', name: 'order_no', type: 'string' },
    { source: 'Total', name: 'total', type: 'number', format: { kind: 'number', decimal: ',' } },
  ];
  const made = await who.call('POST', '/api/datasets/datasets', { body: { name: 'Orders', columns } });
  return { datasetId: expectStatus(made, 201).body.id, uploadId: await makeUpload(who, raw) };
}

export async function startLoad(who: Actor, raw = SMALL): Promise<string> {
  const body = await loadRequest(who, raw);
  return expectStatus(await who.call('POST', '/api/datasets/loads/start', { body }), 202).body.id;
}

/** A row of a finished load that was set aside, as one would load it again. */
export async function reloadRequest(who: Actor): Promise<{ id: string; rows: unknown[] }> {
  const id = await startLoad(who, `${SMALL}A2,?\n`);
  const state = async (): Promise<string> =>
    expectStatus(await who.call('GET', `/api/datasets/loads/${id}`), 200).body.state;
  while ((await state()) !== 'done') await setTimeout(50);
  return { id, rows: [{ at: 0, values: { 'Order No': 'A2', Total: '8' } }] };
}

export const startLongLoad = (who: Actor): Promise<string> => startLoad(who, LARGE);

/** A source that reads from this very server what anybody may. */
export async function makeSource(who: Actor): Promise<string> {
  const { datasetId } = await loadRequest(who);
  const config = { kind: 'rest', url: `${who.serverUrl}/api/openapi.json`, records: 'tags' };
  const body = { name: 'Tags', datasetId, config };
  return expectStatus(await who.call('POST', '/api/datasets/sources', { body }), 201).body.id;
}
