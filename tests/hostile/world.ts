import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expectStatus } from '../security/world.ts';
import { type Answer, type RequestOptions, startServer, type TestServer } from '../support/server.ts';

const FILE_SECRET = 'SECRET-FILE-5e8a1c';
const ENVIRONMENT_SECRET = 'SECRET-ENVIRONMENT-77b20d';
const RECORD_SECRET = 'SECRET-RECORD-c41f93';
const DATASET_SECRET = 'SECRET-DATASET-0d9e66';

/** What the other organisation has, and where. */
export interface Victim {
  readonly tenantId: string;
  readonly datasetId: string;
  /** The load whose file holds the dataset's rows. */
  readonly part: string;
  readonly secret: string;
  /** The server's data folder. */
  readonly directory: string;
}

/** One server with two organisations that both have contacts, and datasets under the same name. */
export interface HostileWorld {
  readonly server: TestServer;
  readonly victim: Victim;
  /** Callers of the asking organisation: its owner, and API keys of editors. */
  readonly askers: readonly ((method: string, url: string, options?: RequestOptions) => Promise<Answer>)[];
  /** Texts that no answer may hold. */
  readonly secrets: readonly string[];
}

type Call = HostileWorld['askers'][number];

export async function createHostileWorld(): Promise<HostileWorld> {
  const server = await startServer({ environment: { PLANTED_SECRET: ENVIRONMENT_SECRET } });
  await mkdir(server.directory, { recursive: true });
  await writeFile(path.join(server.directory, 'planted.txt'), FILE_SECRET);
  const [asking, other] = [await server.register(), await server.register()];
  const as =
    (token: string): Call =>
    (method, url, options = {}) =>
      server.request(method, url, { token, ...options });
  const [mine, theirs] = [as(asking.token), as(other.token)];
  await fill(mine, 'own', 'Orders');
  await fill(theirs, RECORD_SECRET, 'Orders', DATASET_SECRET);
  const { datasetId, part } = await fill(theirs, RECORD_SECRET, 'Victim ledger', DATASET_SECRET);
  const key = async (): Promise<Call> => {
    const body = { name: 'Analyst', role: 'editor' };
    return as(expectStatus(await mine('POST', '/api/auth/api-keys/create', { body }), 201).body.key);
  };
  const askers = [mine, await key(), await key(), await key()];
  await until(async () => {
    const counted = await mine('POST', '/api/analytics/query', { body: { metrics: ['new-contacts'] } });
    return counted.body?.rows?.[0]?.['new-contacts'] === 4;
  });
  return {
    server,
    victim: { tenantId: other.tenantId, datasetId, part, secret: RECORD_SECRET, directory: server.directory },
    askers,
    secrets: [
      FILE_SECRET,
      ENVIRONMENT_SECRET,
      RECORD_SECRET,
      DATASET_SECRET,
      'root:x:',
      other.userId,
      other.email,
    ],
  };
}

async function fill(
  call: Call,
  mark: string,
  name: string,
  note = mark,
): Promise<{ datasetId: string; part: string }> {
  for (let index = 0; index < 4; index += 1)
    expectStatus(
      await call('POST', '/api/crm/contacts', { body: { name: `${mark} ${index}`, notes: mark } }),
      201,
    );
  const columns = [
    { source: 'id', name: 'id', type: 'string' },
    { source: 'amount', name: 'amount', type: 'integer' },
    { source: 'note', name: 'note', type: 'string' },
  ];
  const made = await call('POST', '/api/datasets/datasets', { body: { name, columns } });
  const datasetId: string = expectStatus(made, 201).body.id;
  const raw = `id,amount,note\n${Array.from({ length: 20 }, (_, index) => `${index},${index * 7},${note}`).join('\n')}\n`;
  const headers = { 'content-type': 'text/csv' };
  const sent = await call('POST', '/api/datasets/uploads/create?format=csv', { raw, headers });
  const body = { datasetId, uploadId: expectStatus(sent, 201).body.id };
  const part: string = expectStatus(await call('POST', '/api/datasets/loads/start', { body }), 202).body.id;
  await until(async () => (await call('GET', `/api/datasets/loads/${part}`)).body.state === 'done');
  return { datasetId, part };
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error('waited for a minute in vain');
    await sleep(50);
  }
}
